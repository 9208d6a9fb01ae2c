"""Compute perceptual fingerprints: 64-bit pHash and dHash and a normalised grey thumbnail of each photo."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from unseen.progress import Progress, Silent
from unseen.records import Columns, Float32Array, Images, Int8Array, Int64Array, Uint8Array

GRID_PX = 32  # pHash reads a 32 x 32 grey grid (Zauner 2010, thesis on perceptual image hashes)
HASH_PX = 8
BATCH = 256  # photos whose hashes are computed together: 1 MB of grids
MIDDLE_GREY = 128.0

LEVELS = 127  # either side of zero in a thumbnail of int8

Uint64Array = npt.NDArray[np.uint64]

# BT.601 luma; the fourth weight drops alpha, so that one product turns RGBA into grey.
LUMA = np.array([0.299, 0.587, 0.114, 0.0], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Fingerprints(Columns):
    """What N photos look like, in 2,068 bytes each.

    phash, dhash: (N,) uint64. levels: (N, 1024) int8, the grey grid less its mean, its largest value at 127 or -127,
    all zero for a photo of one colour. contrast: (N,) float32, standard deviation of the grey grid before that, in
    grey levels 0-255. middle: (N, 1024) int8, levels of the square in the middle, whose proportions are true; `None`
    where nobody needs it.
    """

    phash: Uint64Array
    dhash: Uint64Array
    levels: Int8Array
    contrast: Float32Array
    middle: Int8Array | None = None

    def __len__(self) -> int:
        """Return the number of photos."""
        return len(self.phash)

    def thumbs(self, positions: Int64Array | Sequence[int] | slice) -> Float32Array:
        """Return the grids at `positions` at unit norm (or all zero), (n, 1024) float32: a product is a correlation.

        Eight bits move a correlation of real photos by less than 0.001, and not that of equal grids.
        """
        return _unit_norm(self.levels[positions])

    def middles(self, positions: Int64Array | slice) -> Float32Array:
        """Return the squares in the middle of the photos at `positions`, (n, 1024) float32 at unit norm."""
        return _unit_norm((self.levels if self.middle is None else self.middle)[positions])


def _unit_norm(levels: Int8Array) -> Float32Array:
    values = levels.astype(np.float32)
    values /= np.maximum(np.sqrt(np.einsum("nd,nd->n", values, values)), 1)[:, None]
    return values


def fingerprint(pixels: Images, progress: Progress | None = None) -> Fingerprints:
    """Return the fingerprints of every photo; each is opened once, in order."""
    n = len(pixels)
    phash, dhash = np.zeros(n, np.uint64), np.zeros(n, np.uint64)
    levels = np.zeros((n, GRID_PX * GRID_PX), np.int8)
    contrast = np.zeros(n, np.float32)
    middle = np.zeros_like(levels)
    with (progress or Silent()).task("Comparing photos", n, "photos") as task:
        for start in range(0, n, BATCH):
            stop = min(start + BATCH, n)
            photos = [pixels[i] for i in range(start, stop)]
            grids = np.stack([grey_grid(photo) for photo in photos])
            phash[start:stop] = phashes(grids)
            dhash[start:stop] = dhashes(grids)
            levels[start:stop], contrast[start:stop] = normalised(grids)
            middle[start:stop] = levels[start:stop]
            oblong = [k for k, photo in enumerate(photos) if photo.shape[0] != photo.shape[1]]
            if oblong:
                squares = np.stack([grey_grid(middle_square(photos[k])) for k in oblong])
                middle[start + np.array(oblong)] = normalised(squares)[0]
            task.advance(stop - start)
    return Fingerprints(phash, dhash, levels, contrast, middle)


def middle_square(photo: Uint8Array) -> Uint8Array:
    """Return the largest square in the middle of one (H, W, 4) photo, as a view."""
    height, width = photo.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return photo[top : top + side, left : left + side]


def grey_grid(rgba: Uint8Array, cells: int = GRID_PX) -> Float32Array:
    """Return the grey (cells, cells) float32 area averages, 0-255, of one (H, W, 4) uint8 photo of any shape.

    Transparent pixels count as middle grey: the colour under alpha 0 is whatever the editor left there.
    """
    height, width = rgba.shape[:2]
    # Every second or third pixel is enough for an average and makes this several times faster.
    rows, columns = max(1, height // (2 * cells)), max(1, width // (2 * cells))
    rgba = rgba[rows // 2 :: rows, columns // 2 :: columns]  # from the middle: no shift against other sizes
    alpha = rgba[..., 3]
    grey = rgba.astype(np.float32) @ LUMA  # (h, w)
    if alpha.min() < 255:
        opacity = alpha.astype(np.float32) / 255
        grey = grey * opacity + MIDDLE_GREY * (1 - opacity)
    grid: Float32Array = _averaging(cells, grey.shape[0]) @ grey @ _averaging(cells, grey.shape[1]).T
    return grid


def phashes(grids: Float32Array) -> Uint64Array:
    """Return the pHash of (N, 32, 32) grids, (N,) uint64: the 8 x 8 lowest DCT terms against their median."""
    dct = cosines(GRID_PX)[:HASH_PX]
    low = (dct @ grids @ dct.T).reshape(len(grids), -1)  # (N, 64)
    # The first term is the mean grey; left out of the median it cannot shift the other 63.
    return _packed(low > np.median(low[:, 1:], axis=1, keepdims=True))


def dhashes(grids: Float32Array) -> Uint64Array:
    """Return the dHash of (N, 32, 32) grids, (N,) uint64: is each of 8 x 8 cells darker than the next one."""
    cells = _averaging(HASH_PX, GRID_PX) @ grids @ _averaging(HASH_PX + 1, GRID_PX).T  # (N, 8, 9)
    return _packed((cells[:, :, 1:] > cells[:, :, :-1]).reshape(len(grids), -1))


def normalised(grids: Float32Array) -> tuple[Int8Array, Float32Array]:
    """Return the levels (N, 1024) int8 and the contrast (N,) float32 of (N, 32, 32) grids, as in `Fingerprints`."""
    flat = grids.reshape(len(grids), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    contrast = np.sqrt(np.einsum("nd,nd->n", flat, flat)) / GRID_PX
    largest = np.abs(flat).max(axis=1, initial=0)
    scale = np.where(contrast * GRID_PX > 1e-3, LEVELS / np.maximum(largest, 1e-6), 0)
    return np.rint(flat * scale[:, None]).astype(np.int8), contrast.astype(np.float32)


def _packed(bits: npt.NDArray[np.bool_]) -> Uint64Array:
    packed: Uint64Array = np.ascontiguousarray(np.packbits(bits, axis=1)).view(np.uint64)[:, 0]
    return packed


@lru_cache(maxsize=256)
def _averaging(cells: int, side_px: int) -> Float32Array:
    """Return the (cells, side_px) matrix that averages a line of pixels by area; each row sums to 1."""
    edges = np.linspace(0, side_px, cells + 1)
    pixel = np.arange(side_px)
    overlap = np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel)
    matrix: Float32Array = (np.clip(overlap, 0, 1) * cells / side_px).astype(np.float32)
    return matrix


@lru_cache(maxsize=4)
def cosines(side: int) -> Float32Array:
    """Return the orthonormal DCT-II matrix, (side, side)."""
    k, x = np.arange(side)[:, None], np.arange(side)[None, :]
    matrix = np.sqrt(2 / side) * np.cos(np.pi * k * (2 * x + 1) / (2 * side))
    matrix[0] /= np.sqrt(2)
    orthonormal: Float32Array = matrix.astype(np.float32)
    return orthonormal
