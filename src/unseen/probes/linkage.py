"""Cluster a few hundred points by average linkage, up to a distance."""

import numpy as np

from unseen.records import Float64Array


def cluster_sizes(points: Float64Array, apart: float) -> list[int]:
    """Return the sizes of clusters of points (n, D), the largest first; clusters `apart` on average stay apart."""
    sizes = np.ones(len(points))
    between = np.sqrt(np.square(points[:, None] - points[None]).sum(axis=2))
    np.fill_diagonal(between, np.inf)
    while len(points) > 1:
        i, j = np.unravel_index(int(between.argmin()), between.shape)
        if between[i, j] > apart or not np.isfinite(between[i, j]):
            break
        joined = (between[i] * sizes[i] + between[j] * sizes[j]) / (sizes[i] + sizes[j])
        between[i], between[:, i] = joined, joined
        between[j], between[:, j], between[i, i] = np.inf, np.inf, np.inf
        sizes[i], sizes[j] = sizes[i] + sizes[j], 0
    return sorted((int(size) for size in sizes if size), reverse=True)
