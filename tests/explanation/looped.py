"""The corruptions' arithmetic pixel by pixel in plain loops, as the published definitions read."""

import colorsys
from collections.abc import Callable
from math import ceil, floor

import numpy as np

from unseen.records import Float32Array


def by_value(change: Callable[[float, int], float], x: Float32Array) -> Float32Array:
    """Apply `change` to each value and its number."""
    return np.array([change(value, i) for i, value in enumerate(x.ravel().tolist())], np.float32).reshape(x.shape)


def gaussian_noise(x: Float32Array, s: int, rng: np.random.Generator) -> Float32Array:
    drawn = rng.standard_normal(x.shape, np.float32).ravel().tolist()
    return by_value(lambda value, i: value + (0.08, 0.12, 0.18, 0.26, 0.38)[s] * drawn[i], x)


def shot_noise(x: Float32Array, s: int, rng: np.random.Generator) -> Float32Array:
    photons = (60, 25, 12, 5, 3)[s]
    return by_value(lambda value, _: rng.poisson(value * photons) / photons, x)


def impulse_noise(x: Float32Array, s: int, rng: np.random.Generator) -> Float32Array:
    share = (0.03, 0.06, 0.09, 0.17, 0.27)[s]
    hit, salt = (rng.random(x.shape, np.float32).ravel().tolist() for _ in range(2))
    return by_value(lambda value, i: float(salt[i] < 0.5) if hit[i] < np.float32(share) else value, x)


def brightness(x: Float32Array, s: int, _: np.random.Generator) -> Float32Array:
    out = x.copy()
    for row in out:
        for pixel in row:
            hue, saturation, value = colorsys.rgb_to_hsv(*pixel.tolist())
            pixel[:] = colorsys.hsv_to_rgb(hue, saturation, min(value + (0.1, 0.2, 0.3, 0.4, 0.5)[s], 1.0))
    return out


def contrast(x: Float32Array, s: int, _: np.random.Generator) -> Float32Array:
    means = x.reshape(-1, 3).mean(axis=0).tolist()
    return by_value(lambda value, i: (value - means[i % 3]) * (0.4, 0.3, 0.2, 0.1, 0.05)[s] + means[i % 3], x)


def mirrored(place: int, length: int, edge_twice: bool) -> int:
    """Return where a place beyond an axis is found, step by step."""
    while not 0 <= place < length:
        place = (-place - 1 if edge_twice else -place) if place < 0 else 2 * length - place - (1 if edge_twice else 2)
    return place


def correlate(x: Float32Array, kernel: Float32Array) -> Float32Array:
    height, width = x.shape[:2]
    reach, out = len(kernel) // 2, np.zeros_like(x)
    for h in range(height):
        for w in range(width):
            for i in range(len(kernel)):
                for j in range(len(kernel)):
                    at = mirrored(h + i - reach, height, False), mirrored(w + j - reach, width, False)
                    out[h, w] += kernel[i, j] * x[at]
    return out


def gaussian(x: Float32Array, sigma: float) -> Float32Array:
    height, width = x.shape[:2]
    reach = int(4 * sigma + 0.5)
    weights = [float(np.exp(-0.5 * (step / sigma) ** 2)) for step in range(-reach, reach + 1)]
    weights = [weight / sum(weights) for weight in weights]
    down, out = np.zeros_like(x), np.zeros_like(x)
    for h in range(height):
        for w in range(width):
            for step, weight in zip(range(-reach, reach + 1), weights, strict=True):
                down[h, w] += weight * x[mirrored(h + step, height, True), w]
    for h in range(height):
        for w in range(width):
            for step, weight in zip(range(-reach, reach + 1), weights, strict=True):
                out[h, w] += weight * down[h, mirrored(w + step, width, True)]
    return out


def motion(x: Float32Array, radius: float, sigma: float, degrees: float) -> Float32Array:
    height, width = x.shape[:2]
    steps = range(2 * ceil(radius) + 1)
    weights = [float(np.exp(-(step**2) / (2 * sigma**2))) for step in steps]
    angle, out = np.deg2rad(degrees), np.zeros_like(x)
    for h in range(height):
        for w in range(width):
            for step, weight in zip(steps, weights, strict=True):
                across, down = ceil(step * np.cos(angle) - 0.5), ceil(step * np.sin(angle) - 0.5)
                at = min(max(h + down, 0), height - 1), min(max(w + across, 0), width - 1)
                out[h, w] += weight / sum(weights) * x[at]
    return out


def sample(x: Float32Array, rows: Float32Array, columns: Float32Array) -> Float32Array:
    height, width = x.shape[:2]
    out = np.zeros_like(x)
    for h in range(height):
        for w in range(width):
            y, z = float(rows[h, w]), float(columns[h, w])
            for i, down in ((0, 1 - (y - floor(y))), (1, y - floor(y))):
                for j, across in ((0, 1 - (z - floor(z))), (1, z - floor(z))):
                    at = mirrored(floor(y) + i, height, True), mirrored(floor(z) + j, width, True)
                    out[h, w] += down * across * x[at]
    return out


def zoomed(x: Float32Array, factor: float) -> Float32Array:
    height, width = x.shape[:2]
    cut = [ceil(length / factor) for length in (height, width)]
    low = [(length - part) // 2 for length, part in zip((height, width), cut, strict=True)]
    large = [round(part * factor) for part in cut]
    trim = [(big - length) // 2 for big, length in zip(large, (height, width), strict=True)]
    out = np.zeros_like(x)
    for h in range(height):
        for w in range(width):
            y, z = ((place + trim[k]) * (cut[k] - 1) / (large[k] - 1) for k, place in enumerate((h, w)))
            for i, down in ((0, 1 - (y - floor(y))), (1, y - floor(y))):
                for j, across in ((0, 1 - (z - floor(z))), (1, z - floor(z))):
                    at = low[0] + min(floor(y) + i, cut[0] - 1), low[1] + min(floor(z) + j, cut[1] - 1)
                    out[h, w] += down * across * x[at]
    return out
