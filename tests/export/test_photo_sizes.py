"""Photos of any size, and of one, come to the same pixels inside a module as outside."""

import numpy as np
import pytest
import torch

from tests.planted_photos import drawn
from unseen.export.photo_sizes import AnySize, OneSize, reduce_photos
from unseen.locate.box_crop import View
from unseen.models.preprocess import IMAGENET, Preprocess
from unseen.photos.fit import FITS
from unseen.photos.working_size import reduce_photo
from unseen.records import Fit

SHAPES = ((40, 56), (64, 64), (65, 200), (300, 90), (31, 600), (5, 7))


@pytest.mark.parametrize("shape", SHAPES)
def test_photos_are_reduced_to_the_same_bytes(shape: tuple[int, int]) -> None:
    photo = drawn(np.random.default_rng(0), 1, *shape)
    found = reduce_photos(torch.from_numpy(photo[None]), 64)
    assert np.array_equal(found[0].numpy(), reduce_photo(photo, 64))


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("shape", SHAPES)
def test_constant_weights_for_one_size_give_the_same_pixels(shape: tuple[int, int], fit: Fit) -> None:
    height, width = shape
    photo = torch.from_numpy(drawn(np.random.default_rng(1), 2, *shape)[None])
    looks: list[View | Preprocess] = [View(96), Preprocess(48, fit, IMAGENET)]
    one = OneSize(64, looks, (width, height))(photo)
    every = AnySize(64, looks)(photo)
    for (pixels, _), (expected, _) in zip(one, every, strict=True):
        assert torch.equal(pixels, expected)
    assert torch.allclose(one[0][1], every[0][1])  # how much of the view is photo
