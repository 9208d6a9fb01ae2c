import numpy as np
import pytest
from PIL import Image, ImageOps

from unseen.records import Float32Array
from unseen.split.fingerprint import GRID_PX, grey_grid, normalised
from unseen.split.polar import WINDOWS, affine, best_turn, fitted, low_terms_of, ring_terms, sizes

from .scenes import scene


def low(made: Image.Image) -> Float32Array:
    levels, _ = normalised(grey_grid(np.asarray(made.convert("RGBA")))[None])
    return low_terms_of(levels.astype(np.float32) / np.linalg.norm(levels))


def smooth(seed: int) -> Image.Image:
    return Image.fromarray(scene(seed, cells=5))


@pytest.mark.parametrize("seed", range(4))
def test_sizes_stay_where_a_photo_is_mirrored_or_rotated_and_differ_between_photos(seed: int) -> None:
    own = sizes(ring_terms(low(smooth(seed)), 0))
    for altered in (
        ImageOps.mirror(smooth(seed)),
        smooth(seed).rotate(90),
        smooth(seed).rotate(20, Image.Resampling.BICUBIC),
    ):
        assert (own @ sizes(ring_terms(low(altered), 0)).T).item() > 0.97
    assert (own @ sizes(ring_terms(low(smooth(seed + 10)), 0)).T).item() < 0.97


def test_the_turn_says_the_angle_and_the_mirror() -> None:
    whole = ring_terms(low(smooth(1)), 0)
    turned = best_turn(whole, ring_terms(low(smooth(1).rotate(90)), 0))
    assert turned.correlation[0] > 0.98
    assert not turned.mirrored[0]
    assert np.isclose(np.cos(turned.angle[0]), 0, atol=0.15)
    mirrored = best_turn(whole, ring_terms(low(ImageOps.mirror(smooth(1))), 0))
    assert mirrored.mirrored[0]
    expected = [[[-1, 0, 0], [0, 1, 0]]]
    assert affine(np.zeros(1, np.int64), mirrored) == pytest.approx(np.array(expected, np.float32), abs=0.15)


def test_a_window_is_what_its_crop_shows_and_fitting_makes_up_for_a_small_shift() -> None:
    window = WINDOWS.index((0.8, 0.08, -0.08))
    side = 160
    crop = smooth(2).crop(
        (round(side * (0.1 + 0.08 - 0.02)), round(side * 0.02), round(side * 0.96), round(side * 0.82))
    )
    whole, source = ring_terms(low(crop), 0), low(smooth(2))
    shown = ring_terms(source, window)
    turn = best_turn(whole, shown)
    assert not turn.mirrored[0]
    assert fitted(whole, source, np.array([window]), turn)[0] > max(0.97, turn.correlation[0])
    assert low(crop).shape == (1, 144)
    assert GRID_PX == 32
