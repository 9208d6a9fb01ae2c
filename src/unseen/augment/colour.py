"""All linear colour of an augmentation as one 3x4 matrix a photo, applied once to pixels in 0..255."""

import math

import torch
from torch import Tensor

from unseen.augment.draw import Draw
from unseen.augment.policy import Policy

# Rec. 601 luma, as Pillow's greyscale conversion weighs it.
LUMA = (0.299, 0.587, 0.114)


def random_matrices(means: Tensor, policy: Policy, draw: Draw) -> Tensor:
    """Draw one colour matrix a photo, (N, 3, 4): three rows of R, G, B weights and an offset in grey levels.

    means: (N, 3) mean colour of each photo, about which contrast stretches.
    """
    photos = len(means)
    device = means.device
    luma = torch.tensor(LUMA, device=device).expand(photos, 3, 3)
    identity = torch.eye(3, device=device).expand(photos, 3, 3)

    hue = _hue_rotation(draw.around(photos, math.radians(policy.hue_degrees)))
    keep_colour = 1 - draw.chosen(photos, policy.grey)
    saturation = (draw.factor(photos, policy.saturation) * keep_colour)[:, None, None]
    saturate = saturation * identity + (1 - saturation) * luma
    gains = torch.stack([draw.factor(photos, policy.channel_gain) for _ in range(3)], dim=1)
    light = draw.factor(photos, policy.brightness)[:, None] * gains
    linear = light[:, :, None] * (saturate @ hue)

    contrast = draw.factor(photos, policy.contrast)[:, None]
    middle = (linear @ means[:, :, None])[:, :, 0].mean(dim=1, keepdim=True)
    matrices = torch.cat([contrast[:, :, None] * linear, ((1 - contrast) * middle).expand(-1, 3)[:, :, None]], dim=2)
    alone = draw.left_alone(photos, policy.own)[:, None, None]
    unchanged = torch.cat([identity, torch.zeros(photos, 3, 1, device=device)], dim=2)
    return torch.where(alone, unchanged, matrices)


def _hue_rotation(angle: Tensor) -> Tensor:
    """Rotate colours by `angle` (N,) radians about the grey axis: Rodrigues' formula with the axis (1, 1, 1)."""
    cos = torch.cos(angle)[:, None, None]
    sin = torch.sin(angle)[:, None, None] / math.sqrt(3)
    ones = torch.ones(3, 3, device=angle.device)
    cross = torch.tensor([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]], device=angle.device)
    return cos * torch.eye(3, device=angle.device) + sin * cross + (1 - cos) / 3 * ones


def apply_matrices(pixels: Tensor, matrices: Tensor) -> Tensor:
    """Apply (N, 3, 4) matrices to pixels (N, 3, H, W) in 0..255 and clip to that range."""
    photos, _, height, width = pixels.shape
    flat = pixels.reshape(photos, 3, -1)
    out = torch.bmm(matrices[:, :, :3], flat).add_(matrices[:, :, 3:])
    return out.clamp_(0, 255).reshape(photos, 3, height, width)
