"""Keypoints reach masks with the bones of the locator that found them, whatever their number."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.locate.bright import bright_locator
from tests.locate.toy import BrightSquares
from unseen.locate.keypoint_bones import HAND_SKELETON, Skeleton
from unseen.masks import photo_masks
from unseen.masks.find import find_mask
from unseen.masks.keypoints import PhotoKeypoints, located_keypoints
from unseen.masks.mask import Mask
from unseen.masks.photo_masks import find_masks
from unseen.records import Float32Array, Photo, PhotoSet, Regions, Uint8Array

STICK = Skeleton(bones=((0, 1),), solid=(), sizes=((0, 1),), limb=None)
ENDS = np.array([[[0.25, 0.5], [0.75, 0.5]], [[np.nan] * 2] * 2, [[0.1, 0.2], [0.3, 0.4]]], np.float32)


def regions(keypoints: Float32Array | None) -> Regions:
    return Regions(np.zeros((3, 4), np.float32), keypoints, np.ones(3, np.float32))


def test_keypoints_come_with_the_bones_of_their_locator() -> None:
    found = located_keypoints(bright_locator(), regions(np.zeros((3, 21, 2), np.float32)))
    assert found is not None
    assert found.skeleton is HAND_SKELETON


def test_a_locator_without_bones_helps_no_mask() -> None:
    assert located_keypoints(BrightSquares(), regions(ENDS)) is None
    assert located_keypoints(bright_locator(), regions(None)) is None
    assert located_keypoints(bright_locator(), None) is None
    assert located_keypoints(None, regions(ENDS)) is None


def test_keypoints_that_are_not_known_are_none() -> None:
    keypoints = PhotoKeypoints(ENDS, STICK)
    assert keypoints.of(1) is None
    assert keypoints.select([2, 0]).of(1) == pytest.approx(ENDS[0])


def test_a_mask_is_looked_for_by_the_bones_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[Any, ...]] = []

    def find(photo: Uint8Array, plate: Float32Array | None, *more: Any) -> Mask:
        given.append(more)
        return find_mask(photo, plate)

    monkeypatch.setattr(photo_masks, "find_mask", find)
    photos = [np.full((40, 80, 4), 10 + i, np.uint8) for i in range(3)]
    names = PhotoSet(tuple(Photo(f"{i}.png", Path(f"{i}.png"), "one") for i in range(3)), (), ("one",))
    groups = ["a", "b", "c"]
    find_masks(names, photos, groups, keypoints=PhotoKeypoints(ENDS, STICK), which=np.array([1, 0]), folder=tmp_path)
    (places, skeleton), nothing = sorted(given, key=len, reverse=True)
    assert (places, skeleton, nothing) == (pytest.approx(np.array([[20.0, 20.0], [60.0, 20.0]])), STICK, ())
    # other bones between the same places are another mask: it is looked for again
    find_masks(
        names, photos, groups, keypoints=PhotoKeypoints(ENDS, HAND_SKELETON), which=np.array([0]), folder=tmp_path
    )
    assert len(given) == 3
