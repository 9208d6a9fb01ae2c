import numpy as np
import pytest

from tests.masks.planted import GREEN, WALL, hand, overlap, paste, texture, wall
from tests.real_photos import DATA
from unseen.masks.find import find_mask
from unseen.masks.mask import MIN_CONFIDENCE
from unseen.photos.decode import decode, read_photo


@pytest.mark.parametrize("colour", [GREEN, WALL, (120, 130, 140), (25, 25, 27), (60, 90, 160)])
@pytest.mark.parametrize(("fall", "noise"), [(0.0, 2.0), (0.4, 2.0), (0.2, 7.0)])
def test_a_hand_on_a_plain_wall_is_cut_out(colour: tuple[int, int, int], fall: float, noise: float) -> None:
    truth = hand()
    mask = find_mask(paste(truth, wall(colour, fall=fall, noise=noise)))
    assert mask.usable
    assert overlap(mask.alpha, truth) >= 0.95
    edge = (truth > 0.02) & (truth < 0.98)
    assert np.abs(mask.alpha[edge] / 255 - truth[edge]).mean() < 0.2


def test_a_shadow_on_felt_is_felt() -> None:
    truth = hand()
    behind = wall(GREEN)
    behind *= 1 - 0.6 * np.roll(truth, 8, axis=0)[..., None]
    assert overlap(find_mask(paste(truth, behind)).alpha, truth) >= 0.95


def test_the_backdrop_shows_between_two_fingers_and_through_a_ring() -> None:
    rows, columns = np.mgrid[:144, :176]
    away = np.hypot(rows - 72, columns - 80)
    ring = ((away < 40) & (away > 20) | ((columns > 110) & (abs(rows - 72) < 20))).astype(np.float32)
    ring[70:73, 40:62] = 0  # a gap of 3 px
    alpha = find_mask(paste(ring, wall(WALL))).alpha
    assert alpha[72, 80] == 0
    assert alpha[71, 45:58].max() < 128
    assert overlap(alpha, ring) >= 0.95


@pytest.mark.parametrize("seed", range(4))
def test_a_hand_before_a_random_texture_is_not_sure(seed: int) -> None:
    assert find_mask(paste(hand(), texture(seed=seed))).confidence < MIN_CONFIDENCE


def test_a_wall_alone_has_no_subject() -> None:
    nothing = np.zeros((144, 176), np.float32)
    assert not find_mask(paste(nothing, wall(WALL, fall=0.3))).usable


def test_an_object_that_is_not_skin_is_found_too() -> None:
    truth = hand()
    mask = find_mask(paste(truth, wall(WALL), (40, 60, 150)))
    assert mask.usable
    assert overlap(mask.alpha, truth) >= 0.95


def test_a_photo_keeps_its_own_transparency() -> None:
    photo = paste(hand(), texture())
    photo[..., 3] = (hand() * 255).astype(np.uint8)
    mask = find_mask(photo)
    assert mask.method == "transparency"
    assert mask.confidence == 1
    assert (mask.alpha == photo[..., 3]).all()


def test_the_same_photo_gives_the_same_mask() -> None:
    photo = paste(hand(), wall((190, 180, 160), fall=0.3, noise=5))
    first, second = find_mask(photo), find_mask(photo)
    assert first.confidence == second.confidence
    assert (first.alpha == second.alpha).all()


def test_a_photo_too_small_to_judge_stays_opaque() -> None:
    mask = find_mask(np.zeros((8, 20, 4), np.uint8) + np.uint8(255))
    assert not mask.usable
    assert (mask.alpha == 255).all()


@pytest.mark.real_photos
def test_real_hands_on_green_felt_are_all_but_all_sure_and_without_felt() -> None:
    files = sorted((DATA / "rps_freeman").rglob("*.jpg"))[::100]
    sure = 0
    for file in files:
        photo = decode(read_photo(file), 192)
        mask = find_mask(photo)
        sure += mask.usable
        if mask.usable:
            red, green, blue = (photo[..., i].astype(int) for i in range(3))
            felt = green - np.maximum(red, blue) > 45  # a rule of its own: no hand is so green
            assert (felt & (mask.alpha > 200)).sum() < 0.01 * (mask.alpha > 200).sum(), file.name
            assert 0.03 < (mask.alpha > 127).mean() < 0.7
    assert sure >= 0.95 * len(files)
