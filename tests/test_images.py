"""Photos read as another set: which photo stands where, and that nothing is read too early."""

import numpy as np
import pytest

from unseen.images import LazyImages, concat, subset, substitute, transform
from unseen.records import Uint8Array


def photos(*values: int) -> list[Uint8Array]:
    return [np.full((2, 3, 3), value, np.uint8) for value in values]


def values(images: LazyImages) -> list[int]:
    return [int(images[i][0, 0, 0]) for i in range(len(images))]


def test_a_subset_keeps_the_order_it_is_given() -> None:
    assert values(subset(photos(1, 2, 3, 4), [3, 0, 3])) == [4, 1, 4]
    assert values(subset(photos(1, 2, 3, 4), np.array([2], np.int64))) == [3]


def test_each_photo_is_transformed_when_it_is_read() -> None:
    calls: list[int] = []

    def doubled(photo: Uint8Array) -> Uint8Array:
        calls.append(int(photo[0, 0, 0]))
        return (photo * 2)[:, ::-1]

    images = transform(photos(1, 2, 3), doubled)
    assert calls == []
    assert int(images[1][0, 0, 0]) == 4
    assert calls == [2]
    assert images[1].flags["C_CONTIGUOUS"]


def test_sets_follow_one_another() -> None:
    assert values(concat([photos(1, 2), photos(), photos(3), photos(4, 5)])) == [1, 2, 3, 4, 5]
    assert len(concat([])) == 0


def test_only_named_photos_are_replaced() -> None:
    assert values(substitute(photos(1, 2, 3), photos(7, 8), {1: 0, 2: 1})) == [1, 7, 8]


def test_a_loop_over_the_photos_ends() -> None:
    images = subset(photos(1, 2), [1, 0])
    with pytest.raises(IndexError, match="photo 2 of 2"):
        images[2]
    assert int(images[-1][0, 0, 0]) == 1
