"""The corruptions are those that were published, computed on whole arrays: each against a loop over pixels."""

import time
from collections.abc import Callable

import numpy as np
import pytest

from tests.explanation import looped
from tests.explanation.brightness_model import subject_photo
from unseen.explanation.stress.corruption_filters import correlate, gaussian, motion, sample, zoomed
from unseen.explanation.stress.corruptions import CORRUPTIONS, SEVERITIES, corrupt, disk, glass_sources
from unseen.records import Float32Array

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


Pair = tuple[Callable[[Float32Array], Float32Array], Callable[[Float32Array], Float32Array]]
DISK = disk(3, 0.1)
WARP = [grid + np.random.default_rng(3).uniform(-4, 4, VALUES.shape[:2]) for grid in np.mgrid[:48, :60]]
ROWS, COLUMNS = (np.asarray(grid, np.float32) for grid in WARP)


def _of_corruption(name: str, looped: Callable[..., Float32Array]) -> Pair:
    return (
        lambda x: CORRUPTIONS[name](x, 2, np.random.default_rng(1)),
        lambda x: looped(x, 2, np.random.default_rng(1)),
    )


# What the fifteen are made of: noise and light are corruptions by themselves; defocus is a correlation; glass exchanges
# pixels (above) between Gaussians; snow moves; zoom blur, snow and elastic sample; frost, fog, pixelate and JPEG add
# clouds or are Pillow's.
PARTS: dict[str, Pair] = {
    "gaussian noise": _of_corruption("gaussian noise", looped.gaussian_noise),
    "shot noise": _of_corruption("shot noise", looped.shot_noise),
    "impulse noise": _of_corruption("impulse noise", looped.impulse_noise),
    "brightness": _of_corruption("brightness", looped.brightness),
    "contrast": _of_corruption("contrast", looped.contrast),
    "a disk": (lambda x: correlate(x, DISK), lambda x: looped.correlate(x, DISK)),
    "a Gaussian": (lambda x: gaussian(x, 1.1), lambda x: looped.gaussian(x, 1.1)),
    "motion": (lambda x: motion(x, 10, 3, 30), lambda x: looped.motion(x, 10, 3, 30)),
    "zoom": (lambda x: zoomed(x, 1.11), lambda x: looped.zoomed(x, 1.11)),
    "a warp": (lambda x: sample(x, ROWS, COLUMNS), lambda x: looped.sample(x, ROWS, COLUMNS)),
}


@pytest.mark.parametrize("name", PARTS)
def test_whole_arrays_give_what_loops_over_pixels_do_and_take_a_fifth_of_the_time(name: str) -> None:
    whole, by_pixel = PARTS[name]
    begun = time.process_time()
    expected = by_pixel(VALUES)
    looped_seconds = time.process_time() - begun
    took = []
    for _ in range(4):  # the best of four: beside other work one may be late
        begun = time.process_time()
        found = whole(VALUES)
        took.append(time.process_time() - begun)
    assert np.allclose(found, expected, atol=2e-5)
    assert np.abs(found - VALUES).max() > 0.02
    assert min(took) < looped_seconds / 5


def test_a_lens_out_of_focus_keeps_the_light_and_a_gaussian_falls_with_distance() -> None:
    assert disk(3, 0.1).sum() == pytest.approx(1, abs=1e-5)
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
