"""Rank causes: the smallest change that moves the answer to the right one, weighed against how often it moves answers.

A cause's score is a sum of logarithms of how much more its evidence is there than by chance: that a replay which undoes
it gives the right answer, and that the photo is unlike training's in the way that the cause would make it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from unseen.explanation.causes import HINTS, LOST_FOR_GOOD, SIGNS, Cause, Sign
from unseen.explanation.explained import Accused
from unseen.explanation.photo_measures import Measure
from unseen.explanation.replays import Replay
from unseen.explanation.usual_values import Usual
from unseen.records import Float32Array

# Share of right photos that a replay moves, where the bundle does not say; and what is added to any: few were tried. By
# chance it moves a wrong photo as often, to any of the other classes.
USUAL_RATE, LEAST_RATE = 0.1, 0.04
# A sign is told from none at this rareness: half of all photos are rarer than 0.7, 1 in 20 than 3.
COMMON = 2.0
UNSEEN_SIGN = -2.0  # of causes that show where they are there
SIGN_ALONE = 4.0  # rareness from which a cause that no replay undoes is named by its sign
ACCUSED = 0.0
SURE_SIGN = 8.0  # no other photo has values below 9
# Beyond which a sign is one at all: a photo of few colours is not grey, and one of tiles not enlarged from few pixels.
LIMITS = {Measure.SATURATION: 0.04, Measure.STEPS: 0.4}
# Of seven backgrounds the luckiest is taken; swapped channels are told by the colour of skin beside.
PRIOR = {Cause.BACKGROUND: -0.7, Cause.CHANNELS_SWAPPED: 0.5}
FIXED, MOST_MARGIN = 1.0, 4.0
SIZE_WEIGHT = 1.0


def rank(
    tried: Sequence[tuple[Replay, Float32Array]],
    before: Float32Array,
    target: int,
    measures: Mapping[str, float],
    usual: Usual,
    rates: Mapping[str, float],
) -> tuple[Accused, ...]:
    """Return the causes for which `target` is not the answer, surest first; none where nothing is sure enough.

    tried: replays with the logits (C,) after them. before: logits without any. rates: see `LEAST_RATE`, by replay.
    """
    start = margin(before, target)
    found: dict[Cause, Accused] = {}
    for replay, logits in tried:
        if not replay.tells:
            continue
        after = margin(logits, target)
        score = _sign(replay.cause, measures, usual) - SIZE_WEIGHT * replay.size + PRIOR.get(replay.cause, 0.0)
        score += SURE_SIGN if replay.cause is Cause.VALUE_RANGE else 0.0
        if after > 0:
            chance = rates.get(replay.name, USUAL_RATE) / (len(before) - 1) + LEAST_RATE
            score += FIXED + 0.5 * (min(after, MOST_MARGIN) - float(np.log(chance)))
        elif replay.cause in LOST_FOR_GOOD:
            score += 0.5 * float(np.clip((after - start) / -start, -1, 1)) if start < 0 else 0.0
        else:
            score += float(np.clip((after - start) / max(-start, 1e-3), -1, 1)) - 1.5
        best = found.get(replay.cause)
        if best is None or score > best.score:
            probability = float(np.exp(logits - logits.max())[target] / np.exp(logits - logits.max()).sum())
            fixed = after > 0
            found[replay.cause] = Accused(
                replay.cause, float(score), replay.name if fixed else None, probability if fixed else None
            )
    _discount_background(found, tried, target)
    named = [one for one in found.values() if _sure(one, measures, usual)]
    return tuple(sorted(named, key=lambda one: -one.score))


def _discount_background(
    found: dict[Cause, Accused], tried: Sequence[tuple[Replay, Float32Array]], target: int
) -> None:
    """Where the background decides, most other ones give the right answer, not the luckiest of several."""
    one = found.get(Cause.BACKGROUND)
    margins = [margin(logits, target) for replay, logits in tried if replay.cause is Cause.BACKGROUND and replay.tells]
    if one is not None and margins:
        share = (sum(value > 0 for value in margins) + 0.25) / len(margins)
        found[Cause.BACKGROUND] = replace(one, score=one.score + 1.5 * min(0.0, float(np.log(share / 0.6))))


def margin(logits: Float32Array, target: int) -> float:
    """Return by how much the logit of `target` is above the largest other one."""
    return float(logits[target] - np.delete(logits, target).max())


def _sure(one: Accused, measures: Mapping[str, float], usual: Usual) -> bool:
    if one.score < ACCUSED:
        return False
    if one.replay is not None:
        return True
    if one.cause is Cause.VALUE_RANGE:
        return True
    return one.cause in LOST_FOR_GOOD and rareness(SIGNS.get(one.cause, ()), measures, usual) >= SIGN_ALONE


def rareness(signs: Sequence[Sign], measures: Mapping[str, float], usual: Usual) -> float:
    """Return how rare the rarest of the signs is among training's photos, as a natural logarithm."""
    shown = [s for s in signs if s.measure not in LIMITS or (measures[s.measure] > LIMITS[s.measure]) is s.high]
    return max((usual.surprise(s.measure, measures[s.measure], s.high) for s in shown), default=0.0)


def _sign(cause: Cause, measures: Mapping[str, float], usual: Usual) -> float:
    if cause is Cause.CHANNELS_SWAPPED and measures[Measure.WARMTH] >= 0:
        return UNSEEN_SIGN  # skin has more red than blue, whoever's it is
    if cause in SIGNS:
        rare = rareness(SIGNS[cause], measures, usual)
        return UNSEEN_SIGN if rare < COMMON else rare - COMMON
    rare = rareness(HINTS.get(cause, ()), measures, usual)
    return max(0.0, rare - COMMON) * 0.5
