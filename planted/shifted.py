"""Draw sets of groups of photos in which it is known how held-out groups differ, and a fixed network that reads them.

A class is a sign of strokes. Every group has a pen, a paper and a place of its own; groups of a shifted
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

SIDE_PX = 32
DRAWN_PX = 64

# A sign is an angle between two strokes from its middle, the first of which stands upright. Who has only seen upright
# ones can tell them by the direction of the second alone, and takes one that is turned for its neighbour.
ANGLES = (50, 90, 130, 170)
SIGNS = tuple(
    ((0.0, 0.0, 0.0, -1.0), (0.0, 0.0, math.sin(math.radians(angle)), -math.cos(math.radians(angle))))
    for angle in ANGLES
)


@dataclass(frozen=True, slots=True)
class Shift:
    """How photos of a group are changed. degrees: in plus-minus. light, distance: factors drawn from these ranges."""

    degrees: float = 0.0
    light: tuple[float, float] = (1.0, 1.0)
    size: tuple[float, float] = (1.0, 1.0)


UPRIGHT = Shift()
SHIFTED = Shift(25, (0.4, 0.6), (0.5, 0.65))


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
        pencil.line([ends[0], ends[1]], fill=tuple(pen.tolist()), width=max(2, round(reach * 0.22)))
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


class Strokes(Backbone):
    """Fixed filters for lines of eight directions, pooled over 5 x 5 places; in light as it is."""

    directions, places = 8, 5

    def __init__(self) -> None:
        super().__init__()
        steps = torch.arange(-3, 4, dtype=torch.float32)
        y, x = torch.meshgrid(steps, steps, indexing="ij")
        kernels = []
        for k in range(self.directions):
            angle = math.pi * k / self.directions
            across = x * math.sin(angle) - y * math.cos(angle)
            kernel = (1 - across**2) * torch.exp(-(across**2) / 2 - (x**2 + y**2) / 12)
            kernels.append(kernel - kernel.mean())
        self.register_buffer("kernels", torch.stack(kernels)[:, None])
        self.features = self.directions * self.places**2
        self.scale = nn.Parameter(torch.ones(1))

    def stages(self) -> list[tuple[str, list[nn.Module]]]:
        """Return the one stage that there is."""
        return [("strokes", [self])]

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) to (N, D)."""
        kernels = self.get_buffer("kernels")
        found = F.conv2d(x.mean(dim=1, keepdim=True), kernels, padding=3).abs()
        return torch.log1p(10 * F.adaptive_avg_pool2d(found, self.places).flatten(1)) * self.scale


def planted_classifier(classes: int = len(SIGNS)) -> Classifier:
    """Return the network with an untrained head."""
    torch.manual_seed(0)
    backbone = Strokes().eval()
    return Classifier(Preprocess(SIDE_PX, "squash", UNIT), backbone, Head(backbone.features, classes))
