"""Find pairs of photos that look alike."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
import numpy.typing as npt

from unseen.records import Float32Array, Int64Array, Photo
from unseen.split.candidates import candidate_tiles, low_terms, may_correlate
from unseen.split.fingerprint import GRID_PX, Fingerprints

# Measured on 300 photos each of sign_digits, rps_freeman, rps_subhi and asl_kept/train against altered copies of
# themselves: JPEG quality 30 keeps correlation >= 0.993 and pHash distance <= 4 (99 in 100), a resize to 96 px
# >= 0.988 and <= 4, 1% cut off each side 0.983 and 4-6 (95 in 100), 2% cut off 0.938-0.971 and <= 8.
# Different students of sign_digits stay below 0.95 but for one pair (2/..., 0.958) of two million.
# Contact sheets of pairs at 0.95-0.98 in rps_freeman, rps_subhi, fingers_subhi, asl_kept: all frames of one burst.
HASH_RADIUS = 12
COPY_CORRELATION = 0.98
NEAR_CORRELATION = 0.95
# Worst of 16 blocks, mean squared difference where the whole thumbnail has variance 1: a small hand that moved
# before a fixed wall hardly lowers the correlation but stands out here. Real pairs, 99 in 100: below 0.32 at
# correlation 0.98, below 0.47 at 0.97-0.98; half of the pairs at 0.93 are above 0.47.
COPY_BLOCK = 0.35
NEAR_BLOCK = 0.6
BLOCK_PX = 8
# Neighbours in name order need less. Random pairs of a class pass 0.85 in about 0.1% of sign_digits and under 1% of
# asl_kept/train, neighbours in 1% and 10%: on contact sheets the former are different students, the latter bursts.
BURST_CORRELATION = 0.85
BURST_STEPS = 2  # a burst may have one odd frame in it
# Below this contrast (grey levels) a thumbnail is the gradient of a blank wall, which any two walls share.
# The emptiest photo of the five folders has 10.8.
MIN_CONTRAST = 5.0

# (1024, 16): the mean over each block, of thumbnails at unit norm, whose squares times 1,024 have mean 1.
BLOCK_MEANS = (
    np.kron(*[np.kron(np.eye(GRID_PX // BLOCK_PX), np.ones((BLOCK_PX, 1)))] * 2).astype(np.float32)
    * (GRID_PX / BLOCK_PX) ** 2
)

GATHERED = 512  # pairs whose thumbnails are in memory at once: 4 MB
PIECE = 4096  # pairs between two questions of which are settled
CROWD = 8192  # pairs in a tile above which one matrix product is cheaper than gathering them
NEAR_IN_CROWD = 16  # near pairs of a photo in such a tile whose blocks are compared
NEAR_PER_TILE = 4  # near pairs kept a photo and piece, so that 20,000 frames of a still room fit in memory


@dataclass(frozen=True, slots=True)
class Links:
    """Pairs a < b of photo positions, (n,) int64; their correlations, (n,) float32; is it a copy, (n,) bool."""

    a: Int64Array
    b: Int64Array
    correlation: Float32Array
    copy: npt.NDArray[np.bool_]

    def where(self, chosen: npt.NDArray[np.bool_] | Int64Array | slice) -> "Links":
        """Return the chosen links, in the order chosen."""
        return Links(self.a[chosen], self.b[chosen], self.correlation[chosen], self.copy[chosen])


Settled = Callable[[Int64Array, Int64Array], npt.NDArray[np.bool_]]


def alike_links(prints: Fingerprints, settled: Settled) -> Iterator[Links]:
    """Yield, piece by piece, all copies and the nearest near-duplicates: pHash finds them, thumbnails confirm.

    `settled(a, b)` is asked before each piece which pairs need no look, (n,) bool, because they are in one
    group already; without it 20,000 frames of a still room would be 200 million comparisons of thumbnails.

    Up to `candidates.EXACT_UP_TO` photos every pair is met once; beyond, nearly every pair that could be alike, some
    of them twice. Either way a pair is judged by the same rule.
    """
    clear = np.flatnonzero(prints.contrast >= MIN_CONTRAST)
    low = low_terms(prints)
    for rows, columns in candidate_tiles(low, clear):
        yield from _tile(prints, low, rows, columns, settled)


def _tile(
    prints: Fingerprints, low: Float32Array, rows: Int64Array, columns: Int64Array, settled: Settled
) -> Iterator[Links]:
    """Yield the links between `rows` (n,) and `columns` (m,), or within `rows` where they are one array."""
    close = np.bitwise_count(prints.phash[rows][:, None] ^ prints.phash[columns][None, :]) <= HASH_RADIUS
    if columns is rows:
        close &= rows[:, None] < columns[None, :]
    r, c = np.nonzero(close)
    r, c = _kept(r, c, ~settled(rows[r], columns[c]))
    if len(r) > CROWD:
        r, c = _of_crowd(prints.thumbs(rows) @ prints.thumbs(columns).T, r, c)
    else:
        r, c = _kept(r, c, may_correlate(low, rows[r], columns[c], NEAR_CORRELATION))
    # In pieces, because what the caller joins after one piece settles most of the next.
    for start in range(0, len(r), PIECE):
        first, second = rows[r[start : start + PIECE]], columns[c[start : start + PIECE]]
        a, b = np.minimum(first, second), np.maximum(first, second)
        yield _confirmed(prints, *_kept(a, b, ~settled(a, b)))


def _kept(a: Int64Array, b: Int64Array, chosen: npt.NDArray[np.bool_] | Int64Array) -> tuple[Int64Array, Int64Array]:
    return a[chosen], b[chosen]


def _of_crowd(product: Float32Array, r: Int64Array, c: Int64Array) -> tuple[Int64Array, Int64Array]:
    """Return the pairs (r, c) that may be copies by their correlation (n, m), and the nearest others of each row.

    Frames of one room where somebody moves are all near one another: a tile has 131,000 such pairs, and of each
    photo's only `NEAR_PER_TILE` are kept in the end.
    """
    correlation = product[r, c]
    near = np.flatnonzero((correlation >= NEAR_CORRELATION) & (correlation < COPY_CORRELATION))
    chosen = [np.flatnonzero(correlation >= COPY_CORRELATION), _nearest(r, correlation, near, NEAR_IN_CROWD)]
    return _kept(r, c, np.sort(np.concatenate(chosen)))


def _confirmed(prints: Fingerprints, a: Int64Array, b: Int64Array) -> Links:
    correlation, block = _compare(prints, a, b)
    copy = (correlation >= COPY_CORRELATION) & (block <= COPY_BLOCK)
    near = (correlation >= NEAR_CORRELATION) & (block <= NEAR_BLOCK) & ~copy
    kept = np.sort(
        np.concatenate([np.flatnonzero(copy), _nearest(a, correlation, np.flatnonzero(near), NEAR_PER_TILE)])
    )
    return Links(a[kept], b[kept], correlation[kept], copy[kept])


def _compare(prints: Fingerprints, a: Int64Array, b: Int64Array) -> tuple[Float32Array, Float32Array]:
    """Return the correlation and the worst block difference of each pair, (n,) float32 both.

    Blocks are compared only where the correlation is NEAR_CORRELATION or more; elsewhere they are infinite.
    """
    correlation, block = np.empty(len(a), np.float32), np.full(len(a), np.inf, np.float32)
    for start in range(0, len(a), GATHERED):
        part = slice(start, start + GATHERED)
        first, second = prints.thumbs(a[part]), prints.thumbs(b[part])
        correlation[part] = np.einsum("nd,nd->n", first, second)
        alike = np.flatnonzero(correlation[part] >= NEAR_CORRELATION)
        squares = (first[alike] - second[alike]) ** 2
        block[start + alike] = (squares @ BLOCK_MEANS).max(axis=1, initial=0)
    return correlation, block


def _nearest(a: Int64Array, correlation: Float32Array, positions: Int64Array, most: int) -> Int64Array:
    """Return those of `positions` whose pairs are the `most` most alike of their first photo."""
    order = positions[np.lexsort((-correlation[positions], a[positions]))]
    starts = np.searchsorted(a[order], a[order])
    return order[np.arange(len(order)) - starts < most]


def most_alike_first(found: Sequence[Links]) -> Links:
    """Return all links as one, the highest correlation first, then by position."""
    if not found:
        nothing = np.zeros(0, np.int64)
        return Links(nothing, nothing, np.zeros(0, np.float32), np.zeros(0, np.bool_))
    whole = Links(
        *(np.concatenate(column) for column in zip(*((x.a, x.b, x.correlation, x.copy) for x in found), strict=True))
    )
    return whole.where(np.lexsort((whole.b, whole.a, -whole.correlation)))


def burst_links(photos: Sequence[Photo], prints: Fingerprints) -> Links:
    """Return the links between neighbours by counter (A104, A105) of one folder and class that look alike."""
    sequences: dict[tuple[str, str, str], list[tuple[int, int]]] = defaultdict(list)
    for i, photo in enumerate(photos):
        path = PurePosixPath(photo.path)
        counted = re.fullmatch(r"(.*?)(\d+)\D{0,2}", path.stem)
        if counted and prints.contrast[i] >= MIN_CONTRAST:
            sequences[str(path.parent), photo.label, counted[1]].append((int(counted[2]), i))
    firsts, seconds = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for sequence in sequences.values():
        order = np.array(sorted(sequence), dtype=np.int64)[:, 1]
        for step in range(1, BURST_STEPS + 1):
            firsts.append(order[:-step])
            seconds.append(order[step:])
    first, second = np.concatenate(firsts), np.concatenate(seconds)
    a, b = np.minimum(first, second), np.maximum(first, second)
    correlation, _ = _compare(prints, a, b)
    kept = correlation >= BURST_CORRELATION
    return Links(a[kept], b[kept], correlation[kept], np.zeros(int(kept.sum()), dtype=np.bool_))
