from dataclasses import replace

import numpy as np
import pytest

from tests.masks.planted import GREEN, WALL, hand, paste, wall
from unseen.masks.backdrop import to_lab
from unseen.masks.border import border_backdrop
from unseen.masks.confidence import is_keyed, is_plain, judge_alone, judge_with
from unseen.masks.grabcut import ColourMask
from unseen.masks.mask import MIN_CONFIDENCE
from unseen.masks.segmentation import Segmentation, segment
from unseen.records import BoolArray, Float32Array


def _segmented(colour: tuple[int, int, int]) -> tuple[Segmentation, Float32Array]:
    rgb = np.ascontiguousarray(paste(hand(), wall(colour))[..., :3])
    lab = to_lab(rgb)
    found = segment(rgb, lab, border_backdrop(lab))
    assert found is not None
    return found, lab


def _judged(
    found: Segmentation, mask: BoolArray, lab: Float32Array, second: BoolArray, similar: BoolArray | None = None
) -> float:
    other = ColourMask(second, second if similar is None else similar)
    return judge_with(replace(found, mask=mask), mask.astype(np.float32), lab, other).product


def test_a_right_cut_is_sure_and_half_a_hand_is_not() -> None:
    found, lab = _segmented(WALL)
    right = hand() > 0.5
    assert _judged(found, right, lab, right) >= MIN_CONFIDENCE
    chopped = right.copy()
    chopped[:, :90] = False
    assert _judged(found, chopped, lab, right) < MIN_CONFIDENCE
    assert _judged(found, chopped, lab, chopped) < MIN_CONFIDENCE  # even where both are wrong: the edge is off any step


def test_a_fingertip_that_both_cuts_lost_is_seen_by_its_colour() -> None:
    found, lab = _segmented(WALL)
    right = hand() > 0.5
    chopped = right.copy()
    chopped[:, :62] = False
    assert _judged(found, chopped, lab, chopped, similar=right) < MIN_CONFIDENCE


def test_a_piece_of_wall_in_the_cut_is_not_sure() -> None:
    found, lab = _segmented(WALL)
    more = hand() > 0.5
    more[:50, 60:120] = True
    assert _judged(found, more, lab, more) < MIN_CONFIDENCE


def test_only_felt_needs_no_second_opinion() -> None:
    for colour, keyed in ((GREEN, True), ((190, 170, 150), False)):
        rgb = np.ascontiguousarray(paste(hand(), wall(colour))[..., :3])
        lab = to_lab(rgb)
        backdrop = border_backdrop(lab)
        found = segment(rgb, lab, backdrop)
        assert found is not None
        assert is_keyed(found, backdrop) is keyed
        assert is_plain(found, backdrop) or not keyed


@pytest.mark.parametrize("broken", ["support", "layers"])
def test_a_backdrop_that_explains_little_forbids(broken: str) -> None:
    found, lab = _segmented(GREEN)
    backdrop = border_backdrop(lab)
    alpha = hand()
    assert judge_alone(found, alpha, backdrop, lab).product >= MIN_CONFIDENCE
    if broken == "support":
        assert judge_alone(found, alpha, replace(backdrop, support=0.4), lab).product == 0
    else:
        assert not is_keyed(found, replace(backdrop, layers=backdrop.layers * 2))
