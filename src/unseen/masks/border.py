"""Fit the backdrop that the edge of a photo shows as a smooth surface in Lab.

The foreground may enter from a side: what the surface does not explain is left out of the fit step by step.
"""

from functools import lru_cache

import cv2
import numpy as np

from unseen.masks.backdrop import DOT, MIN_NOISE, Backdrop, layer_distance
from unseen.records import BoolArray, Float32Array

STRIP = 0.045  # of the short side: how wide the edge is taken
ANNEALED = (30.0, 18.0, 12.0, 8.0, 8.0)  # Lab units: scale of the robust fit, step by step
GROWN = 3  # refits on all of the photo that the surface explains
INLIER = 3.5  # times the noise
FIT_POINTS_PX = 3  # every third pixel is enough for six coefficients
MARGIN = np.float32(15.0)  # Lab units: how far the surface may go beyond the colours of the edge
SIMILAR = 9.0  # Lab units: how near two pixels of one wall are
MAX_LAYERS = 3
ENOUGH = 0.72  # share of the edge that one layer explains; then no other is looked for
MIN_LAYER = 0.08  # of the edge


def strip_of(height: int, width: int) -> BoolArray:
    """Return (H, W) bool, true on the edge of the photo."""
    wide = max(2, round(STRIP * min(height, width)))
    strip = np.ones((height, width), np.bool_)
    strip[wide : height - wide, wide : width - wide] = False
    return strip


def border_backdrop(lab: Float32Array) -> Backdrop:
    """Return the backdrop that the edge of (H, W, 3) `lab` shows, of one to three layers."""
    height, width = lab.shape[:2]
    smooth = np.asarray(cv2.GaussianBlur(lab, (0, 0), 1.0), np.float32)
    strip = strip_of(height, width)
    basis = _basis(height, width)
    layers: list[Float32Array] = []
    free = strip.copy()
    noises: list[float] = []
    while len(layers) < MAX_LAYERS and free.sum() >= MIN_LAYER * strip.sum():
        layer, spread = _surface(smooth, basis, free, first=not layers)
        held = free.copy()
        held[free] = layer_distance(smooth[free], layer[free])[0] < max(INLIER * spread, 5.0)
        if held.sum() < MIN_LAYER * strip.sum():
            break
        layers.append(layer)
        noises.append(spread)
        free &= ~held
        if free.sum() < (1 - ENOUGH) * strip.sum():
            break
    if not layers:
        layers.append(np.broadcast_to(np.median(smooth[strip], axis=0), lab.shape).astype(np.float32))
        noises.append(MIN_NOISE)
    return Backdrop(tuple(layers), tuple(noises), 1 - float(free.sum() / strip.sum()))


@lru_cache(maxsize=8)
def _basis(height: int, width: int) -> Float32Array:
    """Return the terms 1, x, y, xx, xy, yy of x, y in [-1, 1], (H, W, 6): light that falls off over a wall."""
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).astype(np.float32)


def _surface(lab: Float32Array, basis: Float32Array, free: BoolArray, first: bool) -> tuple[Float32Array, float]:
    """Fit a surface to the pixels of `free`, then to all that it explains; return it and its typical error."""
    points, terms = lab[free], basis[free]
    start = _mode(points)
    # A plane first: with six terms an arm at one side would bend the surface to itself.
    weights = _weights(points - start, ANNEALED[0])
    fitted = np.zeros((6, 3), np.float32)
    for scale in ANNEALED:
        fitted[:3] = _solve(terms[:, :3], points, weights)
        weights = _weights(points - terms @ fitted, scale)
    spread = _typical(layer_distance(points, terms @ fitted)[0])
    if first:
        coarse = (slice(FIT_POINTS_PX // 2, None, FIT_POINTS_PX),) * 2
        for _ in range(GROWN):
            near = layer_distance(lab[coarse], basis[coarse] @ fitted)[0] < max(2.5 * spread, 4.0)
            if near.sum() < 60:
                break
            fitted = _solve(basis[coarse][near], lab[coarse][near], np.ones(int(near.sum()), np.float32))
        spread = _typical(layer_distance(points, terms @ fitted)[0])
    layer = np.asarray(basis @ fitted, np.float32)
    for plane, colour in zip(np.moveaxis(layer, -1, 0), points.T, strict=True):  # all at once takes six times as long
        np.clip(plane, colour.min() - MARGIN, colour.max() + MARGIN, out=plane)
    return layer, spread


def _mode(points: Float32Array) -> Float32Array:
    """Return the colour that most of `points` (n, 3) have near them, of about 100 of them."""
    sample = points[:: max(1, len(points) // 100)]
    off = sample[:, None] - sample[None]
    near = np.exp(-np.einsum(DOT, off, off) / (2 * SIMILAR**2)).sum(axis=1)
    return np.asarray(sample[near.argmax()], np.float32)


def _weights(errors: Float32Array, scale: float) -> Float32Array:
    """Return the weights of Tukey's biweight, (n,)."""
    share = np.clip(1 - np.einsum(DOT, errors, errors) / (2 * scale) ** 2, 0, 1)
    return np.asarray(share**2, np.float32)


def _solve(terms: Float32Array, points: Float32Array, weights: Float32Array) -> Float32Array:
    weighted = terms * weights[:, None]
    ridge = 1e-3 * np.eye(terms.shape[1], dtype=np.float32) * max(1.0, float(weights.sum()))
    ridge[0, 0] = 1e-6
    return np.asarray(np.linalg.solve(weighted.T @ terms + ridge, weighted.T @ points), np.float32)


def _typical(distance: Float32Array) -> float:
    """Return the typical error of the pixels of the edge that are backdrop: of those below 8, the 68th percentile."""
    near = distance[distance < 8.0]
    return max(MIN_NOISE, min(3.0, float(np.percentile(near, 68)))) if len(near) else MIN_NOISE
