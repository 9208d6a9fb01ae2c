"""Draw sets of groups of photos in which it is known how held-out groups differ, and a fixed network that reads them.

A class is a sign, drawn with a pen. Every group has a pen, a paper and a place of its own; groups of a shifted
set are turned by up to 25 degrees, darker and farther away besides.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen.models.backbone import Backbone
from unseen.models.classifier import Classifier
from unseen.models.head import Head
from unseen.models.preprocess import UNIT, Preprocess
from unseen.records import Int64Array, Uint8Array

SIDE_PX = 24
DRAWN_PX = 48

# A sign is the hand of a clock that points one of six ways, 60 degrees apart: one that is turned by 25 is still nearest
# to its own, but a head that has only seen upright ones knows nothing of the places between. The last sign is no hand,
# which faint and small ones look like to it.
TURNS = tuple(math.radians(degrees) for degrees in range(0, 360, 60))
SIGNS: tuple[tuple[tuple[float, float, float, float], ...], ...] = (
    *(((0.4 * math.sin(turn), -0.4 * math.cos(turn), math.sin(turn), -math.cos(turn)),) for turn in TURNS),
    (),
)


@dataclass(frozen=True, slots=True)
class Shift:
    """How photos of a group are changed. degrees: in plus-minus. light, distance: factors drawn from these ranges."""

    degrees: float = 0.0
    light: tuple[float, float] = (1.0, 1.0)
    size: tuple[float, float] = (1.0, 1.0)


UPRIGHT = Shift()
HARD = Shift(10, (0.12, 0.2), (0.5, 0.8))  # told with difficulty, but alike in every group
SHIFTED = Shift(25, (0.45, 0.6), (0.45, 0.6))


def draw_photo(rng: np.random.Generator, label: int, pen: Int64Array, paper: Int64Array, shift: Shift) -> Uint8Array:
    """Draw one photo of a sign, (DRAWN_PX, DRAWN_PX, 3)."""
    picture = Image.new("RGB", (DRAWN_PX, DRAWN_PX), tuple(paper.tolist()))
    pencil = ImageDraw.Draw(picture)
    angle = math.radians(rng.uniform(-shift.degrees, shift.degrees) + rng.normal(0, 2))
    reach = DRAWN_PX * 0.36 * rng.uniform(*shift.size) * rng.uniform(0.95, 1.05)
    middle = DRAWN_PX / 2 + rng.normal(0, 1.5, 2)
    cos, sin = math.cos(angle), math.sin(angle)
    for x0, y0, x1, y1 in SIGNS[label]:
        ends = [
            (middle[0] + reach * (x * cos - y * sin), middle[1] + reach * (x * sin + y * cos))
            for x, y in ((x0, y0), (x1, y1))
        ]
        pencil.line([ends[0], ends[1]], fill=tuple(pen.tolist()), width=max(2, round(reach * 0.3)))
    pixels = np.asarray(picture).astype(np.float32) * rng.uniform(*shift.light) + rng.normal(
        0, 6, (DRAWN_PX, DRAWN_PX, 3)
    )
    return pixels.clip(0, 255).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class PlantedSet:
    """Photos with labels (N,) and group names."""

    photos: tuple[Uint8Array, ...]
    labels: Int64Array
    groups: tuple[str, ...]


def draw_groups(seed: int, groups: int, a_class: int, shift: Shift, name: str, classes: int = len(SIGNS)) -> PlantedSet:
    """Draw so many groups with so many photos of each class."""
    rng = np.random.default_rng([seed, *name.encode()])
    photos: list[Uint8Array] = []
    for _ in range(groups):
        pen, paper = rng.integers(0, 60, 3), rng.integers(170, 240, 3)
        photos += [draw_photo(rng, label, pen, paper, shift) for label in range(classes) for _ in range(a_class)]
    labels = np.tile(np.repeat(np.arange(classes), a_class), groups)
    return PlantedSet(
        tuple(photos), labels, tuple(f"{name}{g}" for g in range(groups) for _ in range(classes * a_class))
    )


class Thumbnails(Backbone):
    """How much lighter or darker than the photo each of 12 x 12 places is."""

    places = 12

    def __init__(self) -> None:
        super().__init__()
        self.features = self.places**2
        self.scale = nn.Parameter(torch.ones(1))

    def stages(self) -> list[tuple[str, list[nn.Module]]]:
        """Return the one stage that there is."""
        return [("thumbnails", [self])]

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) to (N, D)."""
        light = F.adaptive_avg_pool2d(x.mean(dim=1, keepdim=True), self.places).flatten(1)
        return (light - light.mean(dim=1, keepdim=True)) * self.scale


def planted_classifier(classes: int = len(SIGNS)) -> Classifier:
    """Return the network with an untrained head."""
    torch.manual_seed(0)
    backbone = Thumbnails().eval()
    return Classifier(Preprocess(SIDE_PX, "squash", UNIT), backbone, Head(backbone.features, classes))
