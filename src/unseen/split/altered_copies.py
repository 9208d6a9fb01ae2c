"""Find altered copies: photos that a program mirrored, rotated, cropped, recoloured, blurred or made noisy.

Three sieves, each on what the one before lets through: sizes of ring terms, which neither rotation nor mirror changes;
ring terms aligned; pixels registered, at 32 px and then at 64 px.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from unseen.records import BoolArray, Float32Array, Images, Int64Array
from unseen.split.alike import MIN_CONTRAST, Settled
from unseen.split.candidates import candidate_tiles
from unseen.split.fingerprint import GRID_PX, Fingerprints, grey_grid, middle_square
from unseen.split.polar import (
    SIZES,
    WINDOWS,
    Complex64Array,
    affine,
    best_turn,
    fitted,
    low_terms_of,
    ring_terms,
    sizes,
)
from unseen.split.registration import register

# Copies of sign_digits and rps_freeman, 19 in 20 lie above: rotated by up to 30 degrees 0.974 whole and 0.956 fitted,
# cropped to 80% 0.92 and 0.90, to 70% 0.89 and 0.84. Lower limits find more crops and take seconds for 2,000 photos.
WHOLE_LIKE, CROP_LIKE = 0.97, 0.93
FITTED = 0.94
NEAREST_WHOLE, NEAREST_CROP = 4, 5  # candidates of a photo
BLOCK = 1024  # photos of one class, by name, whose crops are compared with each other
ROUNDS = 3  # of the search for whole photos: copies are nearest to one another until they are joined
PIECE = 32  # pairs registered before it is asked again which are joined
FRUITLESS = 2  # pieces, best first, of which fewer than MIN_FOUND pairs were joined: the rest are not looked at
MIN_FOUND = 2
COARSE = 0.93  # correlation at 32 px; 19 in 20 true pairs above, but for crops to 70%
FINE_PX = 64
MIN_OVERLAP = 0.4  # a crop to 70% of both sides is half of the photo
# At 64 px: 19 in 20 copies that were mirrored, rotated or cropped to 80% lie above, half of those cropped to 70%. In
# sets without copies nearly all pairs above are frames a moment apart, which no registration can tell from a crop; 2
# pairs of 2,188 photos of rps_freeman are mirrored, and so must be wrong.
SAME_CORRELATION, SAME_BLOCK = 0.98, 0.2
MIN_ANGLE = np.radians(8.0)  # a hand-held camera rotates less from frame to frame


@dataclass(frozen=True, slots=True)
class AlteredLinks:
    """Pairs of positions, (n,) int64 each; sure: mirrored or rotated, so that no camera made both a moment apart."""

    a: Int64Array
    b: Int64Array
    sure: BoolArray


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Photos `a` that may show the window `window` of photos `b`, (n,) int64 each."""

    a: Int64Array
    b: Int64Array
    window: Int64Array


@dataclass(frozen=True, slots=True)
class _Rings:
    """The DCT terms (N, 144), the ring terms of whole photos (N, SIZES) and their sizes."""

    low: Float32Array
    whole: Complex64Array
    flat: Float32Array


def altered_links(prints: Fingerprints, pixels: Images, labels: Int64Array, settled: Settled) -> Iterator[AlteredLinks]:
    """Yield, piece by piece, pairs of photos of which one is an altered copy of the other.

    Whole photos are compared with all others, crops within their class. labels: (N,) int64. settled: as for
    `alike_links`; what the caller joins after one piece need not be found again.
    """
    clear = np.flatnonzero(prints.contrast >= MIN_CONTRAST)
    if len(clear) < 2:
        return
    low = low_terms_of(prints.middles(slice(None)))
    whole = ring_terms(low, 0)
    rings = _Rings(low, whole, sizes(whole))
    for _ in range(ROUNDS):
        joined = 0
        for links in _confirmed(prints, pixels, rings, _whole_pairs(rings.flat, clear, settled), settled):
            yield links
            joined += int(settled(links.a, links.b).sum())
        if not joined:
            break
    yield from _confirmed(prints, pixels, rings, _crop_pairs(rings, clear, labels, settled), settled)


def _whole_pairs(flat: Float32Array, clear: Int64Array, settled: Settled) -> _Pairs:
    """Return the pairs whose ring terms have like sizes, the nearest few of each photo."""
    first, second, score = [], [], []
    for rows, columns in candidate_tiles(flat, clear):
        like = flat[rows] @ flat[columns].T
        r, c = np.nonzero(np.triu(like, 1) >= WHOLE_LIKE if columns is rows else like >= WHOLE_LIKE)
        new = ~settled(rows[r], columns[c])
        first.append(rows[r[new]])
        second.append(columns[c[new]])
        score.append(like[r[new], c[new]])
    a, b, like = np.concatenate(first), np.concatenate(second), np.concatenate(score)
    kept = _nearest(np.concatenate([a, b]), np.concatenate([like, like]), NEAREST_WHOLE) % max(1, len(a))
    kept = np.unique(kept)
    return _Pairs(a[kept], b[kept], np.zeros(len(kept), np.int64))


