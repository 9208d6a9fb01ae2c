"""Compare readings by how well they fit the same photos."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from unseen.diagnosing.class_match import ClassMap
from unseen.diagnosing.photo_reading import FITS, INTERPOLATIONS, ORDERS, SCALES, Reading
from unseen.records import Float64Array

NEAR = 0.02  # accuracy within which the log-loss decides
SAME = 0.005  # accuracy and nats within which the most common reading is taken


@dataclass(frozen=True, slots=True)
class Scored:
    """How well one reading fits the photos it was tried on. correct, nats: (n,) a photo."""

    reading: Reading
    classes: ClassMap
    correct: Float64Array
    nats: Float64Array

    @property
    def accuracy(self) -> float:
        """Share of the photos answered right."""
        return float(self.correct.mean())

    @property
    def loss(self) -> float:
        """Mean log-loss in nats, clipped a photo."""
        return float(self.nats.mean())


def ranked(scored: Sequence[Scored]) -> list[Scored]:
    """Return the best first: those within `NEAR` of the best accuracy by log-loss, then the others by accuracy.

    Red and blue exchanged may only exchange two classes: what needs no other order of classes is taken first.
    """
    top = max((one.accuracy for one in scored), default=0.0)

    def place(one: Scored) -> tuple[float, ...]:
        near = one.accuracy >= top - NEAR
        return (0, one.classes.how == "answers", one.loss) if near else (1, 0, -one.accuracy)

    return sorted(scored, key=place)


def commonest(scored: Sequence[Scored]) -> Scored:
    """Return the most common of the readings that cannot be told from the first one, which is the best.

    What differs in its interpolation alone may be a standard error worse: few networks care.
    """
    best = scored[0]

    def tied(one: Scored) -> bool:
        alike = replace(one.reading, interpolation=best.reading.interpolation) == best.reading
        return one.classes.how == best.classes.how and all(
            float(lost.mean()) <= max(SAME, float(lost.std()) / np.sqrt(len(lost)) if alike else 0.0)
            for lost in (best.correct - one.correct, one.nats - best.nats)
        )

    return min(filter(tied, scored), key=lambda one: rareness(one.reading))


def rareness(reading: Reading) -> int:
    """Return how far down its parts stand in the lists, which begin with the most common."""
    return (
        SCALES.index(reading.scale)
        + ORDERS.index(reading.order)
        + FITS.index(reading.fit)
        + INTERPOLATIONS.index(reading.interpolation)
    )
