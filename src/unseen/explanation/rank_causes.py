"""Rank causes: what the photo tells by itself, and the smallest change that moves the answer to the right one.

A cause's score is a weighted sum of how likely it is by the photo's own measures, whether a replay that undoes it gives
the right answer and how far beyond doubt, and how seldom that replay gives it by chance. The weights are those of a
conditional logit (McFadden, 1974) on photos spoiled in 27 ways (`bench/causes.py`).
"""

from collections.abc import Mapping, Sequence

import numpy as np

from unseen.explanation.causes import LOST_FOR_GOOD, Cause
from unseen.explanation.explained import Accused
from unseen.explanation.measures.signatures import NOTHING
from unseen.explanation.replays import Replay
from unseen.records import Float32Array

# Share of right photos that a replay moves, where the bundle does not say; and what is added to any: few were tried. By
# chance it moves a wrong photo as often, to any of the other classes.
USUAL_RATE, LEAST_RATE = 0.1, 0.04
LEAST_TOLD = -3.5  # photos are spoiled in more ways than the network was shown: none is as good as ruled out
TOLD, FIXED, MARGIN, SELDOM = 1.34, 0.27, 0.40, 0.24
NOT_FIXED, NOT_FIXED_LOST, UNTRIED, MOVED = -0.47, -0.31, -0.88, 0.82
# Where the background decides, most other ones give the right answer, not the luckiest of several.
OF_BACKGROUNDS = 0.58
MOST_MARGIN = 4.0
# That nothing was done is a rival of all causes: of photos with a wrong label 33% were accused of what no replay
# undoes before, 5% since (docs/log.md).
UNTOUCHED = 0.70
QUIET = 0.8  # from that share on, that nothing was done, nothing is named
# Shares of all that is suspected: a cause with less is not named, nor is one with less that no replay undid; such a one
# the photo itself must show (natural logarithm).
NAMED, NAMED_UNDONE, SHOWN = 0.002, 0.01, -2.9


def rank(
    tried: Sequence[tuple[Replay, Float32Array]],
    before: Float32Array,
    target: int,
    told: Mapping[str, float],
    rates: Mapping[str, float],
) -> tuple[Accused, ...]:
    """Return the causes for which `target` is not the answer, surest first; none where nothing is sure enough.

    tried: replays with the logits (C,) after them. before: logits without any. told: see `suspect`. rates: how often
    each replay moves an answer that is right.
    """
    found = [_scored(cause, tried, before, target, told, rates) for cause in Cause]
    untouched = TOLD * max(told.get(NOTHING, LEAST_TOLD), LEAST_TOLD) + UNTOUCHED
    scores = np.array([*(one.score for one in found), untouched])
    shares = np.exp(scores - scores.max())
    shares /= shares.sum()
    if shares[-1] >= QUIET:
        return ()
    named = [
        Accused(one.cause, float(np.log(share)), one.replay, one.probability)
        for one, share in zip(found, shares[:-1].tolist(), strict=True)
        if (share >= NAMED if one.replay else share >= NAMED_UNDONE and told.get(one.cause, LEAST_TOLD) > SHOWN)
    ]
    return tuple(sorted(named, key=lambda one: -one.score))


def _scored(
    cause: Cause,
    tried: Sequence[tuple[Replay, Float32Array]],
    before: Float32Array,
    target: int,
    told: Mapping[str, float],
    rates: Mapping[str, float],
) -> Accused:
    start = margin(before, target)
    score = TOLD * max(told.get(cause, LEAST_TOLD), LEAST_TOLD)
    own = [(replay, logits, margin(logits, target)) for replay, logits in tried if replay.cause is cause]
    fixing = [one for one in own if one[2] > 0]
    if not fixing:
        moved = max((float(np.clip((after - start) / max(-start, 1e-3), -1, 1)) for *_, after in own), default=0.0)
        undone = NOT_FIXED_LOST if cause in LOST_FOR_GOOD else NOT_FIXED
        score += undone + MOVED * moved if own else UNTRIED
        return Accused(cause, score, None, None)

    def sure(one: tuple[Replay, Float32Array, float]) -> float:
        replay, logits, after = one
        chance = rates.get(replay.name, USUAL_RATE) / (len(logits) - 1) + LEAST_RATE
        return MARGIN * min(after, MOST_MARGIN) - SELDOM * float(np.log(chance))

    best = max(fixing, key=lambda one: sure(one) - one[0].size)
    if cause is Cause.EXIF_IGNORED:
        score = 0.0  # the file says so
    if cause is Cause.BACKGROUND:
        score += OF_BACKGROUNDS * float(np.log((len(fixing) + 0.25) / len(own)))
    odds = np.exp(best[1] - best[1].max())
    return Accused(cause, score + FIXED + sure(best), best[0].name, float(odds[target] / odds.sum()))


def margin(logits: Float32Array, target: int) -> float:
    """Return by how much the logit of `target` is above the largest other one."""
    return float(logits[target] - np.delete(logits, target).max())