def _crop_pairs(rings: _Rings, clear: Int64Array, labels: Int64Array, settled: Settled) -> _Pairs:
    """Return the pairs of one class of which one is like a window of the other."""
    found = []
    for label in np.unique(labels[clear]).tolist():
        members = clear[labels[clear] == label]
        blocks = (members[start : start + BLOCK] for start in range(0, len(members), BLOCK))
        found += [_crops_of(rings, block, settled) for block in blocks]
    columns = zip(*((pairs.a, pairs.b, pairs.window) for pairs in found), strict=True)
    return _Pairs(*(np.concatenate(column) for column in columns))


def _crops_of(rings: _Rings, rows: Int64Array, settled: Settled) -> _Pairs:
    windows = np.stack([sizes(ring_terms(rings.low[rows], k)) for k in range(1, len(WINDOWS))])  # (W, n, SIZES)
    whole = rings.flat[rows]
    like, product = np.full((len(rows), len(rows)), -1, np.float32), np.empty((len(rows), len(rows)), np.float32)
    for window in windows:
        np.maximum(like, np.matmul(whole, window.T, out=product), out=like)
    np.fill_diagonal(like, -1)
    r, c = np.nonzero(like >= CROP_LIKE)
    new = np.flatnonzero(~settled(rows[r], rows[c]))
    kept = new[_nearest(r[new], like[r[new], c[new]], NEAREST_CROP)]
    r, c = r[kept], c[kept]
    best = np.empty(len(r), np.int64)
    for start in range(0, len(r), BLOCK):
        part = slice(start, start + BLOCK)
        best[part] = np.einsum("nd,wnd->nw", whole[r[part]], windows[:, c[part]]).argmax(axis=1)
    return _Pairs(rows[r], rows[c], best + 1)


def _nearest(keys: Int64Array, like: Float32Array, most: int) -> Int64Array:
    """Return the positions of the `most` most alike of each key."""
    order = np.lexsort((-like, keys))
    starts = np.searchsorted(keys[order], keys[order])
    return order[np.arange(len(order)) - starts < most]


def _confirmed(
    prints: Fingerprints, pixels: Images, rings: _Rings, pairs: _Pairs, settled: Settled
) -> Iterator[AlteredLinks]:
    """Yield those of `pairs` that are copies, the best aligned first."""
    shown = np.empty((len(pairs.a), SIZES), np.complex64)
    for window in np.unique(pairs.window).tolist():
        rows = np.flatnonzero(pairs.window == window)
        shown[rows] = ring_terms(rings.low[pairs.b[rows]], window)
    turn = best_turn(rings.whole[pairs.a], shown)
    fit = fitted(rings.whole[pairs.a], rings.low[pairs.b], pairs.window, turn)
    maps = affine(pairs.window, turn)
    order = np.argsort(-fit, kind="stable")[: np.count_nonzero(fit >= FITTED)]
    fruitless, start = 0, 0
    while start < len(order) and fruitless < FRUITLESS:
        piece, start = _next_piece(order, start, pairs, settled)
        links = _registered(prints, pixels, pairs.a[piece], pairs.b[piece], maps[piece])
        yield links
        fruitless = 0 if settled(links.a, links.b).sum() >= MIN_FOUND else fruitless + 1


def _next_piece(order: Int64Array, start: int, pairs: _Pairs, settled: Settled) -> tuple[Int64Array, int]:
    """Return up to PIECE pairs from `start` on that are not settled, and where the next piece starts."""
    while start < len(order):
        piece = order[start : start + PIECE]
        start += PIECE
        piece = piece[~settled(pairs.a[piece], pairs.b[piece])]
        if len(piece):
            return piece, start
    return order[:0], start


def _registered(prints: Fingerprints, pixels: Images, a: Int64Array, b: Int64Array, maps: Float32Array) -> AlteredLinks:
    square = (-1, GRID_PX, GRID_PX)
    coarse = register(prints.middles(a).reshape(square), prints.middles(b).reshape(square), maps, 4)
    kept = np.flatnonzero(coarse.correlation >= COARSE)
    fine = register(_squares(pixels, a[kept]), _squares(pixels, b[kept]), coarse.maps[kept], 2)
    same = (fine.correlation >= SAME_CORRELATION) & (fine.worst <= SAME_BLOCK) & (fine.overlap >= MIN_OVERLAP)
    return AlteredLinks(a[kept[same]], b[kept[same]], _turned(fine.maps)[same])


def _turned(maps: Float32Array) -> BoolArray:
    """Say which maps mirror, or rotate by MIN_ANGLE or more, (n,) bool."""
    mirrored = maps[:, 0, 0] * maps[:, 1, 1] < maps[:, 0, 1] * maps[:, 1, 0]
    angle = np.arctan2(maps[:, 1, 0] - maps[:, 0, 1], maps[:, 0, 0] + maps[:, 1, 1])
    return np.asarray(mirrored | (np.abs(angle) >= MIN_ANGLE), np.bool_)


def _squares(pixels: Images, positions: Int64Array) -> Float32Array:
    """Return the middles of photos in grey, (n, 64, 64) float32 at unit norm."""
    if not len(positions):
        return np.zeros((0, FINE_PX, FINE_PX), np.float32)
    grids = np.stack([grey_grid(middle_square(pixels[i]), FINE_PX) for i in positions.tolist()])
    grids -= grids.mean(axis=(1, 2), keepdims=True)
    norms = np.sqrt(np.einsum("nyx,nyx->n", grids, grids))
    unit: Float32Array = grids / np.maximum(norms, 1e-6)[:, None, None]
    return unit
