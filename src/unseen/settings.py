"""State the keyword settings of the Python API, so that editors and type checkers know them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

from unseen.config import Fractions, Imbalance, KnownSignsFrom, Layout, Normalise, Precision, Unfreeze
from unseen.per_class import PerClassSetting
from unseen.records import Fit, Hand


class ReadingSettings(TypedDict, total=False):
    """How photos are read; see `open_photos`."""

    layout: Layout
    labels_from: str | None


class ChosenPhotos(ReadingSettings, total=False):
    """The same, and which classes are meant; `None` for all."""

    classes: Sequence[str] | None


class PhotoSettings(TypedDict, total=False):
    """What `train` and `audit` share; see `TrainConfig`."""

    layout: Layout
    labels_from: str | None
    classes: Sequence[str] | None
    groups: str | None
    split: str
    fractions: Fractions
    seed: int
    model: str
    width: float
    weights: str
    device: str


class AuditSettings(PhotoSettings, total=False):
    """The settings of `audit`; see `AuditConfig`."""

    against: str | None


class DoctorSettings(TypedDict, total=False):
    """The settings of `doctor`; see `DoctorConfig`."""

    against: str | None
    as_: str | None
    classes: Sequence[str] | None
    arch: str | None
    wrap: str | None
    fix: bool
    time_limit: float
    layout: Layout
    labels_from: str | None
    groups: str | None
    seed: int


class TrainSettings(PhotoSettings, total=False):
    """The settings of `train`; see `TrainConfig`."""

    audit: bool
    keep_thumbnails: bool
    hidden_layers: Sequence[int] | None
    dropout: float | None
    norm: str
    image_size: int | None
    fit: Fit
    focus: str
    hand: Hand | None
    normalise: Normalise
    unfreeze: Unfreeze
    augment: str
    known_signs: KnownSignsFrom
    also: Sequence[str] | None
    copies: int
    flip: PerClassSetting
    rotate: PerClassSetting
    backgrounds: str | None
    generated: str | None
    imbalance: Imbalance
    weight_decay: float
    label_smoothing: float
    mixup: float
    batch_size: int
    learning_rate: float | None
    epochs: int | None
    patience: int
    time_limit: float
    precision: Precision


class ExtendSettings(TypedDict, total=False):
    """The settings of `extend`. adapt: photos without labels, whose batch-norm statistics are mixed in."""

    adapt: str | Path | None
    layout: Layout
    labels_from: str | None
    groups: str | None
    hand: Hand | None
    device: str


class GanSettings(TypedDict, total=False):
    """The settings of `generate`; see `GenerateConfig`."""

    per_class: int
    image_size: int
    steps: int
    batch_size: int
    width: int
    seed: int
    layout: Layout
    labels_from: str | None
    classes: Sequence[str] | None
    groups: str | None
    split: str
    time_limit: float
    device: str
    precision: Precision


class RenderSettings(ReadingSettings, total=False):
    """The settings of `render`; see `RenderConfig`."""

    signs: str
    copy: str | None
    people: int
    rooms: int
    photos: int
    image_size: int
    seed: int
