"""Planted clusters are found with their sizes."""

import numpy as np

from unseen.probes.linkage import cluster_sizes


def test_planted_clusters_are_found_the_largest_first() -> None:
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.normal(centre, 0.5, (n, 2)) for centre, n in ((0, 5), (20, 9), (-30, 2))])
    assert cluster_sizes(points, 5.0) == [9, 5, 2]
    assert cluster_sizes(points, 100.0) == [16]
    assert cluster_sizes(np.zeros((1, 2)), 1.0) == [1]
