"""Hold ways of training that were tried on the same held-out photos, and what each gains."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from unseen.evaluation.gate import Gate, judge_gain
from unseen.records import BoolArray, Int64Array, Unit


class Way(StrEnum):
    """A way of training: what is fitted on, and what is done about scarce classes."""

    PLAIN = "plain"
    NOTHING = "nothing"
    WEIGHTS = "weights"
    SAMPLING = "sampling"
    FOCAL = "focal"
    RENDERED = "rendered"
    GENERATED = "generated"


@dataclass(frozen=True, slots=True)
class TriedWay:
    """joined: photos that were added. accuracy: balanced. worst: the lowest recall of a class.

    gain: over the usual way, `None` for that one.
    """

    way: Way
    joined: int
    accuracy: float | None
    worst: float | None
    gain: Gate | None

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-ready copy."""
        return {**asdict(self), "passed": self.gain.passed if self.gain else None}


class Outcome(StrEnum):
    """Whether generated photos are used, or why not."""

    USED = "used"
    NO_BETTER = "no-better"
    NONE_SCARCE = "none-scarce"
    NOT_JUDGED = "not-judged"


@dataclass(frozen=True, slots=True)
class TriedGenerated:
    """scarce: the classes that generated photos would join. ways: what was compared, the usual way first."""

    outcome: Outcome
    scarce: tuple[str, ...]
    ways: tuple[TriedWay, ...] = ()

    @property
    def generated(self) -> TriedWay | None:
        """The way with generated photos, if it was tried."""
        return next((way for way in self.ways if way.way is Way.GENERATED), None)

    @property
    def passed(self) -> bool:
        """Whether generated photos beat the usual way beyond chance."""
        return self.generated is not None and self.generated.gain is not None and self.generated.gain.passed

    def as_dict(self) -> dict[str, Any]:
        """Return what `metrics.json` holds of it."""
        ways = [way.as_dict() for way in self.ways]
        return {"outcome": self.outcome, "scarce": list(self.scarce), "ways": ways}


def compare_ways(
    usual: Way,
    right: dict[Way, BoolArray],
    joined: dict[Way, int],
    labels: Int64Array,
    groups: list[str],
    seed: int = 0,
    over: Unit | None = None,
) -> tuple[TriedWay, ...]:
    """Compare what each way has right, (N,) bool, of held-out photos (N,) with what the usual one has.

    over: what the groups are of.
    """
    return tuple(
        TriedWay(
            way,
            joined.get(way, 0),
            *_accuracies(one, labels),
            None if way is usual else judge_gain(right[usual], one, labels, groups, seed, balanced=True, over=over),
        )
        for way, one in right.items()
    )


def _accuracies(right: BoolArray, labels: Int64Array) -> tuple[float | None, float | None]:
    counts = np.bincount(labels)
    recalls = (np.bincount(labels, right, len(counts)) / np.maximum(counts, 1))[counts > 0]
    return (float(recalls.mean()), float(recalls.min())) if len(recalls) else (None, None)
