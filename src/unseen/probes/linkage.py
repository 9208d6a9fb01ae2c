"""Cluster a few hundred points by average linkage, up to a distance; put more points to the nearest cluster."""

import numpy as np

from unseen.records import Float64Array, Int64Array


def clusters(points: Float64Array, apart: float) -> Int64Array:
    """Return the cluster of each of points (n, D), (n,), the largest is 0; clusters `apart` on average stay apart."""
    sizes, member_of = np.ones(len(points)), np.arange(len(points))
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
        member_of[member_of == j] = i
    place = np.empty(len(points), np.int64)
    place[np.argsort(-sizes, kind="stable")] = np.arange(len(points))
    return place[member_of]


def cluster_sizes(points: Float64Array, apart: float) -> list[int]:
    """Return the sizes of the clusters of points (n, D), the largest first; see `clusters`."""
    return [int(size) for size in np.bincount(clusters(points, apart))]


def nearest_cluster(points: Float64Array, sample: Float64Array, number: Int64Array) -> Int64Array:
    """Return which cluster of a sample (n, D), numbered (n,), lies nearest to each of points (m, D) on average, (m,).

    Points of the sample that are alone in their cluster make none, unless all are.
    """
    sizes = np.bincount(number)
    several = np.flatnonzero(sizes > 1) if (sizes > 1).any() else np.arange(len(sizes))
    squares = np.square(points).sum(axis=1)[:, None] + np.square(sample).sum(axis=1) - 2 * points @ sample.T
    apart = np.sqrt(np.maximum(squares, 0.0))
    nearest: Int64Array = np.stack([apart[:, number == one].mean(axis=1) for one in several], axis=1).argmin(axis=1)
    return nearest
