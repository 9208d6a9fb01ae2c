"""Photos and policies whose outcome is known beforehand."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from unseen.augment.backgrounds import NO_CLASS, Backgrounds, Bank
from unseen.augment.batch_rng import BatchRng
from unseen.augment.pipeline import Augment, collate
from unseen.augment.policy import Policy
from unseen.records import Fit, Uint8Array

CPU = torch.device("cpu")
STILL = Policy(p_unchanged=0.0)


def smooth(height: int, width: int) -> Uint8Array:
    """Slopes in each channel: no filter blurs them, so that two resizes must agree."""
    y, x = np.meshgrid(np.linspace(0, 1, height), np.linspace(0, 1, width), indexing="ij")
    return np.stack([30 + 180 * x, 220 - 150 * y, 60 + 60 * x + 70 * y], axis=2).round().astype(np.uint8)


def spot(height: int, width: int, x: float, y: float, radius: float = 6.0) -> Uint8Array:
    """A white disc on black, centred at (x, y) in pixels."""
    rows, columns = np.mgrid[:height, :width]
    inside = (columns + 0.5 - x) ** 2 + (rows + 0.5 - y) ** 2 <= radius**2
    return np.repeat(np.where(inside, 255, 0).astype(np.uint8)[:, :, None], 3, axis=2)


def centre(plane: Tensor) -> tuple[float, float]:
    """Centre of mass (x, y) of a plane (H, W), in pixels."""
    weights = plane.double() / plane.double().sum()
    height, width = plane.shape
    x = float((weights.sum(0) * (torch.arange(width) + 0.5)).sum())
    y = float((weights.sum(1) * (torch.arange(height) + 0.5)).sum())
    return x, y


def varied(photos: Sequence[Uint8Array], policy: Policy, side_px: int, fit: Fit = "squash", seed: int = 0) -> Tensor:
    """Return (N, 3, side_px, side_px) float32."""
    canvas, shapes = collate(photos)
    out: Tensor = Augment(policy, side_px, fit)(canvas, shapes, seed)
    return out


def one_colour(side_px: int, colour: tuple[int, int, int]) -> Backgrounds:
    """A bank of one plain picture."""
    picture = torch.tensor(colour, dtype=torch.uint8)[None, :, None, None].repeat(1, 1, side_px, side_px)
    return Backgrounds(side_px, [Bank(picture, torch.tensor([NO_CLASS]))])


class Told(BatchRng):
    """Draws what the test says: the ends of every range, or nothing."""

    def __init__(self, uniform: float, chosen: bool = False) -> None:
        super().__init__(0, CPU)
        self.value, self.choice = uniform, chosen

    def uniform(self, *shape: int) -> Tensor:
        return torch.full(shape, self.value)

    def chosen(self, photos: int, share: float) -> Tensor:
        return torch.full((photos,), float(self.choice and share > 0))
