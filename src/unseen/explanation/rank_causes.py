"""Rank causes: what the photo tells by itself, and the smallest change that moves the answer to the right one.

A cause's score is a sum of logarithms: how likely the cause is by the photo's own measures, and how much more often a
replay that undoes it gives the right answer than by chance.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from unseen.explanation.causes import LOST_FOR_GOOD, Cause
from unseen.explanation.explained import Accused
from unseen.explanation.replays import Replay
from unseen.explanation.signatures import NOTHING
from unseen.records import Float32Array

# Share of right photos that a replay moves, where the bundle does not say; and what is added to any: few were tried. By
# chance it moves a wrong photo as often, to any of the other classes.
USUAL_RATE, LEAST_RATE = 0.1, 0.04
LEAST_TOLD = -7.0  # no photo tells more surely than so that a cause is not there
FIXED, MOST_MARGIN = 1.0, 4.0
NOT_FIXED = -2.0  # of causes that a replay would undo
SIZE_WEIGHT = 1.0
ACCUSED = -3.0
SIGN_ALONE = -0.7  # how surely a photo must tell a cause that no replay undid


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
    start = margin(before, target)
    found: dict[Cause, Accused] = {}
    for cause in Cause:
        own = [(replay, logits) for replay, logits in tried if replay.cause is cause and replay.tells]
        likely = 0.0 if cause is Cause.EXIF_IGNORED else max(told.get(cause, LEAST_TOLD), LEAST_TOLD)
        if cause not in told and not own:
            continue
        scored = [(_moved(replay, logits, start, target, rates), replay, logits) for replay, logits in own]
        score, replay, logits = max(scored, key=lambda one: one[0], default=(0.0, None, before))
        fixed = margin(logits, target) > 0 and replay is not None
        if cause is Cause.BACKGROUND and fixed:
            # where the background decides, most other ones give the right answer, not the luckiest of several
            share = (sum(margin(row, target) > 0 for _, row in own) + 0.25) / len(own)
            score += min(0.0, float(np.log(share / 0.6)))
        if not fixed and likely < SIGN_ALONE:
            continue
        if not fixed and cause not in LOST_FOR_GOOD:
            score = NOT_FIXED
        odds = np.exp(logits - logits.max())
        probability = float(odds[target] / odds.sum())
        found[cause] = Accused(
            cause, likely + score, replay.name if replay and fixed else None, probability if fixed else None
        )
    least = max(ACCUSED, told.get(NOTHING, LEAST_TOLD) + NOT_FIXED)
    return tuple(sorted((one for one in found.values() if one.score > least), key=lambda one: -one.score))


def _moved(replay: Replay, logits: Float32Array, start: float, target: int, rates: Mapping[str, float]) -> float:
    """Return how much a replay speaks for its cause."""
    after = margin(logits, target)
    if after > 0:
        chance = rates.get(replay.name, USUAL_RATE) / (len(logits) - 1) + LEAST_RATE
        sure = 0.5 * (min(after, MOST_MARGIN) - float(np.log(chance)))
        return FIXED + sure - SIZE_WEIGHT * replay.size
    return float(np.clip((after - start) / max(-start, 1e-3), -1, 1)) - 1.5


def margin(logits: Float32Array, target: int) -> float:
    """Return by how much the logit of `target` is above the largest other one."""
    return float(logits[target] - np.delete(logits, target).max())
