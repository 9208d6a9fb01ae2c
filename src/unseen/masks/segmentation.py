"""Segment the foreground by its distance from the backdrop, and by GrabCut started from that distance."""

from dataclasses import dataclass

import cv2
import numpy as np

from unseen.masks.backdrop import Backdrop, backdrop_distance
from unseen.masks.grabcut import enlarge, run_grabcut, small_size
from unseen.masks.mask_cleanup import drop_specks, fill_holes, main_region
from unseen.records import BoolArray, Float32Array, Uint8Array

# Distances from the backdrop in Lab units; both grow with its noise. Up to FLOOR a pixel is backdrop, from STRONG on it
# is not.
FLOOR, FLOOR_NOISES = 3.0, 2.2
STRONG, STRONG_NOISES = 7.0, 3.5
# The mask's threshold is this share of the foreground's median distance, at most MAX_THRESHOLD: a black sleeve on felt
# is only 17 away, and a threshold above half of that takes bites out of it.
THRESHOLD, MAX_THRESHOLD = 0.4, 9.0
MIN_FOREGROUND = 0.01  # of the photo
ROUNDS = 2
CLEAR = 30.0  # Lab units: as far from the backdrop as this, one round finds what two find


@dataclass(frozen=True, slots=True)
class Segmentation:
    """A segmented foreground, and what its confidence is judged by.

    mask: (H, W) bool. distance: (H, W) float32, from the backdrop, Lab units. normalised_distance: (H, W) float32, the
    same in the pixel's own light, 1 for a typical pixel of the foreground.
    noise_floor: below this distance a pixel is backdrop. median_distance: of the foreground.
    agreement: IoU of the mask by distance and GrabCut's.
    """

    mask: BoolArray
    distance: Float32Array
    normalised_distance: Float32Array
    noise_floor: float
    median_distance: float
    agreement: float


def segment(rgb: Uint8Array, lab: Float32Array, backdrop: Backdrop) -> Segmentation | None:
    """Segment (H, W, 3) uint8 `rgb` from `backdrop`; `None` where nothing stands out."""
    distance, light = backdrop_distance(np.asarray(cv2.GaussianBlur(lab, (0, 0), 0.7), np.float32), backdrop)
    floor = max(FLOOR, FLOOR_NOISES * backdrop.noise)
    strong = distance > max(STRONG, STRONG_NOISES * backdrop.noise)
    if strong.mean() < MIN_FOREGROUND:
        return None
    median = float(np.median(distance[strong]))
    threshold = float(np.clip(THRESHOLD * median, floor + 1, MAX_THRESHOLD))
    by_distance = distance > threshold
    by_grabcut = _grabcut(rgb, distance, floor, threshold, median)
    trust = float(np.clip(0.5 + (median - 10) / 40, 0.5, 0.85))  # in the distance: on felt nearly alone
    likely = 1 / (1 + np.exp(-(distance - threshold) / (0.2 * threshold)))
    joint = trust * likely + (1 - trust) * by_grabcut > 0.5
    # The farther the foreground is, the surer that a dip in the distance is backdrop seen through a hole.
    open_below = floor * float(np.clip(median / floor / 4, 0.8, 2.0))
    joint = drop_specks(fill_holes(joint, distance, open_below))
    mask = main_region(joint, lab)
    if not mask.any():
        return None
    normalised = np.maximum(distance - floor, 0) / (light * median)
    return Segmentation(mask, distance, normalised, floor, median, overlap(by_distance, by_grabcut > 0.5))


def _grabcut(rgb: Uint8Array, distance: Float32Array, floor: float, threshold: float, median: float) -> Float32Array:
    """Return GrabCut's share of foreground per pixel, (H, W) float32 in [0, 1], started from the distance."""
    small = small_size(*distance.shape)
    colours = np.asarray(cv2.resize(rgb, small, interpolation=cv2.INTER_AREA), np.uint8)
    coarse = cv2.resize(distance, small, interpolation=cv2.INTER_AREA)
    marks = np.where(coarse > threshold, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    inside = cv2.erode((coarse > max(threshold, 0.8 * median)).astype(np.uint8), np.ones((3, 3), np.uint8))
    outside = cv2.dilate((coarse > floor).astype(np.uint8), np.ones((5, 5), np.uint8))
    marks[inside > 0] = cv2.GC_FGD
    marks[outside == 0] = cv2.GC_BGD
    found = run_grabcut(colours, marks, 1 if median >= CLEAR else ROUNDS)
    return (distance > threshold).astype(np.float32) if found is None else enlarge(found, *distance.shape)


def overlap(one: BoolArray, other: BoolArray) -> float:
    """Return the intersection of two masks over their union, 0 to 1."""
    return float((one & other).sum() / max(1, (one | other).sum()))
