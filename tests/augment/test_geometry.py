import math
from typing import Any

import numpy as np
import pytest
import torch

from tests.augment.planted import CPU, STILL, Told, centre, smooth, spot, varied
from unseen.augment.batch_rng import BatchRng
from unseen.augment.geometry import fit_maps, random_maps, warp
from unseen.augment.pipeline import collate
from unseen.augment.policy import Policy
from unseen.models.preprocess import UNIT, Preprocess
from unseen.photos.fit import FITS, PADDING_GREY
from unseen.records import Fit, Uint8Array

SIDE_PX = 64
HIGH, LOW = 1.0, 0.0


def warped(photo: Uint8Array, policy: Policy, rng: BatchRng, fit: Fit = "squash") -> torch.Tensor:
    canvas, shapes = collate([photo])
    return warp(canvas, shapes, random_maps(1, policy, rng), SIDE_PX, fit)[0]


@pytest.mark.parametrize("fit", FITS)
def test_a_photo_left_alone_is_what_preprocessing_sees(fit: Fit) -> None:
    photos = [smooth(70, 70), smooth(66, 130), smooth(140, 72), smooth(65, 67)]
    pixels = varied(photos, Policy(p_unchanged=1.0), SIDE_PX, fit)
    for photo, ours in zip(photos, pixels, strict=True):
        seen = Preprocess(SIDE_PX, fit, UNIT).resize(torch.from_numpy(photo[None]))[0]
        height, width = photo.shape[:2]
        rows, columns = slice(None), slice(None)
        if fit == "letterbox":  # compared inside the photo: the bars are grey there and repeated edges here
            bars = [math.ceil((1 - length / max(height, width)) * SIDE_PX / 2) for length in (height, width)]
            rows, columns = (slice(bar, SIDE_PX - bar) for bar in bars)
        inside = (slice(None), rows, columns)
        assert float((ours[inside] - seen[inside]).abs().max()) <= 2.0, photo.shape


@pytest.mark.parametrize("degrees", [10, 30, 90])
def test_a_rotated_spot_lands_where_trigonometry_says(degrees: int) -> None:
    policy = Policy(rotation_degrees=degrees, p_unchanged=0.0)
    x, y = 50.0, 28.0
    for rng, sign in ((Told(HIGH), 1), (Told(LOW), -1)):
        found = centre(warped(spot(64, 64, x, y), policy, rng)[0])
        # the map takes output to source, so the picture turns the other way
        angle = -sign * math.radians(degrees)
        dx, dy = x - 32, y - 32
        expected = (
            32 + dx * math.cos(angle) - dy * math.sin(angle),
            32 + dx * math.sin(angle) + dy * math.cos(angle),
        )
        assert found == pytest.approx(expected, abs=0.3)


def test_a_rotation_of_a_wide_photo_is_a_rotation_of_the_square_it_fills() -> None:
    """In `letterbox` a square has one scale in x and y, so that a right angle stays one."""
    policy = Policy(rotation_degrees=90, p_unchanged=0.0)
    plane = warped(spot(64, 128, x=94, y=32, radius=8), policy, Told(HIGH), "letterbox")[0]
    assert bool((plane[:, :15] == PADDING_GREY).all())  # the bars stand where the photo's top and bottom were
    found = centre(torch.where(plane == PADDING_GREY, 0.0, plane))
    assert found == pytest.approx((32, 17), abs=0.4)


@pytest.mark.parametrize(("value", "scale"), [(HIGH, 1.5), (LOW, 1 / 1.5)])
def test_zoom_moves_away_from_the_centre_by_its_factor(value: float, scale: float) -> None:
    pixels = warped(spot(64, 64, 44, 26), Policy(zoom=1.5, p_unchanged=0.0), Told(value))
    assert centre(pixels[0]) == pytest.approx((32 + 12 * scale, 32 - 6 * scale), abs=0.3)
    assert float(pixels[0].sum()) / 255 == pytest.approx(math.pi * 36 * scale**2, rel=0.05)


