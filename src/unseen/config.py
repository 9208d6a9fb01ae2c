"""Hold the settings of a run or an audit: frozen records, saved as resolved beside the results."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import PurePath
from typing import Any, Literal, TypeVar

from unseen.errors import SettingError
from unseen.per_class import AUTO, PerClass, per_class
from unseen.records import Fit, Hand
from unseen.saved import fit_fields, read_record

Layout = Literal["auto", "class/group", "group/class", "boxes"]
Normalise = Literal["auto", "pretrained", "unit", "centre", "standardise"]
Unfreeze = Literal["none", "last", "all"] | int
KnownSignsFrom = Literal["auto", "none", "signs:letters", "signs:digits", "signs:counting", "signs:rps"]
Imbalance = Literal["auto", "none", "weights", "sampling", "focal"]
Precision = Literal["auto", "fp32", "bf16"]
Fractions = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """Every choice of `unseen train`; `unseen train --help` explains them.

    A field whose default is `auto` or `None` is resolved when the run starts, and the resolved value is saved.
    labels_from: a pattern for the labels in file names.
    classes: only these; `None` for all. groups: a CSV of path,group, or a pattern on the path. split: `auto`, `random`
    or the path of a CSV. hidden_layers: widths, `()` for a linear head, `None` for the model's own. flip, rotate:
    `True`, `False`, `auto`, or a mapping from class to one of these. unfreeze: `none`, `last`, `all`, or a number of
    stages. generated: a folder of `unseen generate`. copies: rendered people who show each sign that is not a known
    one, 0 for none. hand: of two hands in a photo, the one that signs. also: signs of `known_signs` that the model is
    to know without photos of them, `("all",)` for all. time_limit: minutes.

    Raises `SettingError` for values that no run could use.
    """

    photos: str
    out: str
    # photos and split
    layout: Layout = "auto"
    labels_from: str | None = None
    classes: tuple[str, ...] | None = None
    groups: str | None = None
    split: str = "auto"
    fractions: Fractions = (0.7, 0.15, 0.15)
    seed: int = 0
    audit: bool = True
    keep_thumbnails: bool = False
    # model
    model: str = "auto"
    width: float = 1.0
    weights: str = "auto"
    hidden_layers: tuple[int, ...] | None = None
    dropout: float | None = None
    norm: str = "auto"
    image_size: int | None = None
    fit: Fit = "crop"
    focus: str = "auto"
    hand: Hand | None = None
    normalise: Normalise = "auto"
    # training
    unfreeze: Unfreeze = "all"
    augment: str = "auto"
    flip: PerClass = AUTO
    rotate: PerClass = AUTO
    backgrounds: str | None = None
    generated: str | None = None
    known_signs: KnownSignsFrom = "auto"
    also: tuple[str, ...] | None = None
    copies: int = 12
    imbalance: Imbalance = "auto"
    weight_decay: float = 0.02
    label_smoothing: float = 0.05
    mixup: float = 0.0
    batch_size: int = 32
    learning_rate: float | None = None
    epochs: int | None = None
    patience: int = 6
    time_limit: float = 10.0
    device: str = "auto"
    precision: Precision = "auto"

    def __post_init__(self) -> None:
        """Refuse values that no run could use."""
        for name in ("flip", "rotate"):
            object.__setattr__(self, name, per_class(name, getattr(self, name)))
        fit_fields(self)
        for name, low, high in RANGES:
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise SettingError(name, f"is {value:g}: use a value from {low:g} to {high:g}")
        if not all(1 <= width <= MAX_WIDTH for width in self.hidden_layers or ()):
            raise SettingError("hidden_layers", f"is {self.hidden_layers}: use widths from 1 to {MAX_WIDTH}")
        _require_shares(self.fractions)

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-ready copy."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class AuditConfig:
    """Every choice of `unseen audit`; `unseen audit --help` explains them.

    against: a second set to compare with. split: `auto` judges the parts that the photos state, if they do; a
    `split.csv` is judged instead. weights: `auto` takes ImageNet weights that are on this machine already. The rest is
    as in `TrainConfig`.
    """

    photos: str
    out: str
    against: str | None = None
    layout: Layout = "auto"
    labels_from: str | None = None
    classes: tuple[str, ...] | None = None
    groups: str | None = None
    split: str = "auto"
    fractions: Fractions = (0.7, 0.15, 0.15)
    seed: int = 0
    model: str = "mobilenetv2"
    width: float = 1.0
    weights: str = "auto"
    device: str = "auto"

    def __post_init__(self) -> None:
        """Refuse values that no audit could use."""
        fit_fields(self)
        _require_shares(self.fractions)

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-ready copy."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class DoctorConfig:
    """Every choice of `unseen doctor`; `unseen doctor --help` explains them.

    model: a file or folder. against: labelled photos of the user's own. as_: how the user prepares photos, as
    `size=224,scale=1/255,order=bgr,fit=squash`. classes: names of the model's outputs, in their order. arch:
    `timm/NAME`, for a file of weights. wrap: new folder for the model as a bundle, with its preprocessing inside. fix:
    train ours on the same photos, for `time_limit` minutes. The rest is as in `TrainConfig`.
    """

    photos: str
    out: str
    model: str
    against: str | None = None
    as_: str | None = None
    classes: tuple[str, ...] | None = None
    arch: str | None = None
    wrap: str | None = None
    fix: bool = False
    time_limit: float = 10.0
    layout: Layout = "auto"
    labels_from: str | None = None
    groups: str | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse values of another type."""
        fit_fields(self)

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-ready copy."""
        return asdict(self)


def _require_shares(fractions: Fractions) -> None:
    if not all(math.isfinite(share) and share >= 0 for share in fractions) or fractions[0] <= 0:
        raise SettingError("fractions", f"is {fractions}: use train/validation/test shares, train above 0")


MAX_WIDTH = 99_999
RANGES: tuple[tuple[str, float, float], ...] = (
    ("dropout", 0, 0.95),
    ("image_size", 16, 1024),
    ("weight_decay", 0, 10),
    ("label_smoothing", 0, 0.5),
    ("mixup", 0, 1),
    ("copies", 0, 200),
    ("batch_size", 2, 4096),
    ("learning_rate", 1e-7, 10),
    ("epochs", 0, 100_000),
    ("patience", 1, 100_000),
    ("time_limit", 0.05, 100_000),
)
Config = TypeVar("Config")


def config_from(values: Mapping[str, Any], kind: type[Config]) -> Config:
    """Build a config of `kind` from saved or given values; unknown keys and wrong types are a `SettingError`.

    Paths become text; `flip` and `rotate` take all that `TrainConfig` says.
    """
    given = {name: str(value) if isinstance(value, PurePath) else value for name, value in values.items()}
    for name in {"flip", "rotate"} & set(given):
        given[name] = per_class(name, given[name])
    return read_record(kind, given)
