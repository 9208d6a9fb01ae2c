"""Pairs of photos that look alike: fingerprints and names in, (position, position, correlation) links out."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
import numpy.typing as npt

from unseen.records import Float32Array, Int64Array, Photo
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

TILE = 512  # photos compared with photos at once: 2 MB of distances
DENSE = 4096  # pairs in a tile above which one matrix product is cheaper than gathering them
NEAR_PER_TILE = 4  # near pairs kept a photo and piece, so that 20,000 frames of a still room fit in memory


@dataclass(frozen=True, slots=True)
class Links:
    """Pairs a < b of photo positions, (n,) int64; their correlations, (n,) float32; is it a copy, (n,) bool."""

    a: Int64Array
    b: Int64Array
    correlation: Float32Array
    copy: npt.NDArray[np.bool_]


Settled = Callable[[Int64Array, Int64Array], npt.NDArray[np.bool_]]


def alike_links(prints: Fingerprints, settled: Settled) -> Iterator[Links]:
    """Yield, piece by piece, all copies and the nearest near-duplicates: pHash finds them, thumbnails confirm.

    `settled(a, b)` is asked before each piece which pairs need no look, (n,) bool, because they are in one
    group already; without it 20,000 frames of a still room would be 200 million comparisons of thumbnails.

    All pairs of hashes are compared in tiles: at radius 12 the pigeonhole bands of a 64-bit hash are 4-5 bits
    wide, so banding prunes nothing, while 20,000 photos are 200 million popcounts, about a second.
    """
    clear = np.flatnonzero(prints.contrast >= MIN_CONTRAST)
    for i in range(0, len(clear), TILE):
        for j in range(i, len(clear), TILE):
            yield from _tile(prints, clear[i : i + TILE], clear[j : j + TILE], settled)


def _tile(prints: Fingerprints, rows: Int64Array, columns: Int64Array, settled: Settled) -> Iterator[Links]:
    distance = np.bitwise_count(prints.phash[rows][:, None] ^ prints.phash[columns][None, :])
    close = (distance <= HASH_RADIUS) & (rows[:, None] < columns[None, :])
    r, c = np.nonzero(close)
    if len(r) > DENSE:
        product = prints.thumbs[rows] @ prints.thumbs[columns].T
        r, c = np.nonzero(close & (product >= NEAR_CORRELATION))
    # In pieces, because what the caller joins after one piece settles most of the next.
    for start in range(0, len(r), DENSE):
        a, b = rows[r[start : start + DENSE]], columns[c[start : start + DENSE]]
        open_ = np.flatnonzero(~settled(a, b))
        yield _confirmed(prints, a[open_], b[open_])


def _confirmed(prints: Fingerprints, a: Int64Array, b: Int64Array) -> Links:
    correlation, block = _compare(prints.thumbs, a, b)
    copy = (correlation >= COPY_CORRELATION) & (block <= COPY_BLOCK)
    near = (correlation >= NEAR_CORRELATION) & (block <= NEAR_BLOCK) & ~copy
    kept = np.sort(np.concatenate([np.flatnonzero(copy), _nearest(a, correlation, np.flatnonzero(near))]))
    return Links(a[kept], b[kept], correlation[kept], copy[kept])


def _compare(thumbs: Float32Array, a: Int64Array, b: Int64Array) -> tuple[Float32Array, Float32Array]:
    """Return the correlation and the worst block difference of each pair, (n,) float32 both."""
    correlation, block = np.empty(len(a), np.float32), np.empty(len(a), np.float32)
    cells = GRID_PX // BLOCK_PX
    for start in range(0, len(a), TILE):
        part = slice(start, start + TILE)
        first, second = thumbs[a[part]], thumbs[b[part]]
        correlation[part] = np.einsum("nd,nd->n", first, second)
        # Unit norm over 1,024 pixels: times 32 gives unit variance.
        squares = ((first - second) * GRID_PX).reshape(-1, cells, BLOCK_PX, cells, BLOCK_PX) ** 2
        block[part] = squares.mean(axis=(2, 4)).reshape(len(squares), -1).max(axis=1, initial=0)
    return correlation, block


def _nearest(a: Int64Array, correlation: Float32Array, positions: Int64Array) -> Int64Array:
    """Keep the `NEAR_PER_TILE` most alike pairs of each first photo."""
    order = positions[np.lexsort((-correlation[positions], a[positions]))]
    starts = np.searchsorted(a[order], a[order])
    return order[np.arange(len(order)) - starts < NEAR_PER_TILE]


def burst_links(photos: Sequence[Photo], prints: Fingerprints) -> Links:
    """Return the links between neighbours by counter (A104, A105) of one folder and class that look alike."""
    sequences: dict[tuple[str, str, str], list[tuple[int, int]]] = defaultdict(list)
    for i, photo in enumerate(photos):
        path = PurePosixPath(photo.path)
        counted = re.fullmatch(r"(.*?)(\d+)\D{0,2}", path.stem)
        if counted and prints.contrast[i] >= MIN_CONTRAST:
            sequences[str(path.parent), photo.label, counted[1]].append((int(counted[2]), i))
    pairs = []
    for sequence in sequences.values():
        order = [i for _, i in sorted(sequence)]
        for step in range(1, BURST_STEPS + 1):
            pairs += [(min(p), max(p)) for p in zip(order, order[step:], strict=False)]
    a, b = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2).T
    correlation, _ = _compare(prints.thumbs, a, b)
    kept = correlation >= BURST_CORRELATION
    return Links(a[kept], b[kept], correlation[kept], np.zeros(int(kept.sum()), dtype=np.bool_))