@pytest.mark.parametrize(("value", "sign"), [(HIGH, -1), (LOW, 1)])
def test_shift_is_a_share_of_the_side(value: float, sign: int) -> None:
    found = centre(warped(spot(128, 96, 48, 64), Policy(shift=0.25, p_unchanged=0.0), Told(value))[0])
    assert found == pytest.approx((32 + sign * 16, 32 + sign * 16), abs=0.3)


def test_shear_keeps_the_rows_and_slants_the_columns() -> None:
    policy = Policy(shear_degrees=20, p_unchanged=0.0)
    x, y = centre(warped(spot(64, 64, 32, 48), policy, Told(HIGH))[0])
    assert (x, y) == pytest.approx((32 - 16 * math.tan(math.radians(20)), 48), abs=0.3)


def test_perspective_shrinks_the_far_edge_by_its_share() -> None:
    policy = Policy(perspective=0.4, p_unchanged=0.0)
    shapes = torch.tensor([[64, 64]])
    corners = torch.tensor([[-1.0, -1.0, 1.0], [1.0, 1.0, 1.0]]).T
    mapped = fit_maps(shapes, "squash")[0].inverse() @ fit_maps(shapes, "squash") @ random_maps(1, policy, Told(HIGH))
    near, far = ((mapped[0] @ corners)[:2] / (mapped[0] @ corners)[2:]).T
    assert far.tolist() == pytest.approx([1 / 1.4, 1 / 1.4])
    assert near.tolist() == pytest.approx([-1 / 0.6, -1 / 0.6])


def test_flip_mirrors_left_and_right_only() -> None:
    photo = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    for own in (0.0, 1.0):  # a photo left alone keeps its reflection
        pixels = warped(photo, Policy(flip=1.0, p_unchanged=own), Told(0.5, chosen=True))
        mirrored = torch.from_numpy(photo[:, ::-1].copy()).permute(2, 0, 1).float()
        assert torch.allclose(pixels, mirrored, atol=0.02)


def test_flip_happens_as_often_as_asked() -> None:
    maps = random_maps(4000, Policy(flip=0.5, p_unchanged=0.0), BatchRng(1, CPU))
    assert float((maps[:, 0, 0] < 0).float().mean()) == pytest.approx(0.5, abs=0.03)
    assert not bool((random_maps(500, Policy(p_unchanged=0.0), BatchRng(1, CPU))[:, 0, 0] < 0).any())


def test_rotations_fill_their_range_and_no_more() -> None:
    maps = random_maps(4000, Policy(rotation_degrees=15, p_unchanged=0.0), BatchRng(1, CPU))
    degrees = torch.rad2deg(torch.atan2(maps[:, 1, 0], maps[:, 0, 0]))
    assert float(degrees.max()) == pytest.approx(15, abs=0.1)
    assert float(degrees.min()) == pytest.approx(-15, abs=0.1)
    assert float(degrees.mean()) == pytest.approx(0, abs=0.5)


def test_the_share_of_photos_left_alone_is_as_asked() -> None:
    maps = random_maps(4000, Policy(rotation_degrees=15, p_unchanged=0.3), BatchRng(1, CPU))
    alone = (maps == torch.eye(3)).all(dim=2).all(dim=1)
    assert float(alone.float().mean()) == pytest.approx(0.3, abs=0.03)


def test_edges_repeat_beyond_the_photo() -> None:
    photo = np.full((64, 64, 3), 40, dtype=np.uint8)
    photo[:, -4:] = 200
    pixels = warped(photo, Policy(shift=0.25, p_unchanged=0.0), Told(HIGH))  # the right quarter lies outside
    assert bool((pixels[:, :, -14:] == 200).all())
    assert bool((pixels[:, :, :40] == 40).all())


