"""Batches of photos of one shape: each photo in one, in order, none too large."""

import numpy as np

from unseen.batches import same_shape_batches

SHAPES = [(4, 5, 3), (5, 4, 3), (4, 5, 3), (4, 5, 4), (4, 5, 3), (5, 4, 3)]
PHOTOS = [np.zeros(shape, np.uint8) for shape in SHAPES]


def test_every_photo_is_in_one_batch_of_its_shape() -> None:
    assert list(same_shape_batches(PHOTOS, 2)) == [[0, 2], [4], [1, 5], [3]]
    assert list(same_shape_batches([], 2)) == []


def test_a_batch_has_a_limit_in_pixels_but_holds_one_photo() -> None:
    assert list(same_shape_batches(PHOTOS, 3, most_pixels=41)) == [[0, 2], [4], [1, 5], [3]]
    assert list(same_shape_batches(PHOTOS, 3, most_pixels=1)) == [[0], [2], [4], [1], [5], [3]]
