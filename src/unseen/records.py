"""The frozen records that pass between stages; no stage's code is needed to make or read one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = ("train", "validation", "test")

BoolArray = npt.NDArray[np.bool_]
Uint8Array = npt.NDArray[np.uint8]
Int8Array = npt.NDArray[np.int8]
Int32Array = npt.NDArray[np.int32]
Float32Array = npt.NDArray[np.float32]
Float64Array = npt.NDArray[np.float64]
Int64Array = npt.NDArray[np.int64]


class Images(Protocol):
    """Decoded photos by position, (H, W, 3 or 4) uint8 each; `store.pixels.PixelStore` is one, a list another."""

    def __getitem__(self, position: int, /) -> Uint8Array:
        """Return one photo."""
        ...

    def __len__(self) -> int:
        """Return how many there are."""
        ...


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
    """A photo that cannot be used, and why; a row in every report, never dropped silently."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class PhotoSet:
    """The photos of one source, the rejected ones beside them, and the class names in natural order."""

    photos: tuple[Photo, ...]
    rejected: tuple[Rejected, ...]
    classes: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def labels(self) -> Int64Array:
        """Class index of each photo, (N,) int64."""
        index = {name: i for i, name in enumerate(self.classes)}
        return np.array([index[photo.label] for photo in self.photos], dtype=np.int64)

    def keep(self, positions: Sequence[int]) -> "PhotoSet":
        """Return the same set with only the photos at `positions`, in that order."""
        return replace(self, photos=tuple(self.photos[i] for i in positions))


@dataclass(frozen=True, slots=True)
class GroupReason:
    """Why photos were put in groups: `text` is a sentence for the screen, with its counts."""

    kind: Literal["stated", "folder", "name", "burst", "duplicate", "single"]
    photos: int
    groups: int
    text: str


@dataclass(frozen=True, slots=True)
class Grouping:
    """One group name a photo, aligned with the photo set; photos of one group never cross a part."""

    groups: tuple[str, ...]
    reasons: tuple[GroupReason, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """Part and group of each photo, aligned with the photo set it was made from."""

    parts: tuple[Part, ...]
    groups: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def positions(self, part: Part) -> Int64Array:
        """Positions of the photos of `part`, (n,) int64, ascending."""
        return np.array([i for i, p in enumerate(self.parts) if p == part], dtype=np.int64)


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
