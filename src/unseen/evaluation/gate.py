"""Say whether another way of training is better than the usual one on held-out groups, beyond chance."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import NormalDist

import numpy as np

from unseen.evaluation.intervals import group_codes, interval
from unseen.evaluation.paired import Difference, paired
from unseen.records import BoolArray, Float64Array, Int64Array, Unit

# Of a hundred ways of training that are no better, about one passes.
P_VALUE = 0.01
# With two groups the smallest gain that passes would have to be the same in both to a fiftieth.
LEAST_GROUPS = 3


class Reason(StrEnum):
    """Why the usual way stays, or `PASSED`."""

    PASSED = "passed"
    FEW_GROUPS = "few-groups"
    GUESSING = "guessing"
    NO_BETTER = "no-better"


@dataclass(frozen=True, slots=True)
class Gate:
    """What was found on held-out groups that had no part in choosing.

    difference: accuracy before and after, paired. p_value: of a gain at least as large if there were none, one-sided;
    `None` with fewer than `LEAST_GROUPS` groups. guess: accuracy of always answering the most frequent class.
    """

    difference: Difference
    p_value: float | None
    guess: float

    @property
    def passed(self) -> bool:
        """Whether the other way is used."""
        return self.reason is Reason.PASSED

    @property
    def reason(self) -> Reason:
        """Why it passes or not: a gain among answers that are no better than guesses is none."""
        low, after = self.difference.difference.low, self.difference.after.low
        if self.p_value is None:
            return Reason.FEW_GROUPS
        if low is None or low <= 0 or self.p_value >= P_VALUE:
            return Reason.NO_BETTER
        return Reason.PASSED if after is not None and after > self.guess else Reason.GUESSING


def judge_gain(
    before: BoolArray,
    after: BoolArray,
    labels: Int64Array,
    groups: Sequence[str],
    seed: int = 0,
    *,
    balanced: bool = False,
    over: Unit | None = None,
) -> Gate:
    """Compare what was right before and after, (N,) bool each, on photos of these held-out groups.

    balanced: every class counts alike, however few photos of it are held out; the accuracies are then balanced ones.
    over: what the groups are of.
    """
    counts = np.bincount(labels)
    if not balanced or not len(labels):
        guess = float(counts.max() / len(labels)) if len(labels) else 1.0
        gains = after.astype(np.float64) - before
        return Gate(replace(paired(before, after, groups, seed), over=over), _p_value(gains, groups), guess)
    classes = int((counts > 0).sum())
    weights = len(labels) / (classes * counts[labels])  # the mean of weights times right is balanced accuracy
    gains = weights * (after.astype(np.float64) - before)
    gain = interval(gains, groups, seed) if gains.any() else paired(before, after, groups, seed).difference
    old, new = (interval(weights * right, groups, seed) for right in (before, after))
    difference = Difference(old, new, gain, over)
    return Gate(difference, _p_value(gains, groups), 1 / classes)


def _p_value(gains: Float64Array, groups: Sequence[str]) -> float | None:
    """Test the mean gain of a group against none, by the larger of two p-values.

    Student's t takes the spread from the groups. Few groups may be alike by chance, so the spread that single photos
    cause is asked, too: the share of changed answers (and one more) over the photos of a group.
    """
    codes, count = group_codes(groups)
    if count < LEAST_GROUPS:
        return None
    photos = np.bincount(codes)
    by_group = np.bincount(codes, gains) / photos
    mean, between = float(by_group.mean()), float(by_group.std(ddof=1) / math.sqrt(count))
    changed = (float(np.square(gains).sum()) + 1) / (len(gains) + 1)
    within = math.sqrt(changed * float((1 / photos).mean()) / count)
    by_photos = 1 - NormalDist().cdf(mean / within)
    by_groups = student_tail(mean / between, count - 1) if between > 0 else 0.0
    return max(by_photos, by_groups)


def student_tail(t: float, freedom: int) -> float:
    """Return the chance that Student's t is above `t` (Abramowitz and Stegun 26.7.3 and 26.7.4)."""
    angle = math.atan(t / math.sqrt(freedom))
    sin, cos = math.sin(angle), math.cos(angle)
    term = cos if freedom % 2 else 1.0
    total = 0.0
    for k in range(1 + freedom % 2, freedom, 2):
        total += term
        term *= cos**2 * k / (k + 1)
    inside = 2 / math.pi * (angle + sin * total) if freedom % 2 else sin * total
    return (1 - inside) / 2
