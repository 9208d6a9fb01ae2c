"""Find the foreground of a photo taken before even white, as shops show their goods: all that white does not reach."""

import cv2
import numpy as np

from unseen.masks.backdrop import DOT, Backdrop
from unseen.masks.mask import MIN_CONFIDENCE, Mask
from unseen.masks.mask_cleanup import drop_specks
from unseen.records import BoolArray, Float32Array

# Lab units: what JPEG leaves of white; a wall in a room is less even, or less white.
WHITEST, MOST_CHROMA, MOST_NOISE = 90.0, 5.0, 1.6
LEAST_EDGE = 0.5  # share of the photo's edge that is white
REACH = 4.0  # Lab units from white that are white still; a grey product is farther, its shadow is kept with it
WHOLE = 16.0  # and from which on a pixel at the edge is no mixture with white
EDGE_PX = 2
AREA = (0.02, 0.95)  # of the photo


def is_studio(backdrop: Backdrop) -> bool:
    """Say whether the main layer of `backdrop` is the even white of a studio."""
    light = float(np.median(backdrop.layers[0][::8, ::8, 0])) - 16
    return (
        light >= WHITEST
        and backdrop.chroma <= MOST_CHROMA
        and backdrop.noises[0] <= MOST_NOISE
        and backdrop.support >= LEAST_EDGE
    )


def studio_mask(lab: Float32Array, backdrop: Backdrop) -> Mask | None:
    """Return the mask of (H, W, 3) `lab` before an even white `backdrop`; `None` where hardly anything is before it.

    It may lose a white part of a product that ends without an edge. That is no harm to what it is made for: the product
    on another background; nothing is known of its shape that a photo of it there would not hide as well.
    """
    off = np.asarray(cv2.GaussianBlur(lab, (0, 0), 0.7), np.float32) - backdrop.layers[0]
    distance = np.sqrt(np.einsum(DOT, off, off))
    mask = drop_specks(~_reached(distance <= REACH))
    if not AREA[0] <= mask.mean() <= AREA[1]:
        return None
    inside = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=EDGE_PX) > 0
    alpha = np.where(inside, 1, np.clip(distance / WHOLE, 0, 1)) * mask
    return Mask.of(np.asarray(alpha, np.float32), MIN_CONFIDENCE, "studio")


def _reached(free: BoolArray) -> BoolArray:
    """Return the part of `free` (H, W) bool that is connected with the edge of the photo."""
    _, labels = cv2.connectedComponents(free.astype(np.uint8), connectivity=4)
    edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    return np.asarray(np.isin(labels, edge[edge > 0]), np.bool_)
