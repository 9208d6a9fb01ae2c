"""The 15 corruptions of Hendrycks and Dietterich in 5 severities, by their formulas.

"Benchmarking neural network robustness to common corruptions and perturbations", ICLR 2019, arXiv:1903.12261; numbers
from their code for ImageNet-C. Two things differ: photos may have any size, and frost is drawn, for their six pictures
of it may not be passed on. Pixels in and out are (H, W, 3) uint8.
"""

import io
from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image

from unseen.explanation.pixel_ops import to_bytes
from unseen.explanation.stress.corruption_filters import correlate, gaussian, motion, plasma, sample, zoomed
from unseen.records import Float32Array, Int64Array, Uint8Array

SEVERITIES = (1, 2, 3, 4, 5)
ELASTIC_PX = 244  # as in their code
Corrupt = Callable[[Float32Array, int, np.random.Generator], Float32Array]


def corrupt(photo: Uint8Array, name: str, severity: int, seed: int = 0) -> Uint8Array:
    """Return a photo corrupted by `CORRUPTIONS[name]` at severity 1 to 5; the same seed gives the same photo."""
    values = photo.astype(np.float32) / np.float32(255)
    corrupted = CORRUPTIONS[name](np.asarray(values, np.float32), severity - 1, np.random.default_rng(seed))
    return to_bytes(corrupted.clip(0, 1) * np.float32(255))


def _gaussian_noise(x: Float32Array, s: int, rng: np.random.Generator) -> Float32Array:
    return x + (0.08, 0.12, 0.18, 0.26, 0.38)[s] * rng.standard_normal(x.shape, np.float32)


def _shot_noise(x: Float32Array, s: int, rng: np.random.Generator) -> Float32Array:
    photons = (60, 25, 12, 5, 3)[s]
    return (rng.poisson(x * photons) / photons).astype(np.float32)


def _impulse_noise(x: Float32Array, s: int, rng: np.random.Generator) -> Float32Array:
    hit = rng.random(x.shape, np.float32) < (0.03, 0.06, 0.09, 0.17, 0.27)[s]
    return np.where(hit, (rng.random(x.shape, np.float32) < 0.5).astype(np.float32), x)


