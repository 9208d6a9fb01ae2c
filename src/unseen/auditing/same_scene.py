"""Photos that show the same scene a moment later: features (N, D) in, nearest neighbours and findings out.

Perceptual hashes miss a hand that turned or a camera that moved; features of a frozen backbone do not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unseen.auditing.findings import Finding, FindingKind, PhotoRow, Unit
from unseen.records import Float32Array, Int64Array, PhotoSet, Split
from unseen.seeds import generator
from unseen.split.spill_tree import k_means
from unseen.text import count

# Cosine of features from which the mean of the set is taken away. Measured with MobileNetV2 at 160 px: at 0.85 and
# above none of 302 pairs in rps_subhi and 1 of 265 in fingers_subhi join two sessions, and 0.3% of the photos of
# sign_digits (218 students) have such a neighbour; 28% of rps_subhi and 21% of fingers_subhi have one. Raw cosines
# have no such common threshold: at 0.92 sign_digits pairs 57% of its photos, rps_subhi 40%.
SAME_SCENE = 0.85
NEIGHBOURS = 10
REDUCED = 64  # dimensions that are searched; candidates are compared again in all of them
EXACT_UP_TO = 20_000
SAMPLE = 20_000  # rows that the mean, the principal axes and the cells are measured on
LEAF = 512  # photos a cell on average, beyond EXACT_UP_TO
LEAF_MOST = 4 * LEAF  # a cell of copies is cut to pieces of this size: their neighbours are copies all the same
PROBED = 24  # cells searched for the photos of one cell
TILE_VALUES = 4_000_000  # similarities in memory at once, 16 MB
LISTED = 100  # pairs named in the evidence
MIN_SHARE = 0.02  # of the photos; below it a few look-alikes are no burst


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The k nearest of each photo: index (N, k) int64, -1 where fewer exist; cosine (N, k) float32, descending."""

    index: Int64Array
    cosine: Float32Array


def nearest_neighbours(features: Float32Array, k: int = NEIGHBOURS, seed: int = 0) -> Neighbours:
    """Return the `k` nearest photos of each, by cosine of centred features (N, D).

    Exact in `REDUCED` principal dimensions up to `EXACT_UP_TO` photos; beyond, only the nearest cells are searched.
    Twice as many candidates as asked are then compared in all dimensions. Memory beyond `features`, in bytes a photo:
    at most 8 * REDUCED and 36 * k, 0.9 GB for 1,000,000 photos and k = 10; measured on 500,000 x 64: 0.27 GB, 33 s on
    one core. Of the pairs at SAME_SCENE or above it finds 99% among 25,000 photos, 97% among 100,000 and 91% among
    1,000,000 (noisy mixtures of the features of real hand photos, k = 10).
    """
    photos = len(features)
    if photos < 2:
        return Neighbours(np.full((photos, k), -1, np.int64), np.full((photos, k), -1, np.float32))
    rng = generator(seed, "semantic")
    mean, axes = _axes(features, rng)
    reduced = np.empty((photos, axes.shape[1]), np.float32)
    for rows in _slices(photos, 4096):
        reduced[rows] = unit_rows(np.asarray((features[rows] - mean) @ axes, np.float32))
    wanted = min(2 * k, photos - 1)
    candidates = np.full((photos, wanted), -1, np.int32)
    for rows_of, columns in _cells(reduced, rng) if photos > EXACT_UP_TO else _all_pairs(photos):
        _search(reduced, rows_of, columns, candidates)
    return _compared_again(features, mean, candidates, k)


def unit_rows(values: Float32Array) -> Float32Array:
    """Return the rows scaled to length 1; a row of zeros stays."""
    unit: Float32Array = values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12)
    return unit


def _axes(features: Float32Array, rng: np.random.Generator) -> tuple[Float32Array, Float32Array]:
    """Return the mean (D,) and the principal axes (D, REDUCED) of a sample."""
    rows = np.sort(rng.permutation(len(features))[:SAMPLE])
    sample = np.asarray(features[rows], np.float32)
    mean = sample.mean(axis=0)
    sample -= mean
    if sample.shape[1] <= REDUCED:
        return mean, np.eye(sample.shape[1], dtype=np.float32)
    _, vectors = np.linalg.eigh((sample.T @ sample).astype(np.float64))
    return mean, np.ascontiguousarray(vectors[:, : -REDUCED - 1 : -1], dtype=np.float32)


def _slices(total: int, step: int) -> Iterator[slice]:
    for start in range(0, total, step):
        yield slice(start, min(start + step, total))


def _all_pairs(photos: int) -> Iterator[tuple[Int64Array, Int64Array]]:
    everything = np.arange(photos)
    yield everything, everything


