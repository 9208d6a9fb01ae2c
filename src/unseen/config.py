"""The settings of a run or an audit: frozen records, saved resolved beside the results; unknown keys are refused."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, TypeVar, get_origin, get_type_hints

from unseen.errors import UnseenError
from unseen.per_class import ANSWERS, per_class


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """Every choice of `unseen train`; the command line's flags have these names.

    A field whose default is `auto` or `None` is resolved when the run starts, and the resolved value is saved.
    The explanations of the flags are in `cli/train.py`, once.
    """

    photos: str
    out: str
    # photos and split
    layout: str = "auto"
    classes: str = ""
    groups: str = ""
    split: str = "auto"
    fractions: tuple[float, float, float] = (0.7, 0.15, 0.15)
    seed: int = 0
    audit: bool = True
    # model
    model: str = "auto"
    width: float = 1.0
    weights: str = "auto"
    hidden_layers: str = "auto"
    dropout: float | None = None
    norm: str = "auto"
    image_size: int | None = None
    fit: str = "crop"
    focus: str = "auto"
    normalise: str = "auto"
    # training
    unfreeze: str = "all"
    augment: str = "auto"
    flip: str = "auto"
    rotate: str = "auto"
    backgrounds: str = ""
    imbalance: str = "auto"
    weight_decay: float = 0.02
    label_smoothing: float = 0.05
    mixup: float = 0.0
    batch_size: int = 32
    learning_rate: float | None = None
    epochs: int | None = None
    patience: int = 6
    time_limit: float = 10.0
    device: str = "auto"
    precision: str = "auto"

    def __post_init__(self) -> None:
        """Refuse values that no run could use."""
        for name, low, high in RANGES:
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise UnseenError(f"--{flag(name)} {value:g} asked: use a value from {low:g} to {high:g}")
        for name, choices in CHOICES.items():
            if name in PER_CLASS:
                # two ways to write the same settings are saved as one
                object.__setattr__(self, name, str(per_class(flag(name), getattr(self, name))))
            else:
                _require_choice(name, getattr(self, name), choices)
        _require_shares(self.fractions)

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-ready copy."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class AuditConfig:
    """Every choice of `unseen audit`; the command line's flags have these names, explained in `cli/audit.py`.

    against: a second set to compare with, '' for none. split: `auto` judges the parts that the photos state, if they
    do; a `split.csv` is judged instead. weights: `auto` takes ImageNet weights that are on this machine already.
    """

    photos: str
    out: str
    against: str = ""
    layout: str = "auto"
    classes: str = ""
    groups: str = ""
    split: str = "auto"
    fractions: tuple[float, float, float] = (0.7, 0.15, 0.15)
    seed: int = 0
    model: str = "mobilenetv2"
    width: float = 1.0
    weights: str = "auto"
    device: str = "auto"

    def __post_init__(self) -> None:
        """Refuse values that no audit could use."""
        _require_choice("layout", self.layout, CHOICES["layout"])
        _require_shares(self.fractions)

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-ready copy."""
        return asdict(self)


def _require_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise UnseenError(f"--{flag(name)} {value} asked: use {', '.join(choices)}")


def _require_shares(fractions: tuple[float, ...]) -> None:
    if (
        not all(math.isfinite(share) for share in fractions)
        or len(fractions) != 3
        or min(fractions) < 0
        or fractions[0] <= 0
        or sum(fractions) <= 0
    ):
        raise UnseenError("--fractions takes train/validation/test shares such as 70/15/15, train above 0")


RANGES: tuple[tuple[str, float, float], ...] = (
    ("dropout", 0, 0.95),
    ("image_size", 16, 1024),
    ("weight_decay", 0, 10),
    ("label_smoothing", 0, 0.5),
    ("mixup", 0, 1),
    ("batch_size", 2, 4096),
    ("learning_rate", 1e-7, 10),
    ("epochs", 0, 100_000),
    ("patience", 1, 100_000),
    ("time_limit", 0.05, 100_000),
)
CHOICES: dict[str, tuple[str, ...]] = {
    "layout": ("auto", "class/group", "group/class"),
    "fit": ("letterbox", "squash", "crop"),
    "normalise": ("auto", "pretrained", "unit", "centre", "standardise"),
    "imbalance": ("auto", "none", "weights", "sampling"),
    "flip": ANSWERS,
    "rotate": ANSWERS,
    "precision": ("auto", "fp32", "bf16"),
}
# Of these, single classes may have another one.
PER_CLASS = ("flip", "rotate")


def flag(field: str) -> str:
    """Return the command-line name of a field, without its dashes."""
    return "hidden" if field == "hidden_layers" else field.replace("_", "-")


Config = TypeVar("Config", TrainConfig, AuditConfig)


def config_from(values: Mapping[str, Any], kind: type[Config] = TrainConfig) -> Config:  # type: ignore[assignment]
    """Build a config of `kind` from saved values, refusing unknown keys and wrong types."""
    known = {field.name for field in fields(kind)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise UnseenError(f"setting '{unknown[0]}' is not known: it was written by another version, or misspelt")
    hints = get_type_hints(kind)
    checked = dict(values)
    if isinstance(checked.get("fractions"), list):
        checked["fractions"] = tuple(checked["fractions"])  # as JSON writes a tuple
    for name, value in checked.items():
        if not _fits(value, hints[name]):
            raise UnseenError(f"setting '{name}' is {value!r}: expected {hints[name]}")
    return kind(**checked)


def _fits(value: object, hint: Any) -> bool:
    """Check a plain value against `int`, `float`, `str`, an optional of these, or a tuple of floats."""
    if get_origin(hint) is tuple:
        return isinstance(value, tuple) and all(isinstance(v, int | float) for v in value)
    accepted = getattr(hint, "__args__", (hint,))
    if isinstance(value, bool):
        return bool in accepted
    return isinstance(value, accepted) or (float in accepted and isinstance(value, int))
