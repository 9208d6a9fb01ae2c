"""Hold the settings of generated photos."""

from dataclasses import asdict, dataclass
from typing import Any

from unseen.config import Layout, Precision, TrainConfig
from unseen.errors import SettingError
from unseen.saved import fit_fields

SIDES = (16, 96, 16)  # least, most and step, in pixels


@dataclass(frozen=True, slots=True)
class GenerateConfig:
    """Every choice of `unseen generate`; `unseen generate --help` explains them.

    photos: labelled photos, or a finished run. width: channels of the GAN's largest planes. time_limit: minutes. How
    photos are read and split is as in `TrainConfig`, and is a run's own where one is named.
    """

    photos: str
    out: str
    per_class: int = 100
    image_size: int = 64
    steps: int = 12_000
    batch_size: int = 32
    width: int = 16
    seed: int = 0
    layout: Layout = "auto"
    labels_from: str | None = None
    classes: tuple[str, ...] | None = None
    groups: str | None = None
    split: str = "auto"
    time_limit: float = 60.0
    device: str = "auto"
    precision: Precision = "auto"

    def __post_init__(self) -> None:
        """Refuse values that no GAN could use."""
        fit_fields(self)
        least, most, step = SIDES
        if self.image_size not in range(least, most + 1, step):
            raise SettingError("image_size", f"is {self.image_size}: use {least} to {most} in steps of {step}")
        for name, low, high in (
            ("per_class", 1, 100_000), ("steps", 1, 10_000_000), ("batch_size", 4, 1024), ("width", 4, 128),
            ("time_limit", 0.05, 100_000),
        ):  # fmt: skip
            if not low <= getattr(self, name) <= high:
                raise SettingError(name, f"is {getattr(self, name):g}: use a value from {low:g} to {high:g}")

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-ready copy."""
        return asdict(self)

    @property
    def reading(self) -> TrainConfig:
        """The settings of a run that would read and split the photos so; its weights are fetched from nowhere."""
        names = ("photos", "out", "seed", "layout", "labels_from", "classes", "groups", "split", "device")
        return TrainConfig(**{name: getattr(self, name) for name in names}, weights="cached")
