"""Planted clusters are found with their sizes, and other points are put to them."""

import numpy as np

from unseen.probes.linkage import cluster_sizes, clusters, nearest_cluster


def test_planted_clusters_are_found_the_largest_first() -> None:
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.normal(centre, 0.5, (n, 2)) for centre, n in ((0, 5), (20, 9), (-30, 2))])
    assert cluster_sizes(points, 5.0) == [9, 5, 2]
    assert cluster_sizes(points, 100.0) == [16]
    assert cluster_sizes(np.zeros((1, 2)), 1.0) == [1]


def test_points_are_put_to_the_nearest_cluster_of_several() -> None:
    rng = np.random.default_rng(0)
    sample = np.concatenate([rng.normal(0, 0.5, (5, 2)), rng.normal(20, 0.5, (9, 2)), [[40.0, 40.0]]])
    number = clusters(sample, 5.0)
    assert number.tolist() == [1] * 5 + [0] * 9 + [2]
    put = nearest_cluster(np.array([[1.0, 0.0], [19.0, 22.0], [40.0, 41.0]]), sample, number)
    assert put.tolist() == [1, 0, 0]  # a point of the sample that stands alone is no cluster
    assert nearest_cluster(np.array([[9.0]]), np.array([[0.0], [10.0]]), np.array([1, 0])).tolist() == [0]
