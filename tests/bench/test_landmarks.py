from pathlib import Path

import numpy as np

from bench.landmark_rival import NO_ANSWER, Joints, Rival
from bench.landmarks import Hands, features, find_landmarks, hands_of, upright

CHANCE = np.random.default_rng(0)


def hands(count: int, axes: int = 2) -> np.ndarray:
    return CHANCE.normal(size=(count, 21, axes)).astype(np.float32)


def test_place_size_turn_and_side_of_a_hand_do_not_matter() -> None:
    plain = hands(50)
    cos, sin = np.cos(2.0), np.sin(2.0)
    turned = (plain @ np.array([[cos, -sin], [sin, cos]])) * 3 + [5, -2]
    mirrored = plain * [-1, 1]
    for other in (turned, mirrored):
        np.testing.assert_allclose(upright(other.astype(np.float32)), upright(plain), atol=1e-4)


def test_the_middle_knuckle_is_above_the_wrist_and_the_index_left_of_the_little_finger() -> None:
    found = upright(hands(50, axes=3))
    assert np.abs(found[:, 0]).max() == 0
    assert np.abs(found[:, 9, 0]).max() < 1e-5
    assert (found[:, 9, 1] < 0).all()
    assert (found[:, 5, 0] <= found[:, 17, 0]).all()


def test_a_wide_photo_and_a_tall_one_of_the_same_hand_have_the_same_features() -> None:
    joints = CHANCE.uniform(20, 80, size=(1, 21, 2)).astype(np.float32)
    world = hands(1, axes=3)
    rows = []
    for shape in ([100, 200], [300, 100]):
        flat = np.concatenate([joints / np.array(shape, np.float32), np.zeros((1, 21, 1), np.float32)], axis=2)
        rows.append(features(Hands(flat, world, np.array([True])), np.array([shape], np.float32)))
    np.testing.assert_allclose(rows[0], rows[1], atol=1e-5)
    assert rows[0].shape == (1, 105)


def test_photos_find_their_row_and_others_have_no_hand(tmp_path: Path) -> None:
    files = [tmp_path / f"{i}.jpg" for i in range(3)]
    cache = tmp_path / "found.npz"
    np.savez(
        cache, path=np.array([str(files[1]), str(files[0])]), image=hands(2, 3), world=hands(2, 3),
        left=np.zeros(2), score=np.array([0.9, 0.0]),
    )  # fmt: skip
    rows = find_landmarks(tmp_path, cache, Path("no-python"))
    found = hands_of(files, rows, cache)
    assert found.seen.tolist() == [False, True, False]
    with np.load(cache) as table:
        np.testing.assert_array_equal(found.image[1], table["image"][0])


def test_the_rival_learns_planted_classes_and_has_no_answer_without_a_hand() -> None:
    labels = np.arange(120) % 3
    rows = CHANCE.normal(0, 0.2, size=(120, 4)).astype(np.float32)
    rows[np.arange(120), labels] += 1
    seen = np.arange(120) % 10 > 0
    rows[~seen] = 0
    rival = Rival(Joints(rows, seen, labels), 3, seed=0)
    said = rival.answers(Joints(rows, seen, labels))
    assert (said[~seen] == NO_ANSWER).all()
    assert (said[seen] == labels[seen]).mean() > 0.95
