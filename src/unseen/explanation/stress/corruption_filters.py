"""Filters that the published corruptions are made of, whole arrays at a time.

Values are float32 in 0..1, (H, W) or (H, W, C). Motion blur is ImageMagick's, zoom SciPy's, as the published code calls
them.
"""

import numpy as np

from unseen.records import Float32Array, Float64Array, Int64Array


def reflected(length: int, positions: Int64Array, mirror_edge: bool = True) -> Int64Array:
    """Return positions beyond an axis mirrored into it; mirror_edge: with the edge pixel twice."""
    period = max(2 * length if mirror_edge else 2 * (length - 1), 1)
    folded = positions % period
    return np.asarray(np.where(folded < length, folded, period - (1 if mirror_edge else 0) - folded), np.int64)


def gaussian(values: Float32Array, sigma: float, truncate: float = 4.0, nearest: bool = False) -> Float32Array:
    """Blur along both axes as `scipy.ndimage.gaussian_filter`: a matrix for each, so any width costs the same."""
    down = _gaussian_matrix(values.shape[0], sigma, truncate, nearest)
    across = _gaussian_matrix(values.shape[1], sigma, truncate, nearest)
    blurred: Float32Array = np.tensordot(down, values, (1, 0))
    out: Float32Array = np.moveaxis(np.tensordot(across, blurred, (1, 1)), 0, 1).astype(np.float32)
    return out


def _gaussian_matrix(length: int, sigma: float, truncate: float, nearest: bool) -> Float32Array:
    reach = int(truncate * sigma + 0.5)
    steps = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 * (steps / sigma) ** 2)
    weights /= weights.sum()
    at = np.arange(length)[:, None] + steps
    sources = at.clip(0, length - 1) if nearest else reflected(length, at)
    matrix = np.zeros((length, length))
    np.add.at(matrix, (np.arange(length)[:, None], sources), weights)
    return matrix.astype(np.float32)


def correlate(values: Float32Array, kernel: Float32Array) -> Float32Array:
    """Filter (H, W, C) with a small kernel, edges mirrored without the edge pixel, as `cv2.filter2D`; by FFT."""
    height, width = values.shape[:2]
    reach = kernel.shape[0] // 2
    rows = reflected(height, np.arange(-reach, height + reach), mirror_edge=False)
    columns = reflected(width, np.arange(-reach, width + reach), mirror_edge=False)
    padded = values[rows[:, None], columns]
    spectrum = np.fft.rfft2(padded, axes=(0, 1))
    turned = np.fft.rfft2(kernel[::-1, ::-1], s=padded.shape[:2])
    full = np.fft.irfft2(spectrum * turned[..., None], s=padded.shape[:2], axes=(0, 1))
    out: Float32Array = full[2 * reach : 2 * reach + height, 2 * reach : 2 * reach + width].astype(np.float32)
    return out


def motion(values: Float32Array, radius: float, sigma: float, degrees: float) -> Float32Array:
    """Blur along a direction as ImageMagick's `-motion-blur` does: half a Gaussian, edges repeated."""
    width = 2 * int(np.ceil(radius)) + 1
    steps = np.arange(width)
    weights = np.exp(-(steps**2) / (2 * sigma**2))
    weights /= weights.sum()
    angle = np.deg2rad(degrees)
    across = np.ceil(steps * np.cos(angle) - 0.5).astype(int)
    down = np.ceil(steps * np.sin(angle) - 0.5).astype(int)
    padded = np.pad(values, [(width, width), (width, width)] + [(0, 0)] * (values.ndim - 2), mode="edge")
    out = np.zeros_like(values, dtype=np.float32)
    height, length = values.shape[:2]
    for weight, x, y in zip(weights.astype(np.float32), across.tolist(), down.tolist(), strict=True):
        out += weight * padded[width + y : width + y + height, width + x : width + x + length]
    return out


def zoomed(values: Float32Array, factor: float) -> Float32Array:
    """Return the middle of (H, W, ...) enlarged to the same size, as `scipy.ndimage.zoom` of order 1 and a trim."""
    height, width = values.shape[:2]
    rows, columns = (int(np.ceil(length / factor)) for length in (height, width))
    top, left = (height - rows) // 2, (width - columns) // 2
    cut = values[top : top + rows, left : left + columns]
    large = _stretch(_stretch(cut, round(rows * factor), 0), round(columns * factor), 1)
    top, left = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
    return large[max(top, 0) : max(top, 0) + height, max(left, 0) : max(left, 0) + width]


def _stretch(values: Float32Array, length: int, axis: int) -> Float32Array:
    """Return one axis at another length, its ends on its ends, linear between."""
    at = np.linspace(0, values.shape[axis] - 1, max(length, 1))
    low = np.floor(at).astype(int).clip(0, max(values.shape[axis] - 2, 0))
    share = (at - low).astype(np.float32).reshape([-1 if i == axis else 1 for i in range(values.ndim)])
    high = np.minimum(low + 1, values.shape[axis] - 1)
    out: Float32Array = values.take(low, axis) * (1 - share) + values.take(high, axis) * share
    return out


def sample(values: Float32Array, rows: Float32Array, columns: Float32Array, mirror_edge: bool = True) -> Float32Array:
    """Return (H, W, C) at places (H, W), linear between pixels, mirrored beyond."""
    top, left = np.floor(rows).astype(np.int64), np.floor(columns).astype(np.int64)
    down, across = (rows - top)[..., None], (columns - left)[..., None]
    height, width = values.shape[:2]
    y = [reflected(height, top + i, mirror_edge) for i in (0, 1)]
    x = [reflected(width, left + i, mirror_edge) for i in (0, 1)]
    upper = values[y[0], x[0]] * (1 - across) + values[y[0], x[1]] * across
    lower = values[y[1], x[0]] * (1 - across) + values[y[1], x[1]] * across
    out: Float32Array = (upper * (1 - down) + lower * down).astype(np.float32)
    return out


def plasma(side: int, decay: float, rng: np.random.Generator) -> Float32Array:
    """Return a cloud (side, side), a power of 2, in 0..1 by the diamond-square algorithm, wrapped around."""
    field = np.zeros((side, side))
    step, wobble = side, 100.0

    def mean(total: Float64Array) -> Float64Array:
        return np.asarray(total / 4 + wobble * rng.uniform(-1, 1, total.shape), np.float64)

    while step >= 2:
        half = step // 2
        corners = field[0:side:step, 0:side:step]
        squares = corners + np.roll(corners, -1, axis=0)
        field[half:side:step, half:side:step] = mean(squares + np.roll(squares, -1, axis=1))
        centres = field[half:side:step, half:side:step]
        corners = field[0:side:step, 0:side:step]
        field[0:side:step, half:side:step] = mean(
            centres + np.roll(centres, 1, axis=0) + corners + np.roll(corners, -1, axis=1)
        )
        field[half:side:step, 0:side:step] = mean(
            centres + np.roll(centres, 1, axis=1) + corners + np.roll(corners, -1, axis=0)
        )
        step, wobble = half, wobble / decay
    field -= field.min()
    out: Float32Array = (field / max(float(field.max()), 1e-9)).astype(np.float32)
    return out
