"""Goods before a shop's white are cut out, pale ones and those in pieces too; a wall is no shop."""

import numpy as np
import pytest

from tests.masks.planted import WALL, hand, overlap, paste, wall
from unseen.masks.backdrop import to_lab
from unseen.masks.border import border_backdrop
from unseen.masks.find import find_mask
from unseen.masks.studio import is_studio, studio_mask
from unseen.records import Float32Array, Uint8Array

WHITE = (252, 252, 252)
ROWS, COLUMNS = np.mgrid[:144, :176]


def shop(truth: Float32Array, colour: tuple[int, int, int] = (60, 60, 65)) -> Uint8Array:
    """Goods of one colour, with a darker outline, before white as JPEG leaves it."""
    photo = paste(truth, wall(WHITE, noise=0.5), colour)
    away = np.hypot(*np.gradient(truth))
    photo[away > 0.2, :3] = 150
    return photo


def disc(row: int, column: int, radius: int) -> Float32Array:
    inside: Float32Array = (np.hypot(ROWS - row, COLUMNS - column) < radius).astype(np.float32)
    return inside


@pytest.mark.parametrize("colour", [(60, 60, 65), (246, 246, 244), (200, 40, 30)])
def test_goods_before_white_are_cut_out_pale_ones_too(colour: tuple[int, int, int]) -> None:
    truth = disc(70, 90, 45)
    mask = find_mask(shop(truth, colour))
    assert mask.usable
    assert overlap(mask.alpha, truth) > 0.9  # a pixel of its outline more


def test_pieces_that_do_not_touch_are_all_kept() -> None:
    truth = disc(50, 50, 25) + disc(90, 125, 30)
    assert overlap(find_mask(shop(truth, (246, 246, 244))).alpha, truth) > 0.9


def test_nothing_before_white_has_no_mask() -> None:
    lab = to_lab(wall(WHITE, noise=0.5).clip(0, 255).astype(np.uint8))
    assert studio_mask(lab, border_backdrop(lab)) is None


@pytest.mark.parametrize(("colour", "fall", "noise"), [(WALL, 0.0, 0.5), (WHITE, 0.3, 0.5)])
def test_a_wall_is_no_studio(colour: tuple[int, int, int], fall: float, noise: float) -> None:
    lab = to_lab(paste(hand(), wall(colour, fall=fall, noise=noise))[..., :3])
    assert not is_studio(border_backdrop(lab))


def test_white_of_a_shop_is_a_studio() -> None:
    assert is_studio(border_backdrop(to_lab(shop(disc(70, 90, 45))[..., :3])))
