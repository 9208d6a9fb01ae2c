"""Resize photos as Pillow, OpenCV, tf.image and torchvision do: one formula of weights for each interpolation.

A weight depends on the output's and the input's position and on both lengths alone, so that the same formula can be
written into a graph (`diagnosing/wrapping/axis_graph.py`).
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from PIL import Image

from unseen.diagnosing.photo_reading import Fit, Interpolation
from unseen.records import Float32Array, Float64Array, Uint8Array

# Pillow's own filters are written in C and widen with the reduction.
_PILLOW = {
    "bilinear-antialias": Image.Resampling.BILINEAR,
    "bicubic-antialias": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
_NEAREST = {"nearest": 0.5, "nearest-corner": 0.0}  # where in a pixel it is sampled
PADDING: dict[Fit, int] = {"letterbox": 0, "letterbox-grey": 128, "letterbox-white": 255}
CROP_MARGIN = 256 / 224  # "resize to 256, crop 224", the convention of ImageNet


def prepare(photo: Uint8Array, height_px: int, width_px: int, fit: Fit, interpolation: Interpolation) -> Uint8Array:
    """Return (height_px, width_px, 3) uint8 of an (H, W, 3) uint8 photo."""
    height, width = photo.shape[:2]
    inner_height, inner_width = fitted_size(height, width, height_px, width_px, fit)
    inner = resize(photo, inner_height, inner_width, interpolation)
    if fit in PADDING:
        whole = np.full((height_px, width_px, photo.shape[2]), PADDING[fit], np.uint8)
        top, left = (height_px - inner_height) // 2, (width_px - inner_width) // 2
        whole[top : top + inner_height, left : left + inner_width] = inner
        return whole
    top, left = (inner_height - height_px) // 2, (inner_width - width_px) // 2
    return inner[top : top + height_px, left : left + width_px]


def fitted_size(height: int, width: int, height_px: int, width_px: int, fit: Fit) -> tuple[int, int]:
    """Return the (height, width) that a photo is resized to before it is cut or padded."""
    if fit == "squash":
        return height_px, width_px
    ratios = height_px / height, width_px / width
    if fit in PADDING:
        ratio = min(ratios)
        return min(height_px, max(1, round(height * ratio))), min(width_px, max(1, round(width * ratio)))
    ratio = max(ratios) * (CROP_MARGIN if fit == "crop-256" else 1)
    return max(height_px, round(height * ratio)), max(width_px, round(width * ratio))


def resize(photo: Uint8Array, height_px: int, width_px: int, interpolation: Interpolation) -> Uint8Array:
    """Return (height_px, width_px, C) uint8 of (H, W, C) uint8."""
    height, width, channels = photo.shape
    if (height, width) == (height_px, width_px):
        return photo
    if interpolation in _PILLOW:
        # in two steps: Pillow 13 begins with the columns of tall photos, earlier ones with the rows of all
        across_done = Image.fromarray(photo).resize((width_px, height), _PILLOW[interpolation])
        return np.asarray(across_done.resize((width_px, height_px), _PILLOW[interpolation]))
    if interpolation in _NEAREST:
        rows, columns = (
            np.minimum(((np.arange(out) + _NEAREST[interpolation]) * (length / out)).astype(np.int64), length - 1)
            for length, out in ((height, height_px), (width, width_px))
        )
        return np.asarray(photo[rows][:, columns])
    down, across = weights(height, height_px, interpolation), weights(width, width_px, interpolation)
    rows_done = (down @ photo.reshape(height, -1).astype(np.float32)).reshape(height_px, width, channels)
    done = across @ rows_done  # (height_px, width_px, C)
    return np.asarray(np.clip(np.rint(done), 0, 255), np.uint8)


@lru_cache(maxsize=256)
def weights(length: int, out: int, interpolation: Interpolation) -> Float32Array:
    """Return the weights (out, length) float32 of one axis, rows that sum to 1."""
    ratio = length / out
    outputs, inputs = np.arange(out)[:, None], np.arange(length)[None, :]
    if interpolation == "area" and ratio > 1:
        # OpenCV's INTER_AREA: what share of the output pixel each input pixel covers; enlarging it is bilinear
        covered = np.minimum(inputs + 1, (outputs + 1) * ratio) - np.maximum(inputs, outputs * ratio)
        return _normalised(np.maximum(covered, 0))
    kernel, support = (_cubic, 2.0) if interpolation == "bicubic" else (_triangle, 1.0)
    centres = (outputs + 0.5) * ratio - 0.5
    if support == 1.0:
        centres = np.clip(centres, 0, length - 1)
        return _normalised(kernel(inputs - centres))
    return _with_edges(np.asarray(centres[:, 0], np.float64), length, kernel)


def _with_edges(centres: Float64Array, length: int, kernel: Callable[[Float64Array], Float64Array]) -> Float32Array:
    """Return weights of four taps; what would lie beyond an edge is the edge's pixel, as in OpenCV."""
    first = np.floor(centres).astype(np.int64) - 1
    table = np.zeros((len(centres), length))
    for tap in range(4):
        place = np.clip(first + tap, 0, length - 1)
        np.add.at(table, (np.arange(len(centres)), place), kernel(first + tap - centres))
    return _normalised(table)


def _triangle(x: Float64Array) -> Float64Array:
    return np.asarray(np.maximum(1 - np.abs(x), 0))


def _cubic(x: Float64Array) -> Float64Array:
    a, t = -0.75, np.abs(x)  # OpenCV's; Pillow has -0.5
    near = ((a + 2) * t - (a + 3)) * t * t + 1
    far = ((a * t - 5 * a) * t + 8 * a) * t - 4 * a
    return np.asarray(np.where(t <= 1, near, np.where(t < 2, far, 0)))


def _normalised(table: Float64Array) -> Float32Array:
    return np.asarray(table / table.sum(axis=1, keepdims=True), np.float32)
