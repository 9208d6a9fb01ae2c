"""Decide whether something learnt is used: only if it beats what is usual beyond chance, on held-out groups."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from unseen.evaluation.intervals import interval
from unseen.records import BoolArray, Int64Array, Interval

# All of 5 groups gain by chance once in 32, which is more than the 2.5% beyond an interval's end.
LEAST_GROUPS = 6


@dataclass(frozen=True, slots=True)
class Gate:
    """usual, candidate: balanced accuracy of both. gain: the second less the first, with its paired interval."""

    usual: float | None
    candidate: float | None
    gain: Interval

    @property
    def passed(self) -> bool:
        """Whether the candidate is better beyond chance; where that cannot be known it is not."""
        return self.gain.groups >= LEAST_GROUPS and self.gain.low is not None and self.gain.low > 0

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-ready copy."""
        return {**asdict(self), "passed": self.passed}


def gate(usual: BoolArray, candidate: BoolArray, labels: Int64Array, groups: Sequence[str], seed: int = 0) -> Gate:
    """Compare two models, fitted without these photos, by what each has right, (N,) bool; every class counts alike.

    labels: (N,) class indices. groups: N names; the interval is over them.
    """
    if not len(labels):
        return Gate(None, None, interval([], groups, seed))
    counts = np.bincount(labels)
    # the mean of weights times right is balanced accuracy
    weights = len(labels) / ((counts > 0).sum() * counts[labels])
    gain = interval((candidate.astype(np.float64) - usual) * weights, groups, seed)
    return Gate(float((usual * weights).mean()), float((candidate * weights).mean()), gain)
