"""Run GrabCut (Rother, Kolmogorov and Blake 2004) from marks of what is certain and what is likely foreground.

It runs at a small size, since the edge is found at full size afterwards.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from unseen.masks.backdrop import DOT
from unseen.masks.border import strip_of
from unseen.masks.mask_cleanup import main_region, skin_like
from unseen.records import BoolArray, Float32Array, Uint8Array

SIDE_PX = 96  # short side: 4 ms a round
ROUNDS = 2
WEIGHTS = np.array([0.5, 1.25, 1.25], np.float32)  # of L, a, b: light varies over a hand, hue hardly
MIN_SPREAD = np.array([8.0, 2.5, 2.5], np.float32)
# Distances from the main colour in standard deviations: certain, likely and similar foreground, and background.
SAME_COLOUR, LIKELY_COLOUR, SIMILAR_COLOUR, OTHER_COLOUR = 1.2, 2.0, 3.0, 2.6
INLIER = 2.5  # standard deviations within which pixels count for the main colour
MIN_SEED = 0.01  # of the photo
SEED = 0  # GrabCut starts its colour models by k-means++ with the thread's own generator


def small_size(height: int, width: int) -> tuple[int, int]:
    """Return the (width, height) that GrabCut runs at."""
    scale = min(1.0, SIDE_PX / min(height, width))
    return max(8, round(width * scale)), max(8, round(height * scale))


def run_grabcut(colours: Uint8Array, marks: Uint8Array, rounds: int) -> BoolArray | None:
    """Return the foreground, (h, w) bool, from `marks` (h, w) of cv2.GC_*; `None` where one side is not marked."""
    if not ((marks & 1).any() and (marks & 1 == 0).any()):
        return None
    cv2.setRNGSeed(SEED)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    marks = marks.copy()
    cv2.grabCut(colours, marks, None, *models, rounds, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload]
    return np.asarray(marks & 1, np.bool_)


def enlarge(mask: BoolArray, height: int, width: int) -> Float32Array:
    """Return (h, w) bool `mask` as (H, W) float32 in [0, 1]."""
    return np.asarray(cv2.resize(mask.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


@dataclass(frozen=True, slots=True)
class ColourMask:
    """mask: (H, W) bool, the foreground by GrabCut. similar: (H, W) bool, near the foreground's main colour."""

    mask: BoolArray
    similar: BoolArray


def segment_by_colour(rgb: Uint8Array, lab: Float32Array, expected: BoolArray) -> ColourMask | None:
    """Segment the region of (H, W, 3) `rgb` that has the main skin-like colour of `expected`, (H, W) bool.

    `None` where nothing there is skin-like.
    """
    height, width = lab.shape[:2]
    small = small_size(height, width)
    colours = np.asarray(cv2.resize(rgb, small, interpolation=cv2.INTER_AREA), np.uint8)
    coarse = np.asarray(cv2.resize(lab, small, interpolation=cv2.INTER_AREA), np.float32)
    there = cv2.resize(expected.astype(np.uint8), small) > 0
    seed = skin_like(coarse) & there
    if seed.mean() < MIN_SEED:
        return None
    distance = distance_from_main_colour(coarse, seed)
    core = cv2.erode(((distance < SAME_COLOUR) & there).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    marks = np.where(distance < LIKELY_COLOUR, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    marks[strip_of(*coarse.shape[:2]) & (distance > OTHER_COLOUR)] = cv2.GC_BGD
    marks[core] = cv2.GC_FGD
    found = run_grabcut(colours, marks, ROUNDS)
    if found is None or not found.any():
        return None
    mask = main_region(found, coarse)
    return ColourMask(enlarge(mask, height, width) > 0.5, enlarge(distance < SIMILAR_COLOUR, height, width) > 0.5)


def distance_from_main_colour(lab: Float32Array, seed: BoolArray) -> Float32Array:
    """Return how far each pixel is from the main colour of `seed`, in its standard deviations, (h, w) float32."""
    points = lab[seed]
    for _ in range(3):
        centre = np.median(points, axis=0)
        spread = np.maximum(1.48 * np.median(np.abs(points - centre), axis=0), MIN_SPREAD)
        off = (lab - centre) / spread
        distance = np.sqrt(np.einsum(DOT, off * off, WEIGHTS) / 1.5)
        points = lab[seed & (distance < INLIER)]
        if len(points) < 20:
            break
    return np.asarray(distance, np.float32)
