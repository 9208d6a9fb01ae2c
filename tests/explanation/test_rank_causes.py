"""A cause is named for what the photo tells and for what undoes it, not for a lucky change."""

import numpy as np

from unseen.explanation.causes import Cause
from unseen.explanation.measures.signatures import NOTHING
from unseen.explanation.rank_causes import rank
from unseen.explanation.replays import BY_NAME, Replay
from unseen.records import Float32Array

WRONG, RIGHT = np.array([3, 0, 0], np.float32), np.array([0, 3, 0], np.float32)
EVEN = dict.fromkeys((Cause.TOO_DARK, Cause.ROTATED, Cause.BACKGROUND, Cause.BLURRED), -2.5)


def first(outcomes: dict[str, Float32Array], told: dict[Cause, float], rates: dict[str, float] | None = None) -> Cause:
    tried: list[tuple[Replay, Float32Array]] = [(BY_NAME[name], logits) for name, logits in outcomes.items()]
    return rank(tried, WRONG, 1, {str(k): v for k, v in told.items()}, rates or {})[0].cause


def test_what_gives_the_right_answer_is_named() -> None:
    assert first({"lighter": WRONG, "turned-90": RIGHT}, EVEN) is Cause.ROTATED
    assert first({"lighter": RIGHT, "turned-90": WRONG}, EVEN) is Cause.TOO_DARK


def test_what_the_photo_shows_outweighs_a_lucky_change() -> None:
    told = EVEN | {Cause.BLURRED: -0.05, Cause.ROTATED: -6.0}
    assert first({"sharpened": WRONG, "turned-90": RIGHT}, told) is Cause.BLURRED


def test_a_change_that_moves_right_answers_counts_less() -> None:
    both = {"lighter": RIGHT, "turned-90": RIGHT}
    assert first(both, EVEN, {"lighter": 0.9, "turned-90": 0.01}) is Cause.ROTATED
    assert first(both, EVEN, {"lighter": 0.01, "turned-90": 0.9}) is Cause.TOO_DARK


def test_one_background_of_many_is_luck() -> None:
    grounds = ["plain-light", "plain-dark", "blurred-background", "usual-background", "another-room", "third-room"]
    lucky = dict.fromkeys(grounds, WRONG) | {"plain-light": RIGHT, "lighter": RIGHT}
    assert first(lucky, EVEN) is Cause.TOO_DARK


def test_nothing_is_named_of_which_nothing_speaks() -> None:
    tried = [(BY_NAME["lighter"], WRONG), (BY_NAME["turned-90"], WRONG)]
    assert rank(tried, WRONG, 1, dict.fromkeys(map(str, Cause), -3.0), {}) == ()


def test_a_lucky_change_of_a_photo_to_which_nothing_was_done_is_not_named() -> None:
    tried = [(BY_NAME["turned-15"], np.array([2.9, 3, 0], np.float32))]
    told = {str(cause): -6.0 for cause in Cause}
    assert rank(tried, WRONG, 1, told | {NOTHING: -0.02}, {}) == ()
    named = rank(tried, WRONG, 1, told | {NOTHING: -3.0, str(Cause.ROTATED): -1.0}, {})
    assert named[0].cause is Cause.ROTATED


def test_a_photo_to_which_nothing_was_done_is_not_accused_of_what_no_replay_undoes() -> None:
    tried = [(BY_NAME["lighter"], WRONG)]
    told = {NOTHING: -0.3} | {str(cause): -4.0 for cause in Cause} | {str(Cause.BLURRED): -1.5}
    assert rank(tried, WRONG, 1, told, {}) == ()
    assert [one.cause for one in rank(tried, WRONG, 1, told | {NOTHING: -4.0}, {})] == [Cause.BLURRED]
