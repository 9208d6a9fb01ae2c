from dataclasses import replace

import numpy as np
import pytest

from tests.masks.planted import GREEN, WALL, hand, paste, wall
from unseen.masks.backdrop import to_lab
from unseen.masks.border import border_backdrop
from unseen.masks.certainty import is_keyed, is_plain, judge_alone, judge_with
from unseen.masks.grabcut import SecondCut
from unseen.masks.mask import SURE
from unseen.masks.segmentation import Cut, cut_out
from unseen.records import BoolArray, Float32Array


def _cut(colour: tuple[int, int, int]) -> tuple[Cut, Float32Array]:
    rgb = np.ascontiguousarray(paste(hand(), wall(colour))[..., :3])
    lab = to_lab(rgb)
    cut = cut_out(rgb, lab, border_backdrop(lab))
    assert cut is not None
    return cut, lab


def _judged(cut: Cut, mask: BoolArray, lab: Float32Array, second: BoolArray, alike: BoolArray | None = None) -> float:
    other = SecondCut(second, second if alike is None else alike)
    return judge_with(replace(cut, mask=mask), mask.astype(np.float32), lab, other).sure


def test_a_right_cut_is_sure_and_half_a_hand_is_not() -> None:
    cut, lab = _cut(WALL)
    right = hand() > 0.5
    assert _judged(cut, right, lab, right) >= SURE
    chopped = right.copy()
    chopped[:, :90] = False
    assert _judged(cut, chopped, lab, right) < SURE
    assert _judged(cut, chopped, lab, chopped) < SURE  # even where both are wrong: the edge is off any step


def test_a_fingertip_that_both_cuts_lost_is_seen_by_its_colour() -> None:
    cut, lab = _cut(WALL)
    right = hand() > 0.5
    chopped = right.copy()
    chopped[:, :62] = False
    assert _judged(cut, chopped, lab, chopped, alike=right) < SURE


def test_a_piece_of_wall_in_the_cut_is_not_sure() -> None:
    cut, lab = _cut(WALL)
    more = hand() > 0.5
    more[:50, 60:120] = True
    assert _judged(cut, more, lab, more) < SURE


def test_only_felt_needs_no_second_opinion() -> None:
    for colour, keyed in ((GREEN, True), ((190, 170, 150), False)):
        rgb = np.ascontiguousarray(paste(hand(), wall(colour))[..., :3])
        lab = to_lab(rgb)
        backdrop = border_backdrop(lab)
        cut = cut_out(rgb, lab, backdrop)
        assert cut is not None
        assert is_keyed(cut, backdrop) is keyed
        assert is_plain(cut, backdrop) or not keyed


@pytest.mark.parametrize("broken", ["support", "layers"])
def test_a_backdrop_that_explains_little_forbids(broken: str) -> None:
    cut, lab = _cut(GREEN)
    backdrop = border_backdrop(lab)
    alpha = hand()
    assert judge_alone(cut, alpha, backdrop, lab).sure >= SURE
    if broken == "support":
        assert judge_alone(cut, alpha, replace(backdrop, support=0.4), lab).sure == 0
    else:
        assert not is_keyed(cut, replace(backdrop, layers=backdrop.layers * 2))
