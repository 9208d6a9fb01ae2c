"""Define the frozen records that pass between stages; no stage's code is needed to make or read one."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, Protocol, Self, get_args

import numpy as np
import numpy.typing as npt

Part = Literal["train", "validation", "test"]
# How a photo that is not square becomes one.
Fit = Literal["letterbox", "squash", "crop"]
# Of a person; which of two is meant: either, where whichever the search finds will do.
Hand = Literal["left", "right"]
AskedHand = Literal["left", "right", "either"]
HANDS: tuple[Hand, ...] = get_args(Hand)
ASKED_HANDS: tuple[AskedHand, ...] = get_args(AskedHand)
PARTS: tuple[Part, ...] = ("train", "validation", "test")
# What the photos of a group share, from the least that may be new in a test to the most.
Unit = Literal["photo", "session", "camera", "room", "person"]

BoolArray = npt.NDArray[np.bool_]
Uint8Array = npt.NDArray[np.uint8]
Int8Array = npt.NDArray[np.int8]
Int32Array = npt.NDArray[np.int32]
Float32Array = npt.NDArray[np.float32]
Float64Array = npt.NDArray[np.float64]
Int64Array = npt.NDArray[np.int64]


class Images(Protocol):
    """Decoded photos by position, (H, W, 3 or 4) uint8 each; `store.mapped.MappedArrays` is one, a list another."""

    def __getitem__(self, position: int, /) -> Uint8Array:
        """Return one photo."""
        ...

    def __len__(self) -> int:
        """Return how many there are."""
        ...


Positions = Sequence[int] | Int64Array


@dataclass(frozen=True, slots=True)
class Columns:
    """Base of records of aligned columns: each field has one row a photo, as an array or a tuple, or is `None`."""

    def select(self, positions: Positions) -> Self:
        """Return the rows at `positions`, in that order."""
        rows: dict[str, Any] = {field.name: _rows(getattr(self, field.name), positions) for field in fields(self)}
        return replace(self, **rows)

    def concat(self, other: Self) -> Self:
        """Return the rows of both; a column that either lacks is absent."""
        pairs = {field.name: (getattr(self, field.name), getattr(other, field.name)) for field in fields(self)}
        joined: dict[str, Any] = {
            name: None if a is None or b is None else np.concatenate([a, b]) if isinstance(a, np.ndarray) else (*a, *b)
            for name, (a, b) in pairs.items()
        }
        return replace(self, **joined)


def _rows(column: Any, positions: Positions) -> Any:
    if column is None:
        return None
    if isinstance(column, Columns):
        return column.select(positions)
    chosen = np.asarray(positions, dtype=np.int64)
    return column[chosen] if isinstance(column, np.ndarray) else tuple(column[i] for i in chosen.tolist())


@dataclass(frozen=True, slots=True)
class Regions(Columns):
    """Where N photos show the thing that is classified.

    boxes: (N, 4) float32, left, top, right, bottom in shares of each photo's width and height, NaN where nothing was
    found. keypoints: (N, K, 2) float32, x and y in shares, NaN where unknown; `None` where the locator has none.
    scores: (N,) float32, 0 to 1.
    """

    boxes: Float32Array
    keypoints: Float32Array | None
    scores: Float32Array

    @property
    def found(self) -> BoolArray:
        """Photos in which something was found, (N,) bool."""
        return np.asarray(np.isfinite(self.boxes).all(axis=1), np.bool_)


@dataclass(frozen=True, slots=True)
class Photo:
    """One labelled photo, not yet opened.

    `path` is what people see and what ids are made of: POSIX style, relative to what the user named.
    `file` is what is opened. `group` and `part` are what the user stated, `None` where nothing was stated.
    """

    path: str
    file: Path
    label: str
    group: str | None = None
    part: Part | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A photo that cannot be used, and why; a row in every report, never dropped silently.

    label: the class it is of, `None` where that is not known. is_photo: `False` for a file of another kind.
    """

    path: str
    reason: str
    label: str | None = None
    is_photo: bool = True


