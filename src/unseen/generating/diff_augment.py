"""Vary real and generated photos alike before the discriminator sees them, so that it cannot learn few photos by heart.

Every operation is differentiable (Zhao et al., 2020, arXiv:2006.10738). None changes a label: nothing is rotated, and
only real photos of classes that may be flipped are flipped, when they are read.
"""

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the field's name for it

SHIFT, HOLE = 1 / 8, 1 / 2  # shares of the side


def diff_augment(photos: Tensor) -> Tensor:
    """(N, 3, S, S) in -1..1 to the same with random colour, shift and a grey hole; torch's own chance."""
    return _hole(_shifted(_coloured(photos)))


def _coloured(photos: Tensor) -> Tensor:
    brightness, saturation, contrast = torch.rand(3, len(photos), 1, 1, 1, device=photos.device).unbind()
    photos = photos + (brightness - 0.5)
    grey = photos.mean(dim=1, keepdim=True)
    photos = grey + (photos - grey) * (2 * saturation)
    level = photos.mean(dim=(1, 2, 3), keepdim=True)
    return level + (photos - level) * (contrast + 0.5)


def _shifted(photos: Tensor) -> Tensor:
    most = max(1, round(photos.shape[2] * SHIFT))
    down, across = torch.randint(0, 2 * most + 1, (2, len(photos), 1), device=photos.device)
    steps = torch.arange(photos.shape[2], device=photos.device)
    rows, columns = steps + down, steps + across  # (N, S)
    padded = F.pad(photos, (most,) * 4)
    index = torch.arange(len(photos), device=photos.device)[:, None, None]
    return padded.permute(0, 2, 3, 1)[index, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def _hole(photos: Tensor) -> Tensor:
    side = photos.shape[2]
    half = side * HOLE / 2
    down, across = torch.rand(2, len(photos), 1, device=photos.device) * side
    steps = torch.arange(side, device=photos.device) + 0.5
    hidden = ((steps - down).abs() < half)[:, None, :, None] & ((steps - across).abs() < half)[:, None, None, :]
    kept: Tensor = photos * (~hidden).to(photos.dtype)
    return kept
