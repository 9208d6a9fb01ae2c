import numpy as np
import pytest

from unseen.split.assign import assign


def test_few_groups_reach_the_best_of_all_assignments() -> None:
    rng = np.random.default_rng(0)
    shares, needs = np.array([0.5, 0.3, 0.2]), np.array([40.0, 12.0, 4.0])

    def unevenness(counts: np.ndarray, parts: np.ndarray) -> float:
        have = np.stack([counts[parts == p].sum(axis=0) for p in range(3)])
        total = counts.sum()
        missing = ((have == 0) * needs[:, None]).mean(axis=1).sum() + 100 * (have.sum(axis=1) == 0).sum()
        classes = (((have - shares[:, None] * counts.sum(axis=0)) / counts.sum(axis=0)) ** 2).mean(axis=1).sum()
        return float(missing + classes + (((have.sum(axis=1) - shares * total) / total) ** 2).sum())

    grid = np.stack(np.meshgrid(*[range(3)] * 7, indexing="ij")).reshape(7, -1).T
    for case in range(4):
        counts = rng.integers(1, 30, (7, 2))
        found = unevenness(counts, assign(counts, shares, needs, case, "test"))
        best = min(unevenness(counts, parts) for parts in grid)
        assert found == pytest.approx(best, abs=2e-3)


def test_a_rare_class_goes_where_it_is_needed_most() -> None:
    counts = np.array([[5, 0]] * 20 + [[0, 1]])
    for seed in range(5):
        assert assign(counts, np.array([0.2, 0.8]), np.array([9.0, 1.0]), seed, "test")[-1] == 0
