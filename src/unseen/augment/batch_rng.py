"""Draw one random number per photo of a batch, (N,) float32, reproducible from a seed."""

import copy
import math

import torch
from torch import Tensor

Shape = tuple[int, int, int]  # photos of a batch, their height and width in pixels


class BatchRng:
    """A random generator on one device.

    Seeded anew for every training step, so that step 900 of a resumed run draws what it would have drawn undisturbed.
    """

    def __init__(self, seed: int, device: torch.device) -> None:
        self.device = device
        self.generator = torch.Generator(device).manual_seed(seed)
        self._unchanged: Tensor | None = None

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

    def chosen(self, photos: int, probability: float) -> Tensor:
        """1.0 with `probability`, else 0.0."""
        return (self.uniform(photos) < probability).float()

    def unchanged(self, photos: int, probability: float) -> Tensor:
        """True for photos that nothing but a flip may change: drawn once, the same for every operation."""
        if self._unchanged is None:
            self._unchanged = self.chosen(photos, probability).bool()
        return self._unchanged

    def positions(self, photos: int, probability: float, p_unchanged: float) -> Tensor:
        """Return which photos of the batch an operation acts on, (K,) int64: none of those that stay unchanged."""
        chosen = self.chosen(photos, probability).bool() & ~self.unchanged(photos, p_unchanged)
        # where an operation is off, a GPU need not be waited for
        return chosen.nonzero()[:, 0] if probability else torch.empty(0, dtype=torch.long, device=self.device)

    def for_subset(self) -> "BatchRng":
        """Go on with the same random numbers for a part of the batch, none of which stays unchanged."""
        part = copy.copy(self)
        part._unchanged = None
        return part
