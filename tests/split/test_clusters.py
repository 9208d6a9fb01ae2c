import numpy as np

from unseen.split.clusters import Clusters


def test_average_link_is_the_mean_over_all_pairs() -> None:
    thumbs = np.random.default_rng(0).normal(size=(7, 16)).astype(np.float32)
    clusters = Clusters(thumbs)
    for a, b in ((0, 1), (1, 2), (3, 4)):
        assert clusters.merge(a, b)
    expected = np.mean([thumbs[i] @ thumbs[j] for i in (0, 1, 2) for j in (3, 4)])
    np.testing.assert_allclose(clusters.average_link(2, 3), expected, rtol=1e-4)


def test_merging_is_transitive_and_says_when_nothing_changed() -> None:
    clusters = Clusters(np.ones((6, 2), np.float32))
    clusters.merge_equal(["a", None, "b", "a", None, "b"])
    assert sorted(clusters.members(3)) == [0, 3]
    assert clusters.members(1) == [1]
    assert clusters.merge(0, 5)
    assert not clusters.merge(2, 3)
    assert sorted(clusters.members(2)) == [0, 2, 3, 5]
    assert len(set(clusters.roots.tolist())) == 3
    assert clusters.together(np.array([0, 0]), np.array([5, 1])).tolist() == [True, False]


def test_the_thumbnails_given_are_left_alone() -> None:
    thumbs = np.ones((2, 2), np.float32)
    Clusters(thumbs).merge(0, 1)
    assert (thumbs == 1).all()
