"""What lenses and sensors do to photos: Gaussian blur and noise."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen.augment.batch_rng import BatchRng, Shape
from unseen.augment.policy import Policy

# Each noisy photo takes its own part of one drawn tile, this much larger than a photo: normal numbers cost more than
# all else here, and no network sees that two photos of a batch share a part of it.
NOISE_MARGIN_PX = 64


@dataclass(frozen=True, slots=True)
class Blur:
    """Blur photos. positions: (K,) int64, the photos of the batch. sigma_px: (K,), the deviation of each Gaussian."""

    positions: Tensor
    sigma_px: Tensor

    @classmethod
    def draw(cls, rng: BatchRng, shape: Shape, policy: Policy) -> "Blur":
        """Draw deviations of up to `policy.blur_px`."""
        photos = shape[0]
        positions = rng.positions(photos, policy.blur, policy.p_unchanged)
        return cls(positions, (rng.uniform(photos) * policy.blur_px)[positions])

    def apply(self, pixels: Tensor) -> Tensor:
        """Blur pixels (N, 3, H, W) in place."""
        if len(self.positions):
            pixels[self.positions] = gaussian_blur(pixels[self.positions], self.sigma_px)
        return pixels


@dataclass(frozen=True, slots=True)
class Noise:
    """Add normal noise to photos.

    positions: (K,) int64, the photos of the batch. level: (K,), its deviation in grey levels of 255; below 0 its
    mirror image. tile: (3, H', W') standard normal. corners: (K, 2) int64, top and left of each photo's part of it.
    """

    positions: Tensor
    level: Tensor
    tile: Tensor
    corners: Tensor

    @classmethod
    def draw(cls, rng: BatchRng, shape: Shape, policy: Policy) -> "Noise":
        """Draw deviations of up to `policy.noise_level`."""
        photos = shape[0]
        positions = rng.positions(photos, policy.noise, policy.p_unchanged)
        level = rng.uniform(photos) * policy.noise_level
        if not len(positions):
            return cls(positions, level[positions], level[None, None], positions[:, None].expand(-1, 2))
        tile = rng.normal(3, shape[1] + NOISE_MARGIN_PX, shape[2] + NOISE_MARGIN_PX)
        corners = rng.below(2 * photos, NOISE_MARGIN_PX).reshape(photos, 2)
        sign = 1 - 2 * rng.chosen(photos, 0.5)
        return cls(positions, (level * sign)[positions], tile, corners[positions])

    def apply(self, pixels: Tensor) -> Tensor:
        """Add the noise to pixels (N, 3, H, W) in 0..255, in place."""
        height, width = pixels.shape[2:]
        numbers = zip(self.positions.tolist(), self.level.tolist(), self.corners.tolist(), strict=True)
        for position, level, (top, left) in numbers:
            part = self.tile[:, top : top + height, left : left + width]
            pixels[position].add_(part, alpha=level).clamp_(0, 255)
        return pixels


def gaussian_blur(pixels: Tensor, sigma_px: Tensor) -> Tensor:
    """Blur each photo of (N, C, H, W) by its own deviation `sigma_px` (N,), edges repeated."""
    photos, channels, height, width = pixels.shape
    reach = max(1, int(torch.ceil(3 * sigma_px.max())))
    offsets = torch.arange(-reach, reach + 1, device=pixels.device)
    kernels = torch.exp(-0.5 * (offsets / sigma_px.clamp(min=1e-3)[:, None]) ** 2)
    kernels = (kernels / kernels.sum(dim=1, keepdim=True)).repeat_interleave(channels, dim=0)
    flat = pixels.reshape(1, photos * channels, height, width)
    for shape, pad in (((1, -1), (reach, reach, 0, 0)), ((-1, 1), (0, 0, reach, reach))):
        weights = kernels.reshape(photos * channels, 1, *shape)
        flat = F.conv2d(F.pad(flat, pad, mode="replicate"), weights, groups=photos * channels)
    return flat.reshape(photos, channels, height, width)
