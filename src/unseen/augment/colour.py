"""Compose all linear changes of colour into one 3x4 matrix per photo, applied once to pixels in 0..255."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from unseen.augment.batch_rng import BatchRng, Shape
from unseen.augment.policy import Policy

# Rec. 601 luma, as Pillow's greyscale conversion weighs it.
LUMA = (0.299, 0.587, 0.114)


@dataclass(frozen=True, slots=True)
class Colour:
    """Change the colours of photos by one matrix each.

    hue: (N,) rotation about the grey axis, radians. saturation, contrast: (N,) factors. gain: (N, 3), factors on red,
    green and blue. unchanged: (N,) bool, photos that keep their colours.
    """

    hue: Tensor
    saturation: Tensor
    gain: Tensor
    contrast: Tensor
    unchanged: Tensor

    @classmethod
    def draw(cls, rng: BatchRng, shape: Shape, policy: Policy) -> "Colour":
        """Draw within the policy's ranges; a share `policy.grey` of the photos loses its colour."""
        photos = shape[0]
        hue = rng.around(photos, math.radians(policy.hue_degrees))
        keep_colour = 1 - rng.chosen(photos, policy.grey)
        saturation = rng.factor(photos, policy.saturation) * keep_colour
        gains = torch.stack([rng.factor(photos, policy.channel_gain) for _ in range(3)], dim=1)
        gain = rng.factor(photos, policy.brightness)[:, None] * gains
        contrast = rng.factor(photos, policy.contrast)
        return cls(hue, saturation, gain, contrast, rng.unchanged(photos, policy.p_unchanged))

    def matrices(self, means: Tensor) -> Tensor:
        """Return (N, 3, 4): three rows of R, G, B weights and an offset in grey levels.

        means: (N, 3) mean colour of each photo, about which contrast stretches.
        """
        photos, device = len(means), means.device
        luma = torch.tensor(LUMA, device=device).expand(photos, 3, 3)
        identity = torch.eye(3, device=device).expand(photos, 3, 3)
        saturation = self.saturation[:, None, None]
        saturate = saturation * identity + (1 - saturation) * luma
        linear = self.gain[:, :, None] * (saturate @ _hue_rotation(self.hue))
        contrast = self.contrast[:, None]
        middle = (linear @ means[:, :, None])[:, :, 0].mean(dim=1, keepdim=True)
        offset = ((1 - contrast) * middle).expand(-1, 3)[:, :, None]
        matrices = torch.cat([contrast[:, :, None] * linear, offset], dim=2)
        kept = torch.cat([identity, torch.zeros(photos, 3, 1, device=device)], dim=2)
        return torch.where(self.unchanged[:, None, None], kept, matrices)

    def apply(self, pixels: Tensor) -> Tensor:
        """Return pixels (N, 3, H, W) in 0..255 in other colours, clipped to that range."""
        return apply_matrices(pixels, self.matrices(pixels.mean(dim=(2, 3))))


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
