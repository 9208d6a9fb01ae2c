"""What cameras do to photos: Gaussian blur and sensor noise, on the photos of a batch that were chosen for it."""

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen.augment.draw import Draw
from unseen.augment.policy import Policy

# Each noisy photo takes its own part of one drawn tile, this much larger than a photo: normal numbers cost more than
# all else here, and no network sees that two photos of a batch share some.
NOISE_MARGIN_PX = 64


def degrade(pixels: Tensor, policy: Policy, draw: Draw) -> Tensor:
    """Blur some photos and add noise to some, (N, 3, H, W) in 0..255 to the same, in place."""
    photos = len(pixels)
    touched = ~draw.left_alone(photos, policy.own)
    blurred = draw.chosen(photos, policy.blur).bool() & touched
    sigma_px = draw.uniform(photos) * policy.blur_px
    noisy = draw.chosen(photos, policy.noise).bool() & touched
    level = draw.uniform(photos) * policy.noise_level
    if policy.blur and bool(blurred.any()):
        pixels[blurred] = gaussian_blur(pixels[blurred], sigma_px[blurred])
    if policy.noise and bool(noisy.any()):
        add_noise(pixels, torch.where(noisy, level, 0), draw)
    return pixels


def add_noise(pixels: Tensor, level: Tensor, draw: Draw) -> None:
    """Add normal noise of deviation `level` (N,) grey levels to pixels (N, 3, H, W) in 0..255, in place."""
    photos, channels, height, width = pixels.shape
    tile = draw.normal(channels, height + NOISE_MARGIN_PX, width + NOISE_MARGIN_PX)
    corners = draw.below(2 * photos, NOISE_MARGIN_PX).reshape(photos, 2)
    sign = 1 - 2 * draw.chosen(photos, 0.5)
    for photo, deviation, (top, left) in zip(pixels, (level * sign).tolist(), corners.tolist(), strict=True):
        if deviation:
            photo.add_(tile[:, top : top + height, left : left + width], alpha=deviation).clamp_(0, 255)


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
