"""Blend each photo of a batch, and its target, with another (MixUp; Zhang et al., 2018, arXiv:1710.09412)."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class MixUp:
    """shift: each photo is mixed with the one so many places before it. kept: (N,), the share of the photo itself."""

    shift: int
    kept: Tensor

    @classmethod
    def draw(cls, photos: int, strength: float, seed: int) -> "MixUp":
        """Draw shares from the Beta distribution with parameter `strength`: 0 mixes nothing, 0.1 to 0.2 is mild."""
        if strength <= 0 or photos < 2:
            return cls(0, torch.ones(photos))
        rng = np.random.default_rng(seed)
        # the larger share stays with the photo itself: (a, b) and (b, a) are the same mixture
        shares = rng.beta(strength, strength, photos)
        kept = torch.from_numpy(np.maximum(shares, 1 - shares).astype(np.float32))
        # a shift of the batch pairs no photo with itself
        return cls(int(rng.integers(1, photos)), kept)

    def apply(self, pixels: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Mix pixels (N, ...) float32 and targets (N, C) float32; rows that sum to 1 still do."""
        if not self.shift:
            return pixels, targets
        kept = self.kept.to(pixels.device)
        share = kept.reshape(-1, *[1] * (pixels.ndim - 1))
        other_pixels, other_targets = pixels.roll(self.shift, 0), targets.roll(self.shift, 0)
        return torch.lerp(other_pixels, pixels, share), torch.lerp(other_targets, targets, kept[:, None])
