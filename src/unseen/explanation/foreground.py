"""Guess which pixels of a photo show its subject, by colour and place.

Colours of the photo's border are background, those around the middle of the box are subject; each pixel goes to the
side whose colours it is nearer to, smoothed. It is for replays, which say so; training's masks are those of `masks/`.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from PIL import Image

from unseen.explanation.pixel_ops import blurred
from unseen.explanation.places import Box
from unseen.records import Float32Array, Uint8Array

SIDE_PX = 96  # at which it is computed
CLUSTERS = 5
LEAST, MOST = 0.03, 0.8  # shares of the photo that a mask may be; another is none
# How far a pixel's place counts beside its colour: squared distance from the box's middle, in grey levels squared.
PLACE_WEIGHT = 900.0


class CutBy(StrEnum):
    """What tells subject from background."""

    MASK = "mask"
    BOX = "box"


@dataclass(frozen=True, slots=True)
class Foreground:
    """alpha: (H, W) float32, 1 on the subject. by: what it is made of."""

    alpha: Float32Array
    by: CutBy


def find_foreground(photo: Uint8Array, box: Box | None) -> Foreground:
    """Return the subject of a photo (H, W, 3); box: left, top, right, bottom in shares, the middle where `None`."""
    height, width = photo.shape[:2]
    edges = box or (0.15, 0.15, 0.85, 0.85)
    small = np.asarray(Image.fromarray(photo).resize((SIDE_PX, SIDE_PX), Image.Resampling.BILINEAR))
    alpha = _by_colour(small, edges)
    by = CutBy.MASK if LEAST < alpha.mean() < MOST else CutBy.BOX
    if by is CutBy.BOX:
        alpha = _box_alpha(edges)
    whole = Image.fromarray((alpha * 255).astype(np.uint8)).resize((width, height), Image.Resampling.BILINEAR)
    return Foreground(np.asarray(whole, np.float32) / np.float32(255), by)


def _grid() -> tuple[Float32Array, Float32Array]:
    steps = ((np.arange(SIDE_PX) + 0.5) / SIDE_PX).astype(np.float32)
    return steps[None, :], steps[:, None]


def _box_alpha(box: Box) -> Float32Array:
    x, y = _grid()
    inside: Float32Array = ((x >= box[0]) & (x <= box[2]) & (y >= box[1]) & (y <= box[3])).astype(np.float32)
    return inside


def _by_colour(small: Uint8Array, box: Box) -> Float32Array:
    x, y = _grid()
    middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    half = max((box[2] - box[0]) / 2, 0.02), max((box[3] - box[1]) / 2, 0.02)
    away = ((x - middle[0]) / half[0]) ** 2 + ((y - middle[1]) / half[1]) ** 2
    colours = small.astype(np.float32)
    core = away < 0.3**2
    edge = (np.minimum(x, 1 - x) < 0.06) | (np.minimum(y, 1 - y) < 0.06) | (away > 1.6**2)
    edge &= away > 0.9**2
    if core.sum() < 8 or edge.sum() < 8:
        return _box_alpha(box)
    # an arm leaves by the border: border colours that are the core's are no background
    subject = _centres(colours[core], 3)
    ground = _centres(colours[edge], CLUSTERS)
    apart = _nearest(ground, subject)
    ground = ground[apart > min(400.0, float(apart.max()) / 2)]
    if not len(ground):
        return _box_alpha(box)
    flat = colours.reshape(-1, 3)
    margin = (_nearest(flat, ground) - _nearest(flat, subject)).reshape(SIDE_PX, SIDE_PX)
    margin -= PLACE_WEIGHT * np.maximum(away - 1, 0)
    soft = (1 / (1 + np.exp(-(margin / 300).clip(-30, 30)))).astype(np.float32)
    smooth = blurred(np.dstack([(soft * 255).astype(np.uint8)] * 3), 1.5)[..., 0] / np.float32(255)
    sure: Float32Array = ((smooth - 0.35) / 0.3).clip(0, 1).astype(np.float32)
    return sure


def _centres(colours: Float32Array, clusters: int) -> Float32Array:
    """Return means of k-means begun at evenly spread brightnesses: the same every time."""
    order = colours[np.argsort(colours.sum(axis=1), kind="stable")]
    centres: Float32Array = order[np.linspace(0, len(order) - 1, clusters + 2).astype(int)[1:-1]]
    for _ in range(6):
        nearest = _apart(colours, centres).argmin(axis=1)
        kept = [colours[nearest == i].mean(axis=0) for i in range(len(centres)) if (nearest == i).any()]
        centres = np.stack(kept).astype(np.float32)
    return centres


def _nearest(colours: Float32Array, centres: Float32Array) -> Float32Array:
    squared: Float32Array = _apart(colours, centres).min(axis=1)
    return squared


def _apart(colours: Float32Array, centres: Float32Array) -> Float32Array:
    """Return squared distances (N, K); by products: differences of all pairs take four times as long."""
    squared = (colours**2).sum(axis=1)[:, None] - 2 * colours @ centres.T + (centres**2).sum(axis=1)
    return np.asarray(squared, np.float32)
