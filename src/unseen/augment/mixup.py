"""Pixels and soft targets in, light mixtures of two photos each out."""

import numpy as np
import torch
from torch import Tensor


def mixup(pixels: Tensor, targets: Tensor, strength: float, seed: int) -> tuple[Tensor, Tensor]:
    """Mix each photo with another of the batch (Zhang et al., 2018, arXiv:1710.09412).

    pixels: (N, ...) float32. targets: (N, C) float32, rows that sum to 1, and so do those returned. strength: the
    parameter of the Beta distribution that the shares are drawn from; 0 mixes nothing, 0.1 to 0.2 is light.
    """
    photos = len(pixels)
    if strength <= 0 or photos < 2:
        return pixels, targets
    rng = np.random.default_rng(seed)
    # the larger share stays with the photo itself: (a, b) and (b, a) are the same mixture
    drawn = rng.beta(strength, strength, photos)
    kept = torch.from_numpy(np.maximum(drawn, 1 - drawn).astype(np.float32)).to(pixels.device)
    # a shift of the batch pairs no photo with itself
    shift = int(rng.integers(1, photos))
    share = kept.reshape(-1, *[1] * (pixels.ndim - 1))
    return torch.lerp(pixels.roll(shift, 0), pixels, share), torch.lerp(targets.roll(shift, 0), targets, kept[:, None])
