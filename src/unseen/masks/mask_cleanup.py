"""Clean masks: remove specks and threads, fill false holes, choose the one region that is the foreground."""

import cv2
import numpy as np

from unseen.records import BoolArray, Float32Array

SPECK = 0.0006  # of the photo: regions and holes below it are noise
THREAD = 0.018  # of the short side, half the width of what is too thin for a finger
HOLE_PERCENTILE = 20  # of the distance from the backdrop in a hole: its rim is a mixture


def drop_specks(mask: BoolArray) -> BoolArray:
    """Return `mask` without regions smaller than a speck."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    keep = stats[:, cv2.CC_STAT_AREA] >= SPECK * mask.size
    keep[0] = False
    return np.asarray(keep[labels], np.bool_) if count > 1 else mask


def drop_threads(mask: BoolArray) -> BoolArray:
    """Return `mask` without what is thinner than a finger can be: joints of tiles, cables, edges of furniture."""
    reach = max(1, round(THREAD * min(mask.shape)))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    solid, margin = mask.astype(np.uint8), 4 * reach
    # Replicated: at the edge of the photo a finger must not count as thin because it is cut there.
    wide = cv2.copyMakeBorder(solid, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
    opened = cv2.dilate(cv2.morphologyEx(wide, cv2.MORPH_OPEN, disc), np.ones((3, 3), np.uint8))
    return np.asarray(mask & (opened[margin:-margin, margin:-margin] > 0), np.bool_)


def fill_holes(mask: BoolArray, distance: Float32Array, low: float) -> BoolArray:
    """Return `mask` with holes filled that are specks, or in which `distance` does not come down to `low`."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((~mask).astype(np.uint8), connectivity=4)
    filled = mask.copy()
    height, width = mask.shape
    for hole in range(1, count):
        left, top, wide, high, area = stats[hole].tolist()
        if left == 0 or top == 0 or left + wide == width or top + high == height:
            continue
        box = (slice(top, top + high), slice(left, left + wide))
        here = labels[box] == hole
        if area < max(5, SPECK / 2 * mask.size) or np.percentile(distance[box][here], HOLE_PERCENTILE) > low:
            filled[box][here] = True
    return filled


def skin_like(lab: Float32Array) -> BoolArray:
    """Say which pixels of (H, W, 3) (L + 16, a, b) could be skin of any shade: a hint, since wood can too."""
    red, yellow = lab[..., 1], lab[..., 2]
    square = red * red + yellow * yellow
    # Hue between 0 (pink) and 85 degrees (yellow), without an arctangent.
    return np.asarray((yellow > 0) & (red > 0.087 * yellow) & (square > 6.0**2) & (square < 60.0**2), np.bool_)


def main_region(mask: BoolArray, lab: Float32Array) -> BoolArray:
    """Return the region that is the foreground: large, central and skin-like ones count for more."""
    count, labels, stats, centres = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    if count <= 1:
        return mask
    height, width = mask.shape
    skin = np.bincount(labels.ravel(), weights=skin_like(lab).ravel(), minlength=count)
    areas = np.maximum(stats[:, cv2.CC_STAT_AREA], 1).astype(np.float64)
    off = np.hypot(centres[:, 0] / width - 0.5, centres[:, 1] / height - 0.5)
    weight = areas * (0.5 + skin / areas) * (1.2 - off)
    weight[0] = 0
    return np.asarray(labels == int(weight.argmax()), np.bool_)


def largest_region(mask: BoolArray) -> BoolArray:
    """Return the largest region of `mask` alone."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    return np.asarray(labels == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax()), np.bool_) if count > 1 else mask


def free_square(taken: BoolArray) -> tuple[slice, slice]:
    """Return rows and columns of the largest square of (H, W) bool in which nothing is taken; empty where all is."""
    reach = cv2.distanceTransform(np.pad((~taken).astype(np.uint8), 1), cv2.DIST_C, 3)[1:-1, 1:-1]
    row, column = (int(place) for place in np.unravel_index(int(reach.argmax()), reach.shape))
    half = int(reach[row, column]) - 1
    return slice(row - half, row + half + 1), slice(column - half, column + half + 1)
