"""Choose the photos whose labels would narrow an estimate most, and put labels to use.

As in active testing (Kossen et al., 2021, arXiv:2103.05331): photos are drawn with probabilities that grow with the
chance that the answer is wrong, and the labels correct the estimate with weights that undo the choice.
"""

import math
from collections.abc import Mapping

import numpy as np

from unseen.estimation.expected_accuracy import Share
from unseen.records import Float64Array, Int64Array
from unseen.seeds import generator

# Every photo keeps this share of an even chance: a sure answer may be wrong.
EVEN = 0.3
Z = 1.645


def chances(right: Float64Array, wanted: int) -> Float64Array:
    """Return with what probability each of m photos is among the `wanted` ones, (m,); they add up to `wanted`."""
    wanted = min(wanted, len(right))
    spread = np.sqrt(right * (1 - right))
    weight = EVEN / len(right) + (1 - EVEN) * spread / max(1e-9, float(spread.sum()))
    found = np.minimum(1.0, wanted * weight)
    for _ in range(20):  # those that are certain leave more to the others
        certain = found >= 1
        rest = wanted - certain.sum()
        if rest <= 0 or certain.all():
            break
        found = np.where(certain, 1.0, np.minimum(1.0, rest * weight / weight[~certain].sum()))
    return found


def choose(right: Float64Array, wanted: int) -> Int64Array:
    """Return positions of `wanted` photos, the most doubtful first; the same every time (systematic sampling)."""
    chance = chances(right, wanted)
    ends = np.cumsum(chance)
    starts = generator(0, "label first").random() + np.arange(min(wanted, len(right)))
    chosen = np.minimum(np.searchsorted(ends, starts), len(right) - 1)
    found = np.unique(chosen)
    return found[np.argsort(right[found], kind="stable")].astype(np.int64)


def with_labels(estimated: Share, right: Float64Array, was_right: Mapping[int, bool]) -> Share:
    """Return the estimate after labels. right: (m,) of each photo. was_right: by position of the labelled ones.

    A difference estimator, weighed against the estimate by both variances. Labels of other photos than `choose` names
    are taken as drawn at random.
    """
    if not was_right or estimated.value is None or estimated.low is None or estimated.high is None:
        return estimated
    rows = np.array(sorted(was_right), np.int64)
    asked = set(choose(right, len(rows)).tolist())
    chance = chances(right, len(rows)) if asked == set(rows.tolist()) else np.full(len(right), len(rows) / len(right))
    off = np.array([was_right[i] for i in rows.tolist()], float) - right[rows]
    weight = 1 / chance[rows]
    corrected = float(right.mean() + (off * weight).sum() / len(right))
    # at least the variance of one wrong answer: a few labels that all agree are not certainty
    least = 0.25 / (len(rows) + 2) * (1 - len(rows) / len(right))
    variance = max(float(((1 - chance[rows]) * (off * weight) ** 2).sum()) / len(right) ** 2, least / 4)
    before = max(1e-6, ((estimated.high - estimated.low) / (2 * Z)) ** 2)
    share = before / (before + variance)
    value = min(1.0, max(0.0, share * corrected + (1 - share) * estimated.value))
    half = Z * math.sqrt(before * variance / (before + variance))
    return Share(round(value, 4), round(max(0.0, value - half), 4), round(min(1.0, value + half), 4), estimated.n)
