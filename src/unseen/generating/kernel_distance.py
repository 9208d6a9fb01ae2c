"""Measure how far two sets of photos are apart by their features: the kernel inception distance, without bias.

The squared maximum mean discrepancy with the kernel (x . y / D + 1)**3 (Binkowski et al., 2018, arXiv:1801.01401),
here of whatever backbone is there. Its mean is 0 for two draws of the same photos, whatever their number, so values of
several sizes may be compared; single ones may lie below 0.
"""

from dataclasses import asdict, dataclass

import numpy as np

from unseen.records import Float32Array, Float64Array
from unseen.seeds import generator

SUBSETS, LEAST = 50, 20
FARTHEST = 10.0  # deviations: features of noise may lie a thousand away, and their cube would be all that counts


@dataclass(frozen=True, slots=True)
class KernelDistance:
    """value: the mean over random subsets of `photos` from each set. deviation: how far single subsets lie from it."""

    value: float
    deviation: float
    photos: int

    def as_dict(self) -> dict[str, float]:
        """Return a JSON-ready copy."""
        return asdict(self)


def kernel_distance(first: Float32Array, second: Float32Array, photos: int, seed: int = 0) -> KernelDistance | None:
    """Compare features (n, D) and (m, D), `photos` of each at a time; `None` where either has fewer than 20.

    Features have about mean 0 and deviation 1, see `standardised`.
    """
    photos = min(photos, len(first), len(second))
    if photos < LEAST:
        return None
    rng = generator(seed, "kernel distance")
    values = [
        _squared(first[rng.permutation(len(first))[:photos]], second[rng.permutation(len(second))[:photos]])
        for _ in range(SUBSETS)
    ]
    return KernelDistance(float(np.mean(values)), float(np.std(values)), photos)


def standardised(reference: Float32Array, *sets: Float32Array) -> list[Float32Array]:
    """Return `sets` of features with the mean and deviation of `reference` taken out, none beyond `FARTHEST`."""
    mean, spread = reference.mean(axis=0), reference.std(axis=0)
    kept = spread > 1e-6 * max(float(spread.max()), 1e-12)
    return [np.clip((one - mean)[:, kept] / spread[kept], -FARTHEST, FARTHEST) for one in sets]


def _squared(first: Float32Array, second: Float32Array) -> float:
    n = len(first)
    within = [(_kernel(one, one).sum() - np.trace(_kernel(one, one))) / (n * (n - 1)) for one in (first, second)]
    return float(within[0] + within[1] - 2 * _kernel(first, second).mean())


def _kernel(a: Float32Array, b: Float32Array) -> Float64Array:
    products: Float64Array = ((a @ b.T).astype(np.float64) / a.shape[1] + 1) ** 3
    return products