def _cells(reduced: Float32Array, rng: np.random.Generator) -> Iterator[tuple[Int64Array, Int64Array]]:
    """Yield (photos of one cell, photos of the cells nearest to it).

    Cells are made in two levels of k-means, so that placing N photos costs about N * 2 * sqrt(N / LEAF) products
    and searching N * PROBED * LEAF: near linear in N.
    """
    coarse = max(2, round(np.sqrt(len(reduced) / LEAF)))
    leaves: list[Int64Array] = []
    for members in _clustered(reduced, np.arange(len(reduced)), coarse, rng):
        for leaf in _clustered(reduced, members, max(1, len(members) // LEAF), rng):
            leaves += np.array_split(leaf, -(-len(leaf) // LEAF_MOST))
    centres = unit_rows(np.stack([reduced[leaf].mean(axis=0) for leaf in leaves]))
    probed = min(PROBED, len(leaves))
    for i, leaf in enumerate(leaves):
        closeness = centres @ centres[i]
        closeness[i] = np.inf  # a cell cut from many copies may have twins that are as close as itself
        near = np.argpartition(-closeness, probed - 1)[:probed]
        yield leaf, np.concatenate([leaves[int(j)] for j in near])


def _clustered(reduced: Float32Array, members: Int64Array, count: int, rng: np.random.Generator) -> list[Int64Array]:
    """Return `members` in at most `count` cells by spherical k-means, fitted on a sample."""
    if count < 2:
        return [members]
    centres = unit_rows(k_means(reduced[rng.permutation(members)[: min(SAMPLE, 64 * count)]], count))
    owner = np.concatenate(
        [(reduced[members[rows]] @ centres.T).argmax(axis=1) for rows in _slices(len(members), 8192)]
    )
    order = np.argsort(owner, kind="stable")
    cuts = np.flatnonzero(np.diff(owner[order])) + 1
    return np.split(members[order], cuts)


def _search(reduced: Float32Array, rows_of: Int64Array, columns: Int64Array, out: npt.NDArray[np.int32]) -> None:
    """Write the nearest of `columns` for each photo of `rows_of` to `out` (N, wanted), in any order."""
    wanted = min(out.shape[1], len(columns) - 1)
    values = reduced[columns].T
    for rows in _slices(len(rows_of), max(1, TILE_VALUES // len(columns))):
        photos = rows_of[rows]
        similarity = reduced[photos] @ values
        similarity[photos[:, None] == columns[None, :]] = -np.inf
        best = np.argpartition(-similarity, wanted - 1, axis=1)[:, :wanted]
        out[photos, :wanted] = columns[best]


def _compared_again(
    features: Float32Array, mean: Float32Array, candidates: npt.NDArray[np.int32], k: int
) -> Neighbours:
    """Order the candidates by cosine in all dimensions and keep `k`."""
    photos, wanted = candidates.shape
    index = np.full((photos, k), -1, np.int64)
    cosine = np.full((photos, k), -1, np.float32)
    kept = min(k, wanted)
    for rows in _slices(photos, max(1, TILE_VALUES // (features.shape[1] * (wanted + 1)))):
        found = candidates[rows].astype(np.int64)
        own = unit_rows(features[rows] - mean)
        others = features[np.maximum(found, 0)] - mean  # (n, wanted, D)
        others /= np.maximum(np.linalg.norm(others, axis=2, keepdims=True), 1e-12)
        similarity = np.where(found >= 0, np.einsum("nd,nkd->nk", own, others), -1).astype(np.float32)
        order = np.argsort(-similarity, axis=1, kind="stable")[:, :kept]
        index[rows, :kept] = np.take_along_axis(found, order, axis=1)
        cosine[rows, :kept] = np.take_along_axis(similarity, order, axis=1)
    return Neighbours(index, cosine)


def semantic_findings(
    photo_set: PhotoSet, near: Neighbours, groups: Sequence[str], split: Split | None = None
) -> list[Finding]:
    """Return what neighbours at `SAME_SCENE` or above say that the groups (N names) do not know yet.

    `same-scene`: photos with such a neighbour in another group. `same-scene-leak`: such a neighbour in another part.
    """
    names = np.unique(np.array(groups), return_inverse=True)[1] if len(groups) else np.zeros(0, np.int64)
    own = np.arange(len(names))[:, None]
    valid = (near.index >= 0) & (near.cosine >= SAME_SCENE)
    apart = valid & (names[np.maximum(near.index, 0)] != names[own])
    findings = [_finding(photo_set, near, apart, None)]
    if split is not None:
        codes = np.unique(np.array(split.parts), return_inverse=True)[1]
        outside = np.array([part != "train" for part in split.parts])
        crossing = valid & (codes[np.maximum(near.index, 0)] != codes[own]) & outside[:, None]
        findings.append(_finding(photo_set, near, crossing, int(outside.sum())))
    return [finding for finding in findings if finding is not None]


def _finding(
    photo_set: PhotoSet, near: Neighbours, pairs: npt.NDArray[np.bool_], held_out: int | None
) -> Finding | None:
    touched = np.flatnonzero(pairs.any(axis=1))
    total = len(photo_set.photos) if held_out is None else held_out
    if total == 0 or len(touched) < max(2, MIN_SHARE * total):
        return None
    best = np.where(pairs, near.cosine, -1).max(axis=1)
    column = np.where(pairs, near.cosine, -1).argmax(axis=1)
    worst = touched[np.argsort(-best[touched], kind="stable")]
    share = len(touched) / total
    twin = [photo_set.photos[int(near.index[i, column[i]])].path for i in worst]
    if held_out is None:
        kind, severity = FindingKind.SAME_SCENE, min(0.6, 0.3 + share)
        headline = f"{count(len(touched), 'photo')} of {total:,} show the scene of another photo a moment later."
        advice = "Keep such photos in one part: name people or sessions with --groups FILE."
    else:
        kind, severity = FindingKind.SAME_SCENE_LEAK, min(1.0, 0.8 + share / 2)
        headline = f"{len(touched):,} of {count(total, 'held-out photo')} show a scene that is in another part too."
        advice = "Name people or sessions with --groups FILE, so that such photos stay in one part."
    paths = tuple(photo_set.photos[int(i)].path for i in worst)
    rows = tuple(PhotoRow(pair) for pair in zip(paths[:LISTED], twin[:LISTED], strict=True))
    details = {"threshold_cosine": SAME_SCENE}
    return Finding(
        kind, severity, headline, advice, share, Unit.SHARE_OF_PHOTOS, len(touched), total, paths, rows, details
    )
