"""Hold all that was measured of a run, and read it back from `metrics.json`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from unseen.errors import SettingError, UnseenError
from unseen.evaluation.metrics import Metrics
from unseen.records import PARTS, UNKNOWN, Interval, Part
from unseen.runs import read_json, write_json
from unseen.saved import read_record

# Raised when a key of `metrics.json` changes: 3 has `group_split_accuracy` in `random_split`.
METRICS_SCHEMA = 3


class FeatureKind(StrEnum):
    """What the quick linear model of a split comparison was given."""

    FROZEN = "frozen"
    THUMBNAILS = "thumbnails"


@dataclass(frozen=True, slots=True)
class SplitComparison:
    """Accuracy of a quick linear model on a random split and on one that keeps groups apart.

    accuracy: on the random split. group_split_accuracy: `None` where one group holds all photos. own_split: the split
    that keeps groups apart is the run's own. features: `None` where nothing was compared.
    """

    accuracy: Interval = UNKNOWN
    group_split_accuracy: Interval | None = None
    own_split: bool = False
    features: FeatureKind | None = None

    @property
    def values(self) -> tuple[float, float] | None:
        """Accuracy on the random and on the group split, where both are known."""
        random, grouped = self.accuracy.value, (self.group_split_accuracy or UNKNOWN).value
        return None if random is None or grouped is None else (random, grouped)


class StrangersMethod(StrEnum):
    """How the accuracy for people of whom there are no photos is known."""

    HELD_OUT = "people-held-out"
    SHIFTS = "estimated-from-other-sets"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Strangers:
    """Accuracy to expect on photos of another person; `None` where it cannot be told.

    low, high: of an estimate, the 90% interval for one new person; where people were held out, the 95% interval.
    """

    value: float | None
    low: float | None
    high: float | None
    method: StrangersMethod


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are, with limits. told_by: names or headers of files, which are believed, or looks.

    probability: of the true number lying within the limits.
    """

    value: int
    low: int
    high: int
    told_by: Literal["names", "headers", "looks"]
    probability: float = 1.0


@dataclass(frozen=True, slots=True)
class TookPart:
    """Who and what is in the photos; `None` where that cannot be told."""

    people: Count | None = None
    rooms: Count | None = None
    cameras: Count | None = None


@dataclass(frozen=True, slots=True)
class InTurn:
    """Accuracy of heads on frozen features on people, or rooms, that each head was fitted without, with 95% limits.

    n: photos. clusters: people or rooms, which the limits are over. worst: the lowest accuracy of one, `None` where all
    have few photos. told_by: see `Count`.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    clusters: int
    worst: float | None
    told_by: Literal["names", "headers", "looks"]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What was left out in turn; `None` where there are not two of it."""

    people: InTurn | None = None
    rooms: InTurn | None = None


@dataclass(frozen=True, slots=True)
class Results:
    """What was measured with a bundle: each part (`None` where it is empty), both splits, seconds by stage.

    strangers: what to expect for other people, `None` where the photos are not of people. took_part: who and what is in
    the photos, `None` where that was not counted. left_out: `None` where nothing was left out in turn.
    """

    test: Metrics | None = None
    validation: Metrics | None = None
    train: Metrics | None = None
    random_split: SplitComparison | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)
    strangers: Strangers | None = None
    took_part: TookPart | None = None
    left_out: LeftOut | None = None

    def measured(self, part: Part) -> Metrics | None:
        """Return the metrics of `part` where it holds photos."""
        metrics = {"test": self.test, "validation": self.validation, "train": self.train}[part]
        return metrics if metrics and metrics.accuracy.value is not None else None

    @property
    def accuracy(self) -> dict[Part, Interval]:
        """Accuracy of each part that holds photos."""
        return {part: metrics.accuracy for part in PARTS if (metrics := self.measured(part))}

    def reported(self) -> tuple[Part, Metrics | None]:
        """Return the part that headline, tables and mistakes are about, and its metrics: test, else validation."""
        part: Part = "test" if self.measured("test") else "validation"
        return part, self.measured(part)

    def as_dict(self) -> dict[str, Any]:
        """Return the content of `metrics.json`: only dicts, lists, strings, numbers and `None`."""
        parts = {"test": self.test, "validation": self.validation, "train": self.train}
        return {
            **{part: metrics.as_dict() if metrics else None for part, metrics in parts.items()},
            "random_split": asdict(self.random_split) if self.random_split else None,
            "seconds": dict(self.seconds),
            "strangers": asdict(self.strangers) if self.strangers else None,
            "took_part": asdict(self.took_part) if self.took_part else None,
            "left_out": asdict(self.left_out) if self.left_out else None,
        }


def write_results(path: Path, content: Mapping[str, Any]) -> None:
    """Write `metrics.json`: `Results.as_dict` and what else a verb has to say, under keys of its own."""
    write_json(path, content, METRICS_SCHEMA)


def read_results(path: Path) -> Results:
    """Read the `metrics.json` of a run or an evaluation; raise `UnseenError` where it does not hold results."""
    content = read_json(path, METRICS_SCHEMA)
    known = {field.name for field in fields(Results)}
    try:
        return read_record(Results, {name: value for name, value in content.items() if name in known})
    except SettingError as error:
        raise UnseenError(f"{path}: {error}: restore it, or measure again") from None