@pytest.mark.parametrize("fit", FITS)
def test_photos_on_one_canvas_never_bleed_into_each_other_or_the_canvas(fit: Fit) -> None:
    """Each photo is one colour: whatever the map, nothing else may come out, not even canvas black."""
    values = [(30, 90, 30), (90, 30, 200), (17, 150, 120), (150, 17, 77)]
    photos = [np.full((height, width, 3), value, dtype=np.uint8) for height, width, value in values]
    wild = Policy(rotation_degrees=90, shear_degrees=20, zoom=2.0, shift=0.5, perspective=0.4, p_unchanged=0.0)
    for seed in range(5):
        pixels = varied(photos, wild, 32, fit, seed)
        for plane, (_, _, value) in zip(pixels, values, strict=True):
            strange = (plane - value).abs() >= 0.01
            assert not bool((strange & (plane != PADDING_GREY)).any())
            assert fit == "letterbox" or not bool(strange.any())


def test_maps_compose_before_the_photo_is_sampled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sampled = []
    original = torch.nn.functional.grid_sample

    def counting(*given: Any, **options: Any) -> torch.Tensor:
        sampled.append(len(given[0]))
        return original(*given, **options)

    monkeypatch.setattr(torch.nn.functional, "grid_sample", counting)
    wild = Policy(rotation_degrees=20, shear_degrees=9, zoom=1.3, shift=0.1, perspective=0.2, flip=0.5, p_unchanged=0.0)
    varied([smooth(64, 80), smooth(90, 64)], wild, SIDE_PX)
    assert sum(sampled) == 2


def test_a_map_and_its_inverse_meet() -> None:
    """Rotating by +90 degrees what was rotated by -90 gives the photo again."""
    photo = smooth(64, 64)
    policy = Policy(rotation_degrees=90, p_unchanged=0.0)
    once = warped(photo, policy, Told(LOW)).round().byte().permute(1, 2, 0).numpy()
    again = warped(once, policy, Told(HIGH))
    assert float((again - torch.from_numpy(photo).permute(2, 0, 1)).abs().max()) <= 1.0
    assert np.array_equal(once, np.rot90(photo, -1))  # the picture turns against the map: clockwise


def test_a_still_policy_is_the_identity() -> None:
    assert torch.equal(random_maps(3, STILL, BatchRng(5, CPU)), torch.eye(3).expand(3, 3, 3))


def test_a_photo_that_shrinks_much_is_averaged_not_picked_from() -> None:
    """Fine stripes at a fifth of their size are grey: sampled with holes they would beat between black and white."""
    photo = np.zeros((320, 320, 3), dtype=np.uint8)
    photo[:, ::2] = 255
    pixels = warped(photo, STILL, BatchRng(0, CPU))
    assert float((pixels - 127.5).abs().max()) < 1


def test_alpha_ends_at_the_photos_border_and_edges_do_not_move_by_it() -> None:
    photo = np.full((64, 64, 4), 255, dtype=np.uint8)
    canvas, shapes = collate([photo, np.full((80, 70, 4), 255, dtype=np.uint8)])
    shrunk = torch.diag(torch.tensor([2.0, 2.0, 1.0])).repeat(2, 1, 1)
    alpha = warp(canvas, shapes, shrunk, SIDE_PX, "squash")[:, 3]
    assert float(alpha[:, 20:44, 20:44].min()) == 255
    for beyond in (alpha[:, :15], alpha[:, :, :15], alpha[:, 49:], alpha[:, :, 49:]):
        assert float(beyond.max()) < 1e-2


def test_only_what_is_allowed_is_flipped_and_rotated() -> None:
    policy = Policy(flip=1.0, rotate=1.0, p_unchanged=0.0)
    yes, no = torch.tensor([True, False]).repeat(200), torch.tensor([False, True]).repeat(200)
    maps = random_maps(400, policy, BatchRng(0, torch.device("cpu")), (yes, no))
    mirrored = torch.linalg.det(maps[:, :2, :2]) < 0
    assert torch.equal(mirrored, yes)
    degrees = torch.rad2deg(torch.atan2(maps[:, 1, 1 - 1], maps[:, 1, 1])).abs()
    assert float(degrees[~no].max()) < 1e-3
    assert float(degrees[no].max()) > 170
    everything = random_maps(400, policy, BatchRng(0, torch.device("cpu")))
    assert bool((torch.linalg.det(everything[:, :2, :2]) < 0).all())
