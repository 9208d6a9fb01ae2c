"""Random erasing: cover part of some photos with a rectangle of colour or noise."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from unseen.augment.batch_rng import BatchRng, Shape
from unseen.augment.policy import Policy

SMALLEST_SHARE, LARGEST_SHARE = 0.02, 0.2
GRAIN = 60  # deviation of the noise in a rectangle, grey levels


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Cover photo `position` of a batch from row `top` and column `left` on with `fill`, (3, rows, columns)."""

    position: int
    top: int
    left: int
    fill: Tensor


@dataclass(frozen=True, slots=True)
class Erase:
    """Cover rectangles of some photos (Zhong et al., 2017, arXiv:1708.04896)."""

    rectangles: tuple[Rectangle, ...]

    @classmethod
    def draw(cls, rng: BatchRng, shape: Shape, policy: Policy) -> "Erase":
        """Draw rectangles of `SMALLEST_SHARE` to `LARGEST_SHARE` of the photo; half of them are noise."""
        photos = shape[0]
        positions = rng.positions(photos, policy.erase, policy.p_unchanged)
        side = rng.between(photos, SMALLEST_SHARE, LARGEST_SHARE).sqrt()
        stretch = rng.factor(photos, 1.0).sqrt()
        corner, colour, noisy = rng.uniform(photos, 2), 255 * rng.uniform(photos, 3), rng.chosen(photos, 0.5)
        if not len(positions):
            return cls(())
        numbers = torch.stack([side * stretch, side / stretch, corner[:, 0], corner[:, 1], noisy], dim=1)
        rectangles = []
        for position, (tall, wide, down, across, grain) in zip(
            positions.tolist(), numbers[positions].tolist(), strict=True
        ):
            rows, columns = math.ceil(min(tall, 1) * shape[1]), math.ceil(min(wide, 1) * shape[2])
            top, left = int(down * (shape[1] - rows + 1)), int(across * (shape[2] - columns + 1))
            fill = colour[position, :, None, None].expand(3, rows, columns)
            if grain:
                fill = (fill + GRAIN * rng.normal(3, rows, columns)).clamp(0, 255)
            rectangles.append(Rectangle(position, top, left, fill))
        return cls(tuple(rectangles))

    def apply(self, pixels: Tensor) -> Tensor:
        """Cover pixels (N, 3, H, W) in place."""
        for one in self.rectangles:
            rows, columns = one.fill.shape[1:]
            pixels[one.position, :, one.top : one.top + rows, one.left : one.left + columns] = one.fill
        return pixels
