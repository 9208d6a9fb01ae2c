"""The corruptions are those that were published, computed on whole arrays: each against a loop over pixels."""

import time

import numpy as np
import pytest

from tests.explanation.brightness_model import subject_photo
from unseen.explanation.stress.corruption_filters import correlate, gaussian, motion
from unseen.explanation.stress.corruptions import CORRUPTIONS, SEVERITIES, corrupt, disk, glass_sources

PHOTO = subject_photo()[:48, 40:100]
VALUES = PHOTO.astype(np.float32) / np.float32(255)


def test_there_are_fifteen_in_five_severities_and_more_severe_is_further_away() -> None:
    assert (len(CORRUPTIONS), len(SEVERITIES)) == (15, 5)
    for name in CORRUPTIONS:
        apart = [np.abs(corrupt(PHOTO, name, severity).astype(float) - PHOTO).mean() for severity in (1, 5)]
        assert apart[0] > 0.1, name
        assert apart[1] > apart[0] or name == "elastic transform", name
        assert np.array_equal(corrupt(PHOTO, name, 3, seed=4), corrupt(PHOTO, name, 3, seed=4)), name


def test_glass_takes_the_same_pixels_as_the_published_loop() -> None:
    height, width, reach = 20, 26, 3
    moves = np.random.default_rng(0).integers(-reach, reach, (height, width, 2))
    looped = np.arange(height * width).reshape(height, width)
    for h in range(height - reach, reach, -1):
        for w in range(width - reach, reach, -1):
            dx, dy = moves[h, w]
            if 0 <= h + dy < height and 0 <= w + dx < width:
                looped[h, w] = looped[h + dy, w + dx]
    assert np.array_equal(glass_sources(moves, reach), looped.ravel())


def test_defocus_is_a_correlation_with_a_disk() -> None:
    kernel = disk(3, 0.1)
    assert kernel.sum() == pytest.approx(1, abs=1e-5)
    reach = len(kernel) // 2
    padded = np.pad(VALUES, ((reach, reach), (reach, reach), (0, 0)), mode="reflect")
    looped = np.zeros_like(VALUES)
    for h in range(VALUES.shape[0]):
        for w in range(VALUES.shape[1]):
            looped[h, w] = (padded[h : h + len(kernel), w : w + len(kernel)] * kernel[..., None]).sum(axis=(0, 1))
    assert np.allclose(correlate(VALUES, kernel.astype(np.float32)), looped, atol=1e-5)


def test_a_gaussian_sums_its_neighbours_by_distance() -> None:
    point = np.zeros((31, 31), np.float32)
    point[15, 15] = 1
    blurred = gaussian(point, 2.0)
    assert blurred.sum() == pytest.approx(1, abs=1e-4)
    assert blurred[15, 17] / blurred[15, 15] == pytest.approx(np.exp(-0.5), rel=1e-3)


def test_motion_moves_along_its_angle() -> None:
    point = np.zeros((61, 61), np.float32)
    point[30, 30] = 1
    assert set(np.flatnonzero(motion(point, 10, 3, 0).sum(axis=1))) == {30}
    assert set(np.flatnonzero(motion(point, 10, 3, 90).sum(axis=0))) == {30}


def test_contrast_and_brightness_follow_their_formulas() -> None:
    means = VALUES.mean(axis=(0, 1))
    assert np.abs(corrupt(PHOTO, "contrast", 2) - ((VALUES - means) * 0.3 + means) * 255).max() < 1
    brighter = corrupt(PHOTO, "brightness", 3).astype(np.float32) / 255
    assert np.allclose(brighter.max(axis=2), np.minimum(VALUES.max(axis=2) + 0.3, 1), atol=0.004)


def test_glass_on_whole_arrays_is_five_times_as_fast_as_the_loop() -> None:
    height, width, reach = 96, 128, 2
    moves = np.random.default_rng(0).integers(-reach, reach, (height, width, 2))
    begun = time.process_time()
    pixels = np.arange(height * width * 3).reshape(height, width, 3)
    for h in range(height - reach, reach, -1):
        for w in range(width - reach, reach, -1):
            dx, dy = moves[h, w]
            if 0 <= h + dy < height and 0 <= w + dx < width:
                pixels[h, w] = pixels[h + dy, w + dx]
    looped = time.process_time() - begun
    took = []
    for _ in range(3):  # the best of three: beside other work one may be late
        begun = time.process_time()
        glass_sources(moves, reach)
        took.append(time.process_time() - begun)
    assert min(took) < looped / 5
