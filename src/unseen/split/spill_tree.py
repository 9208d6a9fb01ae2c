"""Find nearby points by overlapping cells, in near linear time.

A spill tree (Liu, Moore, Gray and Yang 2004, "An investigation of practical approximate nearest neighbour
algorithms") whose nodes are cut by k-means. A point also goes to each cell whose border is within `margin` of it.
Of two points on either side of a border one is within half their distance of it, so points less than 2 * margin
apart always meet in a leaf; farther ones mostly do, since their difference seldom lies across the border.
"""

from collections.abc import Iterator

import numpy as np

from unseen.records import Float32Array, Int64Array

LEAF = 512  # points that are compared with one another
BRANCHES = 64  # cells of a node at most
SAMPLED = 64  # points a cell that k-means is fitted on
ROUNDS = 6
ROWS = 8192  # points placed at once
# A cell that keeps more than this share of its node is a clump: k-means cannot cut what all lies within a margin.
CLUMP = 0.8
# Cells together may be this many times their node. Photos of one room crowd at every border; without a bound they
# would be in all cells of all levels, with it the cost is at worst N ** 1.2 (doubling N costs 2.3 times).
MOST_SPILL = 2.0
WINDOW = 4  # leaves' worth of neighbours on either side that a point of a clump is compared with

Tile = tuple[Int64Array, Int64Array]


def spill_tiles(points: Float32Array, margin: float, rng: np.random.Generator) -> Iterator[Tile]:
    """Yield (positions, positions) to be compared: one leaf twice, or two slices of one clump.

    points: (N, D) float32. margin: in their units. Two points may meet in several tiles. A clump of more than
    WINDOW * LEAF points is not compared in full: each meets those nearest in order along the clump's main axis, and
    points in one spot meet others of it at random. So all of a clump are linked if neighbours are.
    """
    pending = [np.arange(len(points))]
    while pending:
        members = pending.pop()
        if len(members) <= LEAF:
            yield members, members
            continue
        cells = _cut(points, members, margin, rng)
        for cell in cells:
            if len(cell) > max(LEAF, CLUMP * len(members)):
                yield from _windows(points, cell, rng)
            else:
                pending.append(cell)


def _cut(points: Float32Array, members: Int64Array, margin: float, rng: np.random.Generator) -> list[Int64Array]:
    """Return `members` in overlapping cells."""
    wanted = min(BRANCHES, 2 * -(-len(members) // LEAF))
    sample = points[rng.choice(members, min(len(members), SAMPLED * wanted), replace=False)]
    centres = _apart(k_means(sample, wanted), 4 * margin)
    if len(centres) == 1:
        return [members]
    margin = min(margin, _affordable(_beyond_border(sample, centres)))
    inside = np.empty((len(members), len(centres)), np.bool_)
    for start in range(0, len(members), ROWS):
        rows = slice(start, start + ROWS)
        inside[rows] = _beyond_border(points[members[rows]], centres) <= margin
    return [members[np.flatnonzero(column)] for column in inside.T if column.any()]


def _affordable(beyond: Float32Array) -> float:
    """Return the margin at which the cells together are MOST_SPILL times their node."""
    allowed = int(MOST_SPILL * len(beyond))
    return float(np.partition(beyond, allowed, axis=None)[allowed]) if allowed < beyond.size else np.inf


def k_means(sample: Float32Array, count: int) -> Float32Array:
    """Return at most `count` centres of `sample` (n, D), which is in random order."""
    centres = sample[:count].copy()
    for _ in range(ROUNDS):
        owner = _squared(sample, centres).argmin(axis=1)
        order = np.argsort(owner, kind="stable")
        used, starts = np.unique(owner[order], return_index=True)
        sizes = np.diff(np.append(starts, len(sample)))
        centres[used] = np.add.reduceat(sample[order], starts) / sizes[:, None]
    return centres


def _apart(centres: Float32Array, distance: float) -> Float32Array:
    """Drop centres closer than `distance` to one that is kept: between them everything would be in both cells."""
    squared = _squared(centres, centres)
    kept: list[int] = []
    for i in range(len(centres)):
        if not kept or squared[i, kept].min() >= distance**2:
            kept.append(i)
    return centres[kept]


def _beyond_border(points: Float32Array, centres: Float32Array) -> Float32Array:
    """Return how far each point (n) is outside each cell, 0 for its own, (n, cells) float32.

    The border of two cells is the plane halfway between their centres: a difference of squared distances over twice
    the distance of the centres.
    """
    squared = _squared(points, centres)
    own = squared.argmin(axis=1)
    between = np.sqrt(np.maximum(_squared(centres, centres), 0))
    np.fill_diagonal(between, 1)
    beyond: Float32Array = (squared - squared.min(axis=1, keepdims=True)) / (2 * between[own])
    return beyond


def _squared(points: Float32Array, centres: Float32Array) -> Float32Array:
    """Return the squared distances, (n, cells) float32."""
    distances: Float32Array = (points**2).sum(axis=1)[:, None] - 2 * points @ centres.T + (centres**2).sum(axis=1)
    return distances


def _windows(points: Float32Array, members: Int64Array, rng: np.random.Generator) -> Iterator[Tile]:
    """Yield slices of a clump in order along its main axis, each with itself and the WINDOW slices after it."""
    sample = points[rng.choice(members, min(len(members), 8 * LEAF), replace=False)].astype(np.float64)
    sample -= sample.mean(axis=0)
    axis = np.linalg.eigh(sample.T @ sample)[1][:, -1]
    place = points[members] @ axis.astype(np.float32)
    ordered = members[np.lexsort((rng.random(len(members)), place))]
    slices = [ordered[start : start + LEAF] for start in range(0, len(ordered), LEAF)]
    for i, first in enumerate(slices):
        for second in slices[i : i + 1 + WINDOW]:
            yield first, second
