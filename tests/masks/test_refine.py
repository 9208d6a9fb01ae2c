import numpy as np
import pytest

from tests.masks.planted import WALL, hand, paste, wall
from unseen.masks.refine import nearest_colour, soft_edge


def test_alpha_is_the_mixture_that_was_planted() -> None:
    truth = hand()
    photo = np.ascontiguousarray(paste(truth, wall(WALL))[..., :3])
    nothing = np.zeros(truth.shape, np.float32)
    alpha = soft_edge(photo, truth > 0.5, truth < 0.02, nothing)
    edge = (truth > 0.02) & (truth < 0.98)
    assert np.abs(alpha - truth)[edge].mean() < 0.13
    assert np.abs(alpha - truth)[~edge].mean() < 0.01


def test_a_mask_a_pixel_too_wide_is_corrected_by_the_colours() -> None:
    truth = hand()
    photo = np.ascontiguousarray(paste(truth, wall(WALL))[..., :3])
    wide = truth > 0.02
    alpha = soft_edge(photo, wide, truth < 0.02, np.zeros(truth.shape, np.float32))
    assert ((alpha > 0.5) ^ (truth > 0.5)).sum() < 0.35 * (wide ^ (truth > 0.5)).sum()


def test_a_mask_that_fills_the_photo_is_its_own_alpha() -> None:
    photo = np.zeros((40, 40, 3), np.uint8)
    full = np.ones((40, 40), np.bool_)
    assert (soft_edge(photo, full, ~full, np.ones((40, 40), np.float32)) == 1).all()


def test_the_nearest_known_pixel_gives_its_colour() -> None:
    colours = np.zeros((20, 30, 3), np.float32)
    colours[:, :10] = (200, 0, 0)
    colours[:, 20:] = (0, 0, 100)
    known = np.zeros((20, 30), np.bool_)
    known[:, :10] = known[:, 20:] = True
    where = np.zeros_like(known)
    where[10, [12, 18]] = True
    found = nearest_colour(colours, known, where)
    assert found[0] == pytest.approx([200, 0, 0], abs=1)
    assert found[1] == pytest.approx([0, 0, 100], abs=1)
