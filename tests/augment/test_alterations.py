"""What is done to photos is what its name says: planted colours."""

import numpy as np
import pytest

from unseen.augment.alterations import ALTERATIONS, ORIENTATIONS, altered, by_alteration
from unseen.records import Uint8Array

RED = np.full((40, 40, 3), (200, 40, 30), np.uint8)


def noise(channels: int = 3) -> Uint8Array:
    return np.random.default_rng(0).integers(0, 256, (90, 120, channels), dtype=np.uint8)


@pytest.mark.parametrize("name", ALTERATIONS)
def test_every_alteration_is_the_same_each_time_and_changes_something(name: str) -> None:
    photo, alter = noise(), ALTERATIONS[name].apply
    first, again = alter(photo, 3), alter(photo, 3)
    assert first.dtype == np.uint8
    assert first.shape[2:] == (3,)
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(photo, noise())
    assert first.shape != photo.shape or bool((first != photo).any())


def test_only_another_orientation_keeps_alpha() -> None:
    for alteration in ALTERATIONS.values():
        assert alteration.apply(noise(4)).shape[2] == (4 if alteration in ORIENTATIONS else 3)


@pytest.mark.parametrize(
    ("name", "colour"),
    [("negative", (55, 215, 225)), ("warm", (200, 30, 14)), ("four-levels", (192, 0, 0)), ("grey", (87, 87, 87))],
)
def test_colours_change_as_named(name: str, colour: tuple[int, int, int]) -> None:
    assert tuple(ALTERATIONS[name].apply(RED)[5, 5].tolist()) == colour


def test_light_and_size_change_as_named() -> None:
    assert ALTERATIONS["tiny"].apply(RED).shape == (28, 28, 3)
    assert abs(ALTERATIONS["dark"].apply(RED)[..., 0].mean() - 36) < 1
    assert set(np.unique(ALTERATIONS["black-and-white"].apply(noise()))) == {0, 255}
    assert ALTERATIONS["edges"].apply(RED)[5:-5, 5:-5].max() == 0


def test_a_set_is_altered_block_by_block() -> None:
    photos = [np.full((2, 3, 3), value, np.uint8) for value in (3, 1)]
    images = altered(photos, ORIENTATIONS)
    assert [int(images[i].max()) for i in range(len(images))] == [3, 1] * 4
    assert [images[i].shape[:2] for i in (0, 2, 4, 6)] == [(2, 3), (3, 2), (3, 2), (2, 3)]
    blocks = by_alteration(np.arange(8, dtype=np.float32)[:, None], ORIENTATIONS)
    assert blocks["upside-down"].ravel().tolist() == [6, 7]
