"""Reduce photos to the size they are trained and predicted at, in exact arithmetic; every way in ends here.

The exported graph holds the same arithmetic (`export/shrink_graph.py`), so a file, its full-size array and the graph
alone give the same bytes. Filter weights are whole multiples of 1 / `WEIGHT_UNIT`: float32 holds every sum of weight
times pixel exactly, in any order of summation. Pillow's and ONNX Runtime's own resizes differ in one pixel of 500, by
up to 3 grey levels (docs/log.md).
"""

from functools import lru_cache

import numpy as np

from unseen.errors import UnreadablePhoto
from unseen.records import Float32Array, Int64Array, Uint8Array

WEIGHT_UNIT = 2**16  # times 255 it stays below 2**24
LONG_OVER_SHORT = 4  # a strip keeps a long side of at most this many times side_px
MAX_ASPECT = 100  # panoramas of phones are at most 20 times as wide as high
# Outputs multiplied together: they touch few inputs, and those stay in a core's cache.
_BAND_PX = 8


def working_size(width: int, height: int, side_px: int) -> tuple[int, int]:
    """Return (width, height) of a photo at working size.

    The short side is at most `side_px` and the long side at most four times that; nothing is enlarged.
    """
    most = LONG_OVER_SHORT * side_px
    longest = max(LONG_OVER_SHORT * min(width, height), width, height, most)
    shrunk = [max(1, (2 * length * most + longest) // (2 * longest)) for length in (width, height)]
    return shrunk[0], shrunk[1]


def reduce_photo(pixels: Uint8Array, side_px: int) -> Uint8Array:
    """Return (H, W, C) uint8 pixels at working size; the same array where it is not larger."""
    height, width, channels = pixels.shape
    out_width, out_height = working_size(width, height, side_px)
    if (out_width, out_height) == (width, height):
        return pixels
    rows = np.empty((out_height, width * channels), np.float32)
    for outputs, inputs, weights in _bands(height, out_height):
        np.matmul(weights, pixels[inputs].reshape(-1, width * channels).astype(np.float32), out=rows[outputs])
    # colour planes, so that a row lies side by side in memory
    planes = np.rint(rows).reshape(out_height, width, channels).transpose(0, 2, 1).reshape(-1, width)
    columns = np.empty((len(planes), out_width), np.float32)
    for outputs, inputs, weights in _bands(width, out_width):
        columns[:, outputs] = planes[:, inputs] @ weights.T
    reduced = np.rint(columns).reshape(out_height, channels, out_width).transpose(0, 2, 1)
    return np.ascontiguousarray(reduced, dtype=np.uint8)


@lru_cache(maxsize=64)  # photos of one camera share a shape
def _bands(length: int, out: int) -> tuple[tuple[slice, slice, Float32Array], ...]:
    """Cut the weights of an axis into (outputs, inputs that they touch, weights (outputs, inputs))."""
    bands = []
    for start in range(0, out, _BAND_PX):
        outputs = np.arange(start, min(start + _BAND_PX, out), dtype=np.int64)
        first = max(0, int((2 * start - 1) * length // (2 * out)))
        last = min(length, int((2 * outputs[-1] + 3) * length // (2 * out)) + 1)
        weights = axis_weights(outputs, first, last, length, out)
        bands.append((slice(start, start + len(outputs)), slice(first, last), weights))
    return tuple(bands)


def axis_weights(outputs: Int64Array, first: int, last: int, length: int, out: int) -> Float32Array:
    """Return triangle filters as wide as the reduction, rows that sum to 1: `models.preprocess.resize_weights`."""
    # in units of 1 / (2 * out) of a pixel every position is a whole number
    positions = (2 * np.arange(first, last, dtype=np.int64) + 1) * out
    triangle = np.maximum(2 * length - np.abs(positions - ((2 * outputs + 1) * length)[:, None]), 0)
    total = triangle.sum(axis=1, keepdims=True)
    weights = (2 * triangle * WEIGHT_UNIT + total) // (2 * total)
    weights[np.arange(len(outputs)), triangle.argmax(axis=1)] += WEIGHT_UNIT - weights.sum(axis=1)
    shares: Float32Array = (weights / WEIGHT_UNIT).astype(np.float32)
    return shares


def refuse_narrow(width: int, height: int) -> None:
    """Raise `UnreadablePhoto` for a strip or a spacer: what it shows is less than a pixel wide to a network."""
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise UnreadablePhoto(f"too narrow: {width} x {height} px")
