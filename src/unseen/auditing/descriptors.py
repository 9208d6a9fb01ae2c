"""Photos of SIDE x SIDE points and the places to look at in; histograms of their colours and gradients out."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from unseen.auditing.quality_measures import grey_levels
from unseen.records import Float32Array, Int64Array, Uint8Array

SIDE = 96  # px; nearest neighbour, because averaging would smooth textures away
LEVELS = 4  # of each colour: 64 colours
ANGLES = 8
LENGTH = LEVELS**3 + ANGLES + 1


@lru_cache(maxsize=64)
def nearest_points(height: int, width: int) -> Int64Array:
    """Return the places, (SIDE^2,), of the pixels nearest to SIDE x SIDE points in a photo laid out row by row."""
    rows = ((np.arange(SIDE) + 0.5) * height / SIDE).astype(np.int64)
    columns = ((np.arange(SIDE) + 0.5) * width / SIDE).astype(np.int64)
    return (rows[:, None] * width + columns).ravel()


def describe_places(pixels: npt.NDArray[np.uint32], shown: Int64Array) -> tuple[Float32Array, Float32Array]:
    """Return the descriptors (n, 73) and median colours (n, 3) of the places `shown` of n photos, (n, SIDE^2)."""
    n = len(pixels)
    grey = grey_levels(pixels.view(np.uint8).reshape(n, SIDE, SIDE, 4))
    down, right = (slope.reshape(n, -1).take(shown, axis=1) for slope in _slopes(grey))
    beside = pixels.take(shown, axis=1).view(np.uint8).reshape(n, -1, 4)
    planes = np.stack([beside[..., k] for k in range(3)])  # (3, n, m)
    coarse = planes // (256 // LEVELS)
    codes = coarse[0] * LEVELS**2 + coarse[1] * LEVELS + coarse[2]
    # The square root makes differences of small and of large shares comparable (Hellinger distance).
    colour = np.sqrt(_counts(codes, LEVELS**3) / len(shown))
    size = np.sqrt(down * down + right * right)
    turn = np.arctan2(down, right) * np.float32(ANGLES / np.pi)
    bins = np.floor(turn, out=turn).astype(np.int8) % ANGLES  # modulo half a turn: light to dark or back
    total = size.sum(axis=1, dtype=np.float64)[:, None]
    turned = _counts(bins, ANGLES, size) / (total + 0.5 * len(shown))
    roughness = np.log1p(total / len(shown)) / 4  # about 0 to 1
    return np.concatenate([colour, turned, roughness], axis=1).astype(np.float32), _medians(planes)


def _slopes(grey: Float32Array) -> tuple[Float32Array, Float32Array]:
    """Return what `np.gradient` does of each of (n, SIDE, SIDE), downwards and to the right, with fewer passes."""
    down, right = np.empty_like(grey), np.empty_like(grey)
    for slope, lines in ((down, grey), (right.transpose(0, 2, 1), grey.transpose(0, 2, 1))):
        np.subtract(lines[:, 2:], lines[:, :-2], out=slope[:, 1:-1])
        slope[:, 1:-1] *= 0.5
        slope[:, 0], slope[:, -1] = lines[:, 1] - lines[:, 0], lines[:, -1] - lines[:, -2]
    return down, right


def _counts(codes: npt.NDArray[np.integer], most: int, weights: Float32Array | None = None) -> npt.NDArray[np.float64]:
    """Return how often, or with which weight, each of `most` codes occurs in each row of (n, m): (n, most)."""
    n = len(codes)
    places = codes + np.arange(0, n * most, most)[:, None]
    sums = np.bincount(places.ravel(), None if weights is None else weights.ravel(), n * most)
    return sums.reshape(n, most).astype(np.float64)


def _medians(planes: Uint8Array) -> Float32Array:
    """Return the median of each of (3, n, m) as (n, 3); 16 bits, because NumPy partitions 8 bits slowly."""
    levels = planes.astype(np.int16)
    half = levels.shape[2] // 2
    levels.partition(half, axis=2)
    high = levels[..., half]
    low = high if levels.shape[2] % 2 else levels[..., :half].max(axis=2)
    medians: Float32Array = ((low + high) / 2).T.astype(np.float32)
    return medians
