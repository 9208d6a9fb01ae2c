"""Measure what each difference between two ways of preparing photos costs, in accuracy on the same photos."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np

from unseen.diagnosing.class_match import ClassMap
from unseen.diagnosing.photo_reading import Reading
from unseen.diagnosing.search import choices
from unseen.diagnosing.trial import Trials
from unseen.evaluation.intervals import interval
from unseen.foreign.network import InputSpec
from unseen.records import Float64Array, Int64Array, Interval

# What two ways may differ by, on the same photos, and be called equivalent: accuracy, and log-loss in nats.
SAME_ACCURACY, SAME_NATS = 0.01, 0.02
_SEED = 0


@dataclass(frozen=True, slots=True)
class Photos:
    """The photos that something is measured on. positions: of the trial's photos. labels, groups: of those, aligned."""

    positions: Int64Array
    labels: Int64Array
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What it costs to prepare photos in another way.

    parts: what differs, the other way's values. points: accuracy lost, in shares, with its interval. nats: log-loss
    added, with its interval. accuracy: in the other way. same_answers: share of the photos with the same answer.
    """

    parts: Mapping[str, str]
    accuracy: Interval
    points: Interval
    nats: Interval
    same_answers: float
    usual: bool = False

    @property
    def equivalent(self) -> bool:
        """The other way is as good, as far as these photos can tell: by its answers and by how sure they are."""
        return _as_good(self.points, SAME_ACCURACY) and _as_good(self.nats, SAME_NATS)

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-ready copy."""
        return {**asdict(self), "parts": dict(self.parts), "equivalent": self.equivalent}


def _as_good(lost: Interval, most: float) -> bool:
    """Say whether a loss is too small to matter, or cannot be told from none and is not large either."""
    value, low = lost.value or 0.0, lost.low if lost.low is not None else lost.value or 0.0
    return value <= most or (low <= 0 and value <= 2 * most)


@dataclass(frozen=True, slots=True)
class Judge:
    """Measures readings on photos that the search did not see."""

    trials: Trials
    photos: Photos
    classes: ClassMap

    def correct(self, reading: Reading) -> Float64Array:
        """Return 1.0 for each photo answered right, (n,)."""
        return self.classes.correct(self.trials.logs(reading, self.photos.positions), self.photos.labels)

    def accuracy(self, reading: Reading) -> Interval:
        """Return the share answered right, with its interval over groups."""
        return interval(self.correct(reading), self.photos.groups, _SEED)

    def difference(self, right: Reading, other: Reading, *, usual: bool = False) -> Difference:
        """Return what the `other` reading costs beside the `right` one."""
        logs = [self.trials.logs(one, self.photos.positions) for one in (right, other)]
        correct = [self.classes.correct(one, self.photos.labels) for one in logs]
        nats = [self.classes.nats(one, self.photos.labels) for one in logs]
        return Difference(
            changed_parts(right, other),
            self.accuracy(other),
            interval(correct[0] - correct[1], self.photos.groups, _SEED),
            interval(nats[1] - nats[0], self.photos.groups, _SEED),
            float((logs[0].argmax(axis=1) == logs[1].argmax(axis=1)).mean()),
            usual,
        )


def changed_parts(right: Reading, other: Reading) -> dict[str, str]:
    """Return what differs in `other`, by part; the size as one."""
    parts = {
        field.name: str(getattr(other, field.name))
        for field in fields(Reading)
        if getattr(right, field.name) != getattr(other, field.name) and field.name not in ("height_px", "width_px")
    }
    return ({"size": other.side} if right.side != other.side else {}) | parts


# What goes wrong most often around a model, by what is right.
_USUAL: dict[str, tuple[str, ...]] = {
    "scale": ("1/255", "raw", "1/127.5-1", "imagenet"),
    "order": ("bgr", "rgb"),
    "fit": ("squash", "crop"),
    "interpolation": ("nearest",),
}


def usual_mistakes(right: Reading, spec: InputSpec) -> list[Reading]:
    """Return the readings that differ from `right` by one of the usual mistakes."""
    return [
        replace(right, **{part: value})  # type: ignore[arg-type]
        for part, values in _USUAL.items()
        for value in values
        if value in choices(part, spec) and value != getattr(right, part)
    ]


def steps_between(right: Reading, other: Reading) -> list[Reading]:
    """Return `right` with each difference of `other` alone, then with all of them."""
    single = [
        replace(right, **{field.name: getattr(other, field.name)})
        for field in fields(Reading)
        if getattr(right, field.name) != getattr(other, field.name) and field.name not in ("height_px", "width_px")
    ]
    if right.side != other.side:
        single.append(replace(right, height_px=other.height_px, width_px=other.width_px))
    return [*single, *([other] if len(single) > 1 else [])]


def halves(labels: Int64Array, groups: Sequence[str], rng: np.random.Generator) -> tuple[Int64Array, Int64Array]:
    """Return positions to search on and to judge on; no group is in both. Where groups are too few, photos are halved.

    Both halves hold every class, or one half is all there is and serves for both.
    """
    names, codes = np.unique(np.array(groups), return_inverse=True)
    shuffled = rng.permutation(len(names))
    searched = np.isin(codes, shuffled[: (len(names) + 1) // 2])
    wanted = set(labels.tolist())
    for chosen in (searched, np.arange(len(labels)) % 2 == 0):
        if all(set(labels[rows].tolist()) == wanted for rows in (chosen, ~chosen)):
            return np.flatnonzero(chosen), np.flatnonzero(~chosen)
    return np.arange(len(labels)), np.arange(len(labels))