def disk(radius: int, alias_sigma: float) -> Float32Array:
    """Return the kernel of a lens out of focus, its edge softened."""
    reach, size = (8, 3) if radius <= 8 else (radius, 5)
    steps = np.arange(-reach, reach + 1)
    inside = (steps[:, None] ** 2 + steps[None] ** 2 <= radius**2).astype(np.float64)
    inside /= inside.sum()
    soft = np.exp(-((np.arange(size) - size // 2) ** 2) / (2 * alias_sigma**2))
    soft /= soft.sum()
    padded = np.pad(inside, size // 2, mode="reflect")
    rows = sum(w * padded[i : i + len(inside)] for i, w in enumerate(soft))
    kernel: Float32Array = sum(w * rows[:, i : i + len(inside)] for i, w in enumerate(soft))
    return np.asarray(kernel, np.float32)


def _defocus_blur(x: Float32Array, s: int, _: np.random.Generator) -> Float32Array:
    return correlate(x, disk(*((3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5))[s]))


def _glass_blur(x: Float32Array, s: int, rng: np.random.Generator) -> Float32Array:
    sigma, reach, rounds = ((0.7, 1, 2), (0.9, 2, 1), (1, 2, 3), (1.1, 3, 2), (1.5, 4, 2))[s]
    pixels = np.asarray(np.floor(gaussian(x, sigma, nearest=True) * 255) / 255, np.float32)
    flat = pixels.reshape(-1, 3)
    for _ in range(rounds):
        moves = rng.integers(-reach, reach, (*x.shape[:2], 2))
        flat = flat[glass_sources(moves, reach)]
    return gaussian(flat.reshape(x.shape), sigma, nearest=True)


def glass_sources(moves: Int64Array, reach: int) -> Int64Array:
    """Return where each pixel comes from, (H * W,), after their loop: from the last pixel to the first, each takes the
    value of the pixel `moves` (H, W, 2: across, down) away, which may have been replaced before.

    Their exchange of two array rows copies one over the other; so it is here. Chains of replaced pixels are followed by
    jumping twice as far each time.
    """
    height, width = moves.shape[:2]
    y, x = np.mgrid[:height, :width]
    inside = (y > reach) & (y <= height - reach) & (x > reach) & (x <= width - reach)
    own = y * width + x
    to_y, to_x = y + moves[..., 1], x + moves[..., 0]
    inside &= (to_y >= 0) & (to_y < height) & (to_x >= 0) & (to_x < width)
    target = np.where(inside, to_y * width + to_x, own).ravel()
    own = own.ravel()
    # a pixel after this one in the photo was replaced before it: its value is where that one's came from
    replaced = target > own
    jump = np.where(replaced, target, own)  # the end of a chain is a pixel that takes an untouched one
    while not np.array_equal(further := jump[jump], jump):
        jump = further
    sources: Int64Array = target[jump]
    return sources


def _motion_blur(x: Float32Array, s: int, rng: np.random.Generator) -> Float32Array:
    return motion(x, *((10, 3), (15, 5), (15, 8), (15, 12), (20, 15))[s], rng.uniform(-45, 45))


def _zoom_blur(x: Float32Array, s: int, _: np.random.Generator) -> Float32Array:
    stop, step = ((1.11, 0.01), (1.16, 0.01), (1.21, 0.02), (1.26, 0.02), (1.31, 0.03))[s]
    factors = np.arange(1, stop, step).tolist()
    total = x.copy()
    for factor in factors:
        total += zoomed(x, factor)
    return total / np.float32(len(factors) + 1)


def _snow(x: Float32Array, s: int, rng: np.random.Generator) -> Float32Array:
    mean, spread, zoom, least, radius, sigma, keep = (
        (0.1, 0.3, 3, 0.5, 10, 4, 0.8), (0.2, 0.3, 2, 0.5, 12, 4, 0.7), (0.55, 0.3, 4, 0.9, 12, 8, 0.7),
        (0.55, 0.3, 4.5, 0.85, 12, 8, 0.65), (0.55, 0.3, 2.5, 0.85, 12, 12, 0.55),
    )[s]  # fmt: skip
    layer = zoomed(rng.normal(mean, spread, x.shape[:2]).astype(np.float32), zoom)
    layer = np.where(layer < least, 0, layer).clip(0, 1)
    layer = motion(layer, radius, sigma, rng.uniform(-135, -45))[..., None]
    light = x @ np.array([0.299, 0.587, 0.114], np.float32)
    white = keep * x + (1 - keep) * np.maximum(x, light[..., None] * 1.5 + 0.5)
    return np.asarray(white + layer + layer[::-1, ::-1], np.float32)


def _frost(x: Float32Array, s: int, rng: np.random.Generator) -> Float32Array:
    keep, frost = ((1, 0.4), (0.8, 0.6), (0.7, 0.7), (0.65, 0.7), (0.6, 0.75))[s]
    side = _power_of_two(x)
    ice = np.abs(plasma(side, 1.6, rng) - 0.5) * 2  # ridges, as ice grows in
    ice = (ice[: x.shape[0], : x.shape[1], None] ** 1.5) * np.array([0.85, 0.93, 1.0], np.float32)
    return np.asarray(keep * x + frost * ice, np.float32)


def _fog(x: Float32Array, s: int, rng: np.random.Generator) -> Float32Array:
    amount, decay = ((1.5, 2), (2, 2), (2.5, 1.7), (2.5, 1.5), (3, 1.4))[s]
    most = float(x.max())
    cloud = plasma(_power_of_two(x), decay, rng)[: x.shape[0], : x.shape[1], None]
    return np.asarray((x + amount * cloud) * most / (most + amount), np.float32)


def _power_of_two(x: Float32Array) -> int:
    return int(2 ** np.ceil(np.log2(max(x.shape[:2]))))


def _brightness(x: Float32Array, s: int, _: np.random.Generator) -> Float32Array:
    # value of HSV: all channels in proportion
    value = x.max(axis=2, keepdims=True)
    raised = np.clip(value + (0.1, 0.2, 0.3, 0.4, 0.5)[s], 0, 1)
    return np.asarray(np.where(value > 0, x * raised / np.maximum(value, 1e-6), raised), np.float32)


def _contrast(x: Float32Array, s: int, _: np.random.Generator) -> Float32Array:
    means = x.mean(axis=(0, 1), keepdims=True)
    return np.asarray((x - means) * (0.4, 0.3, 0.2, 0.1, 0.05)[s] + means, np.float32)


def _elastic_transform(x: Float32Array, s: int, rng: np.random.Generator) -> Float32Array:
    amount, sigma, shift = (
        (2, 0.7, 0.1), (2, 0.08, 0.2), (0.05, 0.01, 0.02), (0.07, 0.01, 0.02), (0.12, 0.01, 0.02),
    )[s]  # fmt: skip
    height, width = x.shape[:2]
    centre, size = np.array([width, height]) // 2, min(height, width) // 3
    before = np.array([centre + size, [centre[0] + size, centre[1] - size], centre - size], np.float64)
    after = before + rng.uniform(-shift * ELASTIC_PX, shift * ELASTIC_PX, before.shape)
    back = np.linalg.solve(np.column_stack([after, np.ones(3)]), before)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    x_at = back[0, 0] * columns + back[1, 0] * rows + back[2, 0]
    y_at = back[0, 1] * columns + back[1, 1] * rows + back[2, 1]
    moved = sample(x, y_at, x_at, mirror_edge=False)
    dx, dy = (
        gaussian(rng.uniform(-1, 1, (height, width)).astype(np.float32), sigma * ELASTIC_PX, truncate=3)
        * np.float32(amount * ELASTIC_PX)
        for _ in range(2)
    )
    return sample(moved, rows + dy, columns + dx)


def _pixelate(x: Float32Array, s: int, _: np.random.Generator) -> Float32Array:
    share = (0.6, 0.5, 0.4, 0.3, 0.25)[s]
    image = Image.fromarray(to_bytes(x * 255))
    small = image.resize((max(1, int(image.width * share)), max(1, int(image.height * share))), Image.Resampling.BOX)
    return np.asarray(small.resize(image.size, Image.Resampling.BOX), np.float32) / np.float32(255)


def _jpeg_compression(x: Float32Array, s: int, _: np.random.Generator) -> Float32Array:
    stream = io.BytesIO()
    Image.fromarray(to_bytes(x * 255)).save(stream, "JPEG", quality=(25, 18, 15, 10, 7)[s])
    return np.asarray(Image.open(stream), np.float32) / np.float32(255)


CORRUPTIONS: Mapping[str, Corrupt] = {
    "gaussian noise": _gaussian_noise,
    "shot noise": _shot_noise,
    "impulse noise": _impulse_noise,
    "defocus blur": _defocus_blur,
    "glass blur": _glass_blur,
    "motion blur": _motion_blur,
    "zoom blur": _zoom_blur,
    "snow": _snow,
    "frost": _frost,
    "fog": _fog,
    "brightness": _brightness,
    "contrast": _contrast,
    "elastic transform": _elastic_transform,
    "pixelate": _pixelate,
    "JPEG compression": _jpeg_compression,
}