def common_reasons(rejected: Sequence[Rejected], most: int | None = 3) -> str:
    """Return the `most` common reasons with their counts, for a message, and how many files have others.

    Reasons that differ in their numbers alone, as "too narrow: 300 x 2 px" does, are one. most: `None` for all.
    """
    details: dict[str, Counter[str]] = {}
    for row in rejected:
        details.setdefault(re.split(r": | \(", row.reason, maxsplit=1)[0], Counter())[row.reason] += 1
    common = sorted(details.items(), key=lambda one: -one[1].total())
    named = [f"{of.total():,} {kind if len(of) > 1 else min(of)}" for kind, of in common[:most]]
    if others := 0 if most is None else sum(of.total() for _, of in common[most:]):
        named.append(f"{others:,} for other reasons")
    return ", ".join(named)


def not_measured(rejected: Sequence[Rejected]) -> dict[str, Any]:
    """Return how many photos are in no number and why, JSON-ready; files that are no photos do not count."""
    lost = Counter(row.reason for row in rejected if row.is_photo)
    return {"photos": lost.total(), "reasons": dict(lost.most_common())}


def left_out_sentence(rejected: Sequence[Rejected]) -> str:
    """Say the same in words; nothing where all photos are in the numbers."""
    if not (lost := [row for row in rejected if row.is_photo]):
        return ""
    photos = "1 photo is" if len(lost) == 1 else f"{len(lost):,} photos are"
    return f"{photos} not part of this: {common_reasons(lost, None)}."


@dataclass(frozen=True, slots=True)
class PhotoSet:
    """The photos of one source, what was rejected of it, the class names in natural order, notes for the report."""

    photos: tuple[Photo, ...]
    rejected: tuple[Rejected, ...]
    classes: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def labels(self) -> Int64Array:
        """Class index of each photo, (N,) int64."""
        index = {name: i for i, name in enumerate(self.classes)}
        return np.array([index[photo.label] for photo in self.photos], dtype=np.int64)

    def select(self, positions: Positions) -> "PhotoSet":
        """Return the same set with only the photos at `positions`, in that order."""
        return replace(self, photos=_rows(self.photos, positions))


@dataclass(frozen=True, slots=True)
class GroupReason:
    """Why photos were put in groups: `text` is a sentence for the screen, with its counts.

    unit: what a group is of, as far as its name tells; "photo" where only photos that belong together were joined.
    """

    kind: Literal["stated", "folder", "name", "burst", "duplicate", "single"]
    photos: int
    groups: int
    text: str
    unit: Unit = "photo"


@dataclass(frozen=True, slots=True)
class Grouping:
    """One group name a photo, aligned with the photo set; photos of one group never cross a part.

    copies: paths of photos that a program made from one source, the source first where it is there; one tuple a source.
    """

    groups: tuple[str, ...]
    reasons: tuple[GroupReason, ...]
    copies: tuple[tuple[str, ...], ...] = ()

    def select(self, positions: Positions) -> "Grouping":
        """Return the groups at `positions`, with all reasons and copies."""
        return replace(self, groups=_rows(self.groups, positions))

    def concat(self, other: "Grouping") -> "Grouping":
        """Return the groups, reasons and copies of both."""
        return Grouping((*self.groups, *other.groups), (*self.reasons, *other.reasons), (*self.copies, *other.copies))


@dataclass(frozen=True, slots=True)
class Split:
    """Part and group of each photo, aligned with the photo set it was made from."""

    parts: tuple[Part, ...]
    groups: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def positions(self, part: Part) -> Int64Array:
        """Positions of the photos of `part`, (n,) int64, ascending."""
        return np.array([i for i, p in enumerate(self.parts) if p == part], dtype=np.int64)

    def concat(self, other: "Split") -> "Split":
        """Return the parts, groups and notes of both."""
        return Split((*self.parts, *other.parts), (*self.groups, *other.groups), (*self.notes, *other.notes))


@dataclass(frozen=True, slots=True)
class Predictions:
    """What a model said of photos whose answer is known; metrics need nothing else.

    ids: N photo paths. labels: (N,) int64 class indices. groups: N group names.
    logits: (N, C) float32, natural-log scale, not normalised. classes: C names.
    """

    ids: tuple[str, ...]
    labels: Int64Array
    groups: tuple[str, ...]
    logits: Float32Array
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Interval:
    """A measured value with its 95% interval; `None` where it cannot be known (an empty slice, one group)."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    groups: int


UNKNOWN = Interval(value=None, low=None, high=None, n=0, groups=0)  # of no photos
