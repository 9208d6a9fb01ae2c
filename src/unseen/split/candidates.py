"""Choose which photos are compared with each other."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from unseen.records import Float32Array, Int64Array
from unseen.seeds import generator
from unseen.split.fingerprint import GRID_PX, Fingerprints, cosines
from unseen.split.spill_tree import LEAF, Tile, spill_tiles

# Photos compared all with all: 50 million pairs, 0.2 s; 13 s where all are frames of one room with somebody in it.
EXACT_UP_TO = 10_000
LOW = 8  # squared: the DCT terms searched, 256 bytes a photo
# 0.1 would prove that every pair at correlation 0.98 (0.2 apart) meets, at thrice the cost. Measured against all pairs
# of 22,244 hand photos and four edits of each (JPEG quality 30, 96 px, 1% and 2% cut off): of 193,917 copies all,
# of 92,146 near pairs 99.8% meet; at 0.03 99.3%.
MARGIN = 0.04
ROWS = 4096  # thumbnails in memory at once, 16 MB
ROUNDING = 1e-5  # of float32 sums


def candidate_tiles(low: Float32Array, positions: Int64Array) -> Iterator[Tile]:
    """Yield tiles (n,), (m,) of `positions` to be compared; one array twice is to be compared with itself.

    low: the `low_terms` of all photos. All pairs up to EXACT_UP_TO positions; beyond, pairs that meet in a leaf of a
    spill tree over `low`.
    """
    if len(positions) > EXACT_UP_TO:
        for rows, columns in spill_tiles(low[positions], MARGIN, generator(0, "split", "alike")):
            first = positions[rows]
            yield first, first if columns is rows else positions[columns]
        return
    tiles = [positions[start : start + LEAF] for start in range(0, len(positions), LEAF)]
    for i, tile in enumerate(tiles):
        for other in tiles[i:]:
            yield tile, other


def low_terms(prints: Fingerprints) -> Float32Array:
    """Return the LOW x LOW lowest DCT terms of each thumbnail, (N, LOW * LOW) float32.

    The transform is orthonormal: two photos are at most as far apart in some terms as in all of them.
    """
    low = cosines(GRID_PX)[:LOW]
    terms = np.empty((len(prints), LOW * LOW), np.float32)
    for start in range(0, len(prints), ROWS):
        thumbs = prints.thumbs(slice(start, start + ROWS)).reshape(-1, GRID_PX, GRID_PX)
        terms[start : start + ROWS] = (low @ thumbs @ low.T).reshape(len(thumbs), -1)
    return terms


def may_correlate(low: Float32Array, a: Int64Array, b: Int64Array, correlation: float) -> npt.NDArray[np.bool_]:
    """Say which pairs could reach `correlation` for all that their low terms say, (n,) bool; never wrongly no.

    Of unit thumbnails the squared distance is 2 - 2 * correlation, and the low terms' is at most that.
    """
    possible = np.empty(len(a), np.bool_)
    for start in range(0, len(a), ROWS):
        part = slice(start, start + ROWS)
        difference = low[a[part]] - low[b[part]]
        possible[part] = np.einsum("nd,nd->n", difference, difference) <= 2 - 2 * correlation + ROUNDING
    return possible
