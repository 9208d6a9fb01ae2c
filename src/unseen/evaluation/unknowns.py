"""Count the photos of a test that get no label, and measure the others."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from unseen.evaluation.intervals import accuracy_of
from unseen.records import Float32Array, Interval, Predictions
from unseen.text import count, percent


@dataclass(frozen=True, slots=True)
class Unknowns:
    """Photos of known classes that get no label. at: from which probability of being unknown.

    accuracy_of_rest: share of right answers among the photos that get one.
    """

    photos: int
    of: int
    at: float
    accuracy_of_rest: Interval

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-ready copy."""
        return asdict(self)

    @property
    def sentence(self) -> str:
        """Say how they count in the accuracy."""
        if not self.photos:
            return ""
        rest = percent(self.accuracy_of_rest.value)
        others = f" {rest} of the others are right." if self.photos < self.of else ""
        return (
            f"{count(self.photos, 'photo')} of {self.of:,} would get no label, as showing nothing that is known; here "
            f"they count by the class they look most like.{others}"
        )


def count_unknowns(predictions: Predictions, doubts: Float32Array, at: float) -> Unknowns:
    """Count by the probability of being unknown, (N,), of the photos of `predictions`."""
    kept = np.flatnonzero(doubts <= at)
    return Unknowns(len(doubts) - len(kept), len(doubts), at, accuracy_of(predictions, kept))
