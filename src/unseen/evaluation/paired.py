"""Compare two models on the same photos: paired differences with intervals over the same groups."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from unseen.evaluation.intervals import interval, wilson
from unseen.records import BoolArray, Int64Array, Interval, Unit


@dataclass(frozen=True, slots=True)
class Difference:
    """Accuracy before and after, and after less before, whose interval is paired: it is of the same groups' gains.

    over: what the groups are of, `None` where whoever compared did not know.
    """

    before: Interval
    after: Interval
    difference: Interval
    over: Unit | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-ready copy."""
        return asdict(self)

    @property
    def sure(self) -> bool:
        """Whether the interval leaves no doubt which model is better."""
        low, high = self.difference.low, self.difference.high
        return low is not None and high is not None and (low > 0 or high < 0)


def paired(before: BoolArray, after: BoolArray, groups: Sequence[str], seed: int = 0) -> Difference:
    """Compare what was right before and after, (N,) bool each, on photos of these groups."""
    gains = after.astype(np.float64) - before
    difference = interval(gains, groups, seed)
    if difference.low is not None and len(gains) and not gains.any():
        # nothing changed: what could have, in as many groups, either way
        most = wilson(0.0, difference.groups)[1]
        difference = Interval(0.0, -most, most, difference.n, difference.groups)
    return Difference(interval(before, groups, seed), interval(after, groups, seed), difference)


def by_class(
    before: BoolArray, after: BoolArray, groups: Sequence[str], labels: Int64Array, classes: Sequence[str]
) -> dict[str, Difference]:
    """Compare on the photos of each class that has any."""
    found = {}
    for c, name in enumerate(classes):
        rows = np.flatnonzero(labels == c)
        if len(rows):
            found[name] = paired(before[rows], after[rows], [groups[i] for i in rows.tolist()])
    return found
