import numpy as np

from unseen.records import Float32Array
from unseen.seeds import generator
from unseen.split.spill_tree import LEAF, MOST_SPILL, WINDOW, k_means, spill_tiles


def places(n: int, seed: int = 0) -> Float32Array:
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(60, 12))
    return (centres[rng.integers(0, 60, n)] + 0.4 * rng.normal(size=(n, 12))).astype(np.float32)


def test_points_closer_than_twice_the_margin_always_meet() -> None:
    rng = np.random.default_rng(1)
    base = places(4000)
    step = rng.normal(size=base.shape)
    step *= 0.099 / np.linalg.norm(step, axis=1, keepdims=True)
    points = np.concatenate([base, base + step]).astype(np.float32)
    met = np.zeros(4000, np.bool_)
    for rows, columns in spill_tiles(points, 0.05, generator(0, "split")):
        assert rows is columns  # nothing here is a clump
        assert len(rows) <= LEAF
        met |= np.isin(np.arange(4000), rows) & np.isin(np.arange(4000, 8000), columns)
    assert met.all()


def test_the_cells_are_few_against_all_pairs() -> None:
    points = places(20_000)
    compared = sum(len(rows) * len(columns) for rows, columns in spill_tiles(points, 0.05, generator(0, "split")))
    assert compared < 20_000 * MOST_SPILL * LEAF


def test_a_crowd_at_every_border_does_not_fill_every_cell() -> None:
    crowd = (0.1 * np.random.default_rng(2).normal(size=(20_000, 12))).astype(np.float32)
    compared = sum(len(rows) * len(columns) for rows, columns in spill_tiles(crowd, 0.3, generator(0, "split")))
    assert compared < 20_000 * 3 * WINDOW * LEAF  # all pairs are 3 times as many


def test_equal_points_are_linked_by_overlapping_windows() -> None:
    points = np.concatenate([np.zeros((3000, 4)), np.ones((3000, 4))]).astype(np.float32)
    first = np.arange(len(points))
    compared = 0
    for rows, columns in spill_tiles(points, 0.05, generator(0, "split")):
        compared += len(rows) * len(columns)
        assert points[rows].std() == points[columns].std() == 0  # the two places are cut apart
        least = min(first[rows].min(), first[columns].min())
        for old in np.unique(np.concatenate([first[rows], first[columns]])):
            first[first == old] = least
    assert len(np.unique(first)) == 2
    assert compared <= len(points) * LEAF * (WINDOW + 1)


def test_the_same_points_give_the_same_tiles() -> None:
    points = places(3000)
    once, again = (list(spill_tiles(points, 0.05, generator(0, "split"))) for _ in range(2))
    assert all((a[0] == b[0]).all() for a, b in zip(once, again, strict=True))


def test_k_means_finds_planted_centres() -> None:
    rng = np.random.default_rng(3)
    planted = np.array([[0, 0], [10, 0], [0, 10]], np.float32)
    sample = (planted[np.arange(300) % 3] + 0.1 * rng.normal(size=(300, 2))).astype(np.float32)
    found = k_means(sample, 3)
    assert np.allclose(sorted(found.round(0).tolist()), sorted(planted.tolist()))
