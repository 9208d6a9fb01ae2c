"""Chance for a batch: how many photos in, one number a photo out, (N,) float32, reproducible from a seed."""

import copy
import math

import torch
from torch import Tensor


class Draw:
    """Draws per-photo numbers on one device.

    Seeded afresh for every step, so that step 900 of a resumed run draws what it would have drawn undisturbed.
    """

    def __init__(self, seed: int, device: torch.device) -> None:
        self.device = device
        self.generator = torch.Generator(device).manual_seed(seed)
        self._alone: Tensor | None = None

    def uniform(self, *shape: int) -> Tensor:
        """Numbers in [0, 1)."""
        return torch.rand(*shape, generator=self.generator, device=self.device)

    def normal(self, *shape: int) -> Tensor:
        """Standard normal numbers."""
        return torch.randn(*shape, generator=self.generator, device=self.device)

    def around(self, photos: int, reach: float) -> Tensor:
        """Uniform in plus-minus `reach`."""
        return (self.uniform(photos) * 2 - 1) * reach

    def factor(self, photos: int, reach: float) -> Tensor:
        """Log-uniform from 1/(1 + reach) to 1 + reach, so that twice and half are equally likely."""
        return torch.exp(self.around(photos, math.log1p(reach)))

    def between(self, photos: int, low: float, high: float) -> Tensor:
        """Log-uniform from `low` to `high`, both above 0."""
        return low * torch.exp(self.uniform(photos) * math.log(high / low))

    def below(self, photos: int, bound: int) -> Tensor:
        """Whole numbers from 0 to `bound` - 1, int64."""
        return (self.uniform(photos) * bound).long().clamp(max=bound - 1)

    def left_alone(self, photos: int, share: float) -> Tensor:
        """True for photos that nothing but a reflection may touch: decided once, the same for every operation."""
        if self._alone is None:
            self._alone = self.chosen(photos, share).bool()
        return self._alone

    def for_some(self) -> "Draw":
        """Go on with the same chance for a part of the batch, none of which has been left alone."""
        part = copy.copy(self)
        part._alone = None
        return part

    def chosen(self, photos: int, share: float) -> Tensor:
        """1.0 with probability `share`, else 0.0."""
        return (self.uniform(photos) < share).float()
