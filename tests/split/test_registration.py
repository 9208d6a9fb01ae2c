import numpy as np
import pytest
from PIL import Image

from unseen.records import Float32Array
from unseen.split.registration import register

from .scenes import scene

SIDE = 64
IDENTITY = np.array([[[1, 0, 0], [0, 1, 0]]], np.float32)


def picture(seed: int, turn: float = 0.0) -> Float32Array:
    made = Image.fromarray(scene(seed, cells=6)).convert("L").rotate(turn, Image.Resampling.BICUBIC)
    grey = np.asarray(made.resize((SIDE, SIDE), Image.Resampling.BOX), np.float32)
    centred = grey - grey.mean()
    unit: Float32Array = (centred / np.linalg.norm(centred))[None]
    return unit


def test_a_rotation_is_found_from_nearby() -> None:
    angle = np.radians(6)
    found = register(picture(1), picture(1, turn=6), IDENTITY, 8)
    # Pillow rotates against the clock, and y points down.
    assert found.maps[0, 0] == pytest.approx([np.cos(angle), np.sin(angle), 0], abs=0.02)
    assert found.maps[0, 1] == pytest.approx([-np.sin(angle), np.cos(angle), 0], abs=0.02)
    assert found.correlation[0] > 0.99
    assert found.worst[0] < 0.1


def test_a_shift_shows_in_the_map_and_in_the_overlap() -> None:
    whole = picture(2)
    moved = np.roll(whole, 6, axis=2)
    found = register(whole, moved, IDENTITY, 8)
    assert found.maps[0, 0, 2] == pytest.approx(6 / SIDE, abs=0.005)
    assert found.overlap[0] == pytest.approx(1 - 6 / SIDE, abs=0.03)


def test_light_and_contrast_do_not_matter() -> None:
    found = register(picture(3), 0.3 * picture(3) + 2, IDENTITY, 2)
    assert found.correlation[0] == pytest.approx(1, abs=1e-3)


def test_one_block_that_differs_is_the_worst() -> None:
    changed = picture(4).copy()
    changed[0, 24:32, 24:32] += 0.06
    found = register(picture(4), changed, IDENTITY, 0)
    assert found.correlation[0] > 0.85
    assert found.worst[0] > 3


def test_different_pictures_stay_apart() -> None:
    assert register(picture(5), picture(6), IDENTITY, 8).correlation[0] < 0.8


def test_no_pairs() -> None:
    nothing = np.zeros((0, SIDE, SIDE), np.float32)
    assert len(register(nothing, nothing, np.zeros((0, 2, 3), np.float32), 4).correlation) == 0
