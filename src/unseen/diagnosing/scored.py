"""Compare readings by how well they fit the same photos."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from unseen.diagnosing.class_match import ClassMap
from unseen.diagnosing.photo_reading import INTERPOLATIONS, Reading
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

    What differs in its interpolation alone may be a standard error worse: few networks care. Any other may be half
    as many nats worse on all photos together as it is more common.
    """
    best = scored[0]
    photos = len(best.nats)

    def tied(one: Scored) -> bool:
        alike = replace(one.reading, interpolation=best.reading.interpolation) == best.reading
        lost = best.correct - one.correct, one.nats - best.nats
        errors = [float(column.std()) / np.sqrt(photos) if alike else 0.0 for column in lost]
        commoner = (rareness(best.reading) - rareness(one.reading)) / 2
        limits = max(SAME, errors[0], 1 / photos), max(SAME, errors[1], commoner / photos)
        return one.classes.how == best.classes.how and all(
            float(column.mean()) <= limit for column, limit in zip(lost, limits, strict=True)
        )

    return min(filter(tied, scored), key=lambda one: rareness(one.reading))


# How much rarer each is than the most common, in nats: taken from what tutorials and exporters do.
_RARE: dict[str, float] = {
    "raw": 0.5, "1/127.5-1": 0.5, "imagenet": 0.7, "caffe": 1.5, "standardise": 2.5, "1/255-0.5": 2.5, "1/127-1": 2.5,
    "1/255/255": 4.0, "bgr": 0.8, "grey": 1.0, "crop": 1.0, "crop-256": 1.5, "letterbox": 2.0, "letterbox-grey": 3.0,
    "letterbox-white": 3.0,
}  # fmt: skip


def rareness(reading: Reading) -> float:
    """Return how much less common a reading is than the most common one, in nats; ways to interpolate by their list."""
    parts = (reading.scale, reading.order, reading.fit)
    return sum(_RARE.get(part, 0.0) for part in parts) + 0.2 * INTERPOLATIONS.index(reading.interpolation)
