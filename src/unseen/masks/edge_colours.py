"""Replace the backdrop's colour at the edge of a mask by the foreground's own."""

import cv2
import numpy as np

from unseen.masks.refine import nearest_colour
from unseen.records import BoolArray, Float32Array, Uint8Array

MARGIN_PX = 3  # beyond the edge that is filled too: resampling mixes a pixel with its neighbours
INNER_PX = 1  # inside the edge that the camera mixed with the backdrop
COLOURED = 40.0  # grey levels from grey; a wall less coloured leaves no tint that shows
TYPICAL = 60  # percentile of the tint of the foreground's inside; what is above it, and the slack, is spill
SLACK = 6.0  # grey levels


def without_spill(rgb: Uint8Array, alpha: Uint8Array) -> Uint8Array:
    """Return (H, W, 3) uint8 with the foreground's colours under and just beyond its soft edge.

    alpha: (H, W) uint8. Light that a coloured backdrop throws on the foreground (green felt on the side of a finger) is
    taken out; what lies more than `MARGIN_PX` outside keeps its colour.
    """
    solid = (alpha == 255).astype(np.uint8)
    if solid.all() or not solid.any():
        return rgb
    left, top, width, height = cv2.boundingRect((alpha > 0).astype(np.uint8))
    grown = MARGIN_PX + 1
    box = (
        slice(max(0, top - grown), top + height + grown),
        slice(max(0, left - grown), left + width + grown),
    )
    square = np.ones((3, 3), np.uint8)
    core = cv2.erode(solid, square, iterations=INNER_PX)[box] > 0
    if not core.any():
        core = solid[box] > 0
    touched = cv2.dilate((alpha[box] > 0).astype(np.uint8), square, iterations=MARGIN_PX) > 0
    colours = rgb[box].astype(np.float32)
    tint = _tint(rgb, alpha)
    if tint is not None:
        colours = _untinted(colours, tint, core)
    edge = touched & ~core
    colours[edge] = nearest_colour(colours, core, edge)
    filled = rgb.copy()
    filled[box][touched] = np.clip(colours[touched] + 0.5, 0, 255).astype(np.uint8)
    return filled


def _tint(rgb: Uint8Array, alpha: Uint8Array) -> Float32Array | None:
    """Return the backdrop's colour less its grey as a unit vector (3,), `None` where it has none to speak of."""
    behind = rgb[::4, ::4][alpha[::4, ::4] == 0].astype(np.float32)
    if len(behind) < 20:
        return None
    colour = behind.mean(axis=0)
    colour -= colour.mean()
    size = float(np.linalg.norm(colour))
    return colour / size if size >= COLOURED else None


def _untinted(colours: Float32Array, tint: Float32Array, core: BoolArray) -> Float32Array:
    """Lower the share of `tint` in (h, w, 3) `colours` to what is typical of `core`, (h, w) bool."""
    share = colours @ tint  # the grey part drops out: `tint` sums to 0
    most = float(np.percentile(share[core][::3], TYPICAL)) + SLACK
    return np.asarray(colours - np.maximum(share - most, 0)[..., None] * tint, np.float32)
