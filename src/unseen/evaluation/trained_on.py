"""Count the photos of a test that the model was trained on, and measure the others."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from unseen.evaluation.intervals import accuracy_of
from unseen.evaluation.tested_on import UNITS
from unseen.records import BoolArray, Interval, Predictions, Unit
from unseen.text import count, percent, span


@dataclass(frozen=True, slots=True)
class TrainedOn:
    """Photos of a test that training had, too. accuracy_of_rest: of the others, its interval over `interval_over`."""

    photos: int
    of: int
    accuracy_of_rest: Interval
    interval_over: Unit

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-ready copy."""
        return asdict(self)

    @property
    def sentence(self) -> str:
        """Say what the accuracy is worth; '' where no photo was trained on."""
        if not self.photos:
            return ""
        had = f"The model was trained on {count(self.photos, 'photo')} of these {self.of:,}, or on equal ones"
        rest = self.accuracy_of_rest
        if not rest.n:
            return f"{had}: the number says nothing of new photos. Evaluate photos that it has never seen."
        said = span(rest.low, rest.high)
        within = f" (95% interval {said}%, over {UNITS[self.interval_over]})" if said else ""
        return f"{had}: of the other {rest.n:,} it classifies {percent(rest.value)} correctly{within}."


def count_trained_on(predictions: Predictions, trained: Sequence[bool] | BoolArray, unit: Unit) -> TrainedOn:
    """Count by whether training had each of the N photos of `predictions`; unit: what the groups are."""
    rest = np.flatnonzero(~np.asarray(trained, np.bool_))
    photos = len(predictions.labels)
    return TrainedOn(photos - len(rest), photos, accuracy_of(predictions, rest), unit)
