"""The near-linear search against all pairs: planted copies, a small case, and a still room."""

import numpy as np
import numpy.typing as npt
import pytest

from unseen.records import Float32Array, Int64Array
from unseen.split import candidates
from unseen.split.alike import NEAR_PER_TILE, alike_links
from unseen.split.candidates import LOW, candidate_tiles, low_terms, may_correlate
from unseen.split.clusters import Clusters
from unseen.split.fingerprint import GRID_PX, Fingerprints, cosines, normalised, phashes


def never(a: Int64Array, b: Int64Array) -> npt.NDArray[np.bool_]:
    return np.zeros(len(a), np.bool_)


def prints_of(grids: Float32Array) -> Fingerprints:
    hashes = phashes(grids)
    return Fingerprints(hashes, hashes, *normalised(grids))


def scenes(n: int, seed: int = 0, clear: int = 12) -> Float32Array:
    """Smooth random grids (n, 32, 32) with falling spectra, as photos have."""
    rng = np.random.default_rng(seed)
    frequency = np.arange(clear)
    falling = 1 / (1 + frequency[:, None] + frequency[None, :])
    terms = (rng.normal(size=(n, clear, clear)) * falling).astype(np.float32)
    waves = cosines(GRID_PX)[:clear]
    grids = 128 + 700 * (waves.T @ terms @ waves)
    return grids.astype(np.float32)


def edited(grids: Float32Array, noise: float, seed: int = 1) -> Float32Array:
    """The grids with noise, as a share of their contrast: correlation 1 / sqrt(1 + noise^2)."""
    level = noise * grids.std(axis=(1, 2), keepdims=True)
    changed: Float32Array = grids + level * np.random.default_rng(seed).normal(size=grids.shape).astype(np.float32)
    return changed


def pairs(prints: Fingerprints) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """The copies and the near pairs."""
    copies: set[tuple[int, int]] = set()
    near: set[tuple[int, int]] = set()
    for links in alike_links(prints, never):
        for a, b, copy in zip(links.a.tolist(), links.b.tolist(), links.copy.tolist(), strict=True):
            (copies if copy else near).add((a, b))
    return copies, near


def test_copies_are_found_among_thirty_thousand_photos() -> None:
    base = scenes(28_000)
    which = np.random.default_rng(2).permutation(28_000)[:2000]
    prints = prints_of(np.concatenate([base, edited(base[which[:1000]], 0.1), base[which[1000:]]]))
    planted = {(int(which[k]), 28_000 + k) for k in range(2000)}
    copies, _ = pairs(prints)
    assert len(copies & planted) >= 0.999 * len(planted)
    assert {pair for pair in planted if pair[1] >= 29_000} <= copies  # equal grids, whatever the cells
    assert len(copies - planted) < 20


def test_the_search_finds_what_all_pairs_find(monkeypatch: pytest.MonkeyPatch) -> None:
    base = scenes(1500)
    prints = prints_of(np.concatenate([base, edited(base, 0.1), edited(base[:700], 0.27, seed=3)]))
    copies, near = pairs(prints)
    monkeypatch.setattr(candidates, "EXACT_UP_TO", 100)
    found_copies, found_near = pairs(prints)
    assert len(copies) > 1000
    assert len(near) > 300
    assert found_copies <= copies
    assert found_near <= near
    assert len(found_copies) >= 0.99 * len(copies)
    assert len(found_near) >= 0.95 * len(near)


@pytest.mark.parametrize("noise", [0.05, 0.19])  # frames at correlation 0.998 are copies, at 0.965 near
def test_a_still_room_ends_in_bounded_pairs(noise: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "EXACT_UP_TO", 100)
    photos = 6000
    prints = prints_of(edited(np.repeat(scenes(1), photos, axis=0), noise))
    clusters = Clusters(photos)
    looked = kept = 0

    def settled(a: Int64Array, b: Int64Array) -> npt.NDArray[np.bool_]:
        nonlocal looked
        looked += len(a)
        return clusters.together(a, b)

    for links in alike_links(prints, settled):
        kept += len(links.a)
        for a, b in zip(links.a.tolist(), links.b.tolist(), strict=True):
            clusters.merge(a, b)
    assert len(set(clusters.roots.tolist())) == 1
    assert kept < 40 * NEAR_PER_TILE * photos
    assert looked < photos**2 / 2


def test_all_pairs_of_few_photos_are_met_once() -> None:
    low = np.zeros((1300, LOW * LOW), np.float32)
    met = np.zeros((1300, 1300), np.int64)
    for rows, columns in candidate_tiles(low, np.arange(1300)):
        met[np.ix_(rows, columns)] += 1
        if rows is not columns:
            met[np.ix_(columns, rows)] += 1
    assert (met == 1).all()


def test_no_alike_pair_is_refused_by_its_low_terms() -> None:
    base = scenes(300, clear=32)
    prints = prints_of(np.concatenate([base, edited(base, 0.3)]))
    thumbs = prints.thumbs(slice(None))
    a, b = np.triu_indices(600, 1)
    correlation = np.einsum("nd,nd->n", thumbs[a], thumbs[b])
    possible = may_correlate(low_terms(prints), a, b, 0.9)
    assert possible[correlation >= 0.9].all()
    assert (correlation >= 0.9).sum() >= 250
    assert possible.mean() < 0.05
