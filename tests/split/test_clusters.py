import numpy as np
import pytest

from unseen.split.clusters import Clusters


def test_average_link_is_the_mean_over_all_pairs() -> None:
    thumbs = np.random.default_rng(0).normal(size=(7, 16)).astype(np.float32)
    clusters = Clusters(7, lambda positions: thumbs[positions])
    for a, b in ((0, 1), (1, 2), (3, 4)):
        assert clusters.merge(a, b)
    expected = np.mean([thumbs[i] @ thumbs[j] for i in (0, 1, 2) for j in (3, 4)])
    np.testing.assert_allclose(clusters.average_link(2, 3), expected, rtol=1e-4)


def test_merging_is_transitive_and_says_when_nothing_changed() -> None:
    clusters = Clusters(6)
    clusters.merge_equal(["a", None, "b", "a", None, "b"])
    assert sorted(clusters.members(3)) == [0, 3]
    assert clusters.members(1) == [1]
    assert clusters.merge(0, 5)
    assert not clusters.merge(2, 3)
    assert sorted(clusters.members(2)) == [0, 2, 3, 5]
    assert len(set(clusters.roots.tolist())) == 3
    assert clusters.together(np.array([0, 0]), np.array([5, 1])).tolist() == [True, False]


def test_the_average_link_of_large_clusters_follows_every_merge() -> None:
    thumbs = np.random.default_rng(1).normal(size=(120, 16)).astype(np.float32) + 0.5
    clusters = Clusters(120, lambda positions: thumbs[positions])
    for i in range(1, 40):
        clusters.merge(0, i)
    for size in (40, 41, 60, 90):  # the sum is kept from the first question on
        for i in range(40, size):
            clusters.merge(i, i - 1 if i % 2 else 0)
        expected = (thumbs[:size] @ thumbs[100:101].T).mean()
        np.testing.assert_allclose(clusters.average_link(size - 1, 100), expected, rtol=1e-4)


def test_clusters_without_thumbnails_have_no_average_link() -> None:
    with pytest.raises(ValueError, match="without thumbnails"):
        Clusters(2).average_link(0, 1)
