"""What cameras do to photos: Gaussian blur and sensor noise, on the photos of a batch that were chosen for it."""

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen.augment.draw import Draw
from unseen.augment.policy import Policy

NOISE_TILE_PX = 256


def degrade(pixels: Tensor, policy: Policy, draw: Draw) -> Tensor:
    """Blur some photos and add noise to some, (N, 3, H, W) in 0..255 to the same."""
    photos = len(pixels)
    touched = ~draw.left_alone(photos, policy.own)
    blurred = draw.chosen(photos, policy.blur).bool() & touched
    sigma_px = draw.uniform(photos) * policy.blur_px
    noisy = draw.chosen(photos, policy.noise).bool() & touched
    level = draw.uniform(photos) * policy.noise_level
    if policy.blur and bool(blurred.any()):
        pixels[blurred] = gaussian_blur(pixels[blurred], sigma_px[blurred])
    if policy.noise and bool(noisy.any()):
        chosen = pixels[noisy]
        noise = draw.normal(*chosen.shape) * level[noisy][:, None, None, None]
        pixels[noisy] = (chosen + noise).clamp(0, 255)
    return pixels


def gaussian_blur(pixels: Tensor, sigma_px: Tensor) -> Tensor:
    """Blur each photo of (N, 3, H, W) by its own deviation `sigma_px` (N,), edges repeated."""
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
