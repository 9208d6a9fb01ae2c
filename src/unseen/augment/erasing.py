"""What hides a part of a photo: pixels (N, 3, H, W) in 0..255 in, some under a rectangle of colour or noise out."""

import math

import torch
from torch import Tensor

from unseen.augment.draw import Draw
from unseen.augment.policy import Policy

SMALLEST_SHARE, LARGEST_SHARE = 0.02, 0.2


def erase(pixels: Tensor, policy: Policy, draw: Draw) -> Tensor:
    """Hide a rectangle of some photos, in place (Zhong et al., 2017, arXiv:1708.04896)."""
    photos, _, height, width = pixels.shape
    chosen = draw.chosen(photos, policy.erase).bool() & ~draw.left_alone(photos, policy.own)
    side = draw.between(photos, SMALLEST_SHARE, LARGEST_SHARE).sqrt()
    stretch = draw.factor(photos, 1.0).sqrt()
    corner, colour, noisy = draw.uniform(photos, 2), 255 * draw.uniform(photos, 3), draw.chosen(photos, 0.5)
    if not (policy.erase and bool(chosen.any())):
        return pixels
    facts = torch.stack([side * stretch, side / stretch, corner[:, 0], corner[:, 1], noisy], dim=1)
    for i, (tall, wide, down, across, grain) in zip(
        chosen.nonzero()[:, 0].tolist(), facts[chosen].tolist(), strict=True
    ):
        rows, columns = math.ceil(min(tall, 1) * height), math.ceil(min(wide, 1) * width)
        top, left = int(down * (height - rows + 1)), int(across * (width - columns + 1))
        fill = colour[i, :, None, None].expand(3, rows, columns)
        if grain:
            fill = (fill + 60 * draw.normal(3, rows, columns)).clamp(0, 255)
        pixels[i, :, top : top + rows, left : left + columns] = fill
    return pixels
