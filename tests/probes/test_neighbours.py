"""The nearest neighbours are those of brute force, and nearly so where cells are searched."""

import numpy as np
import pytest

from unseen.probes import neighbours
from unseen.probes.neighbours import nearest_neighbours
from unseen.records import Float32Array


def planted(photos: int, dimensions: int = 32, seed: int = 0) -> Float32Array:
    """Pairs (i, i + photos / 2) of one scene each, at cosine about 0.95; scenes lie in 40 places."""
    rng = np.random.default_rng(seed)
    places = rng.normal(size=(40, dimensions))
    scenes = places[rng.integers(0, 40, photos // 2)] + 0.6 * rng.normal(size=(photos // 2, dimensions))
    again = scenes + 0.2 * rng.normal(size=scenes.shape)
    return np.concatenate([scenes, again]).astype(np.float32) + 5  # far from the origin, as features after ReLU are


def twins(photos: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return (np.arange(photos) + photos // 2) % photos


def test_the_exact_search_equals_brute_force_with_its_order() -> None:
    features = planted(300)
    near = nearest_neighbours(features, k=5)
    unit = features - features.mean(axis=0)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    cosine = unit @ unit.T
    np.fill_diagonal(cosine, -2)
    assert np.array_equal(near.index, np.argsort(-cosine, axis=1)[:, :5])
    assert np.allclose(near.cosine, -np.sort(-cosine, axis=1)[:, :5], atol=1e-5)


def test_high_dimensions_are_searched_by_principal_axes_and_compared_in_full() -> None:
    rng = np.random.default_rng(1)
    wide = planted(200) @ rng.normal(size=(32, 300)).astype(np.float32)
    near = nearest_neighbours(wide, k=3)
    assert (near.index[:, 0] == twins(200)).all()
    own, other = (wide - wide.mean(axis=0))[[0, near.index[0, 0]]]
    expected = own @ other / np.linalg.norm(own) / np.linalg.norm(other)
    assert near.cosine[0, 0] == pytest.approx(expected, abs=1e-4)


def test_the_approximate_search_finds_nearly_all_twins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "EXACT_UP_TO", 1000)
    monkeypatch.setattr(neighbours, "LEAF", 64)
    monkeypatch.setattr(neighbours, "PROBED", 8)
    near = nearest_neighbours(planted(6000), k=5)
    assert (near.index == twins(6000)[:, None]).any(axis=1).mean() > 0.95
    assert (near.index != np.arange(6000)[:, None]).all()
    assert all(len(set(row)) == 5 for row in near.index.tolist())


def test_thousands_of_copies_do_not_break_the_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "EXACT_UP_TO", 1000)
    monkeypatch.setattr(neighbours, "LEAF", 64)
    monkeypatch.setattr(neighbours, "LEAF_MOST", 128)
    features = planted(3000)
    features[:2000] = features[0]
    near = nearest_neighbours(features, k=4)
    assert (near.cosine[:2000] > 0.999).all()
    assert (near.index[:2000] != np.arange(2000)[:, None]).all()


def test_fewer_photos_than_neighbours_are_filled_up() -> None:
    near = nearest_neighbours(planted(4), k=10)
    assert (near.index[:, :3] >= 0).all()
    assert (near.index[:, 3:] == -1).all()
    assert nearest_neighbours(planted(4)[:1]).index.tolist() == [[-1] * 10]
