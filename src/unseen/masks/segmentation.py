"""A photo and how strange each pixel is to its backdrop in; the subject's mask, found by two methods, out."""

from dataclasses import dataclass

import cv2
import numpy as np

from unseen.masks.backdrop import Backdrop, strangeness
from unseen.masks.grabcut import enlarge, run_grabcut, small_size
from unseen.masks.mask_cleanup import drop_specks, fill_holes, main_region
from unseen.records import BoolArray, Float32Array, Uint8Array

# Distances from the backdrop, Lab units. LOW: at most backdrop. STRONG: surely not. Both grow with its noise.
LOW, LOW_NOISES = 3.0, 2.2
STRONG, STRONG_NOISES = 7.0, 3.5
# The mask's level is this share of the subject's typical distance, at most HIGHEST: a black sleeve on felt is only 17
# away, and a level above half of that takes bites out of it.
LEVEL, HIGHEST = 0.4, 9.0
LEAST_SUBJECT = 0.01  # of the photo that must stand out
CUT_ROUNDS = 2
CLEAR = 30.0  # Lab units: as far from the backdrop as this, one round finds what two find


@dataclass(frozen=True, slots=True)
class Cut:
    """A subject cut out, and what `certainty` judges it by.

    mask: (H, W) bool. away: (H, W) float32, distance from the backdrop, Lab units. keen: (H, W) float32, the same in
    the pixel's own light, 1 for a typical pixel of the subject.
    low: below this distance a pixel is backdrop. typical: the median distance of the subject.
    agreement: IoU of the mask by distance and GrabCut's.
    """

    mask: BoolArray
    away: Float32Array
    keen: Float32Array
    low: float
    typical: float
    agreement: float


def cut_out(rgb: Uint8Array, lab: Float32Array, backdrop: Backdrop) -> Cut | None:
    """Cut the subject of (H, W, 3) uint8 `rgb` from `backdrop`; `None` where nothing stands out."""
    away, light = strangeness(np.asarray(cv2.GaussianBlur(lab, (0, 0), 0.7), np.float32), backdrop)
    low = max(LOW, LOW_NOISES * backdrop.noise)
    strong = away > max(STRONG, STRONG_NOISES * backdrop.noise)
    if strong.mean() < LEAST_SUBJECT:
        return None
    typical = float(np.median(away[strong]))
    level = float(np.clip(LEVEL * typical, low + 1, HIGHEST))
    by_distance = away > level
    cut = _grabcut(rgb, away, low, level, typical)
    trust = float(np.clip(0.5 + (typical - 10) / 40, 0.5, 0.85))  # in the distance: on felt nearly alone
    likely = 1 / (1 + np.exp(-(away - level) / (0.2 * level)))
    joint = trust * likely + (1 - trust) * cut > 0.5
    # The farther the subject is, the surer that a dip in the distance is backdrop seen through a hole.
    open_below = low * float(np.clip(typical / low / 4, 0.8, 2.0))
    joint = drop_specks(fill_holes(joint, away, open_below))
    mask = main_region(joint, lab)
    if not mask.any():
        return None
    keen = np.maximum(away - low, 0) / (light * typical)
    return Cut(mask, away, keen, low, typical, overlap(by_distance, cut > 0.5))


def _grabcut(rgb: Uint8Array, away: Float32Array, low: float, level: float, typical: float) -> Float32Array:
    """Return GrabCut's share of subject per pixel, (H, W) float32 in [0, 1], started from the distance."""
    small = small_size(*away.shape)
    colours = np.asarray(cv2.resize(rgb, small, interpolation=cv2.INTER_AREA), np.uint8)
    coarse = cv2.resize(away, small, interpolation=cv2.INTER_AREA)
    marks = np.where(coarse > level, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    inside = cv2.erode((coarse > max(level, 0.8 * typical)).astype(np.uint8), np.ones((3, 3), np.uint8))
    outside = cv2.dilate((coarse > low).astype(np.uint8), np.ones((5, 5), np.uint8))
    marks[inside > 0] = cv2.GC_FGD
    marks[outside == 0] = cv2.GC_BGD
    found = run_grabcut(colours, marks, 1 if typical >= CLEAR else CUT_ROUNDS)
    return (away > level).astype(np.float32) if found is None else enlarge(found, *away.shape)


def overlap(one: BoolArray, other: BoolArray) -> float:
    """Return the intersection of two masks over their union, 0 to 1."""
    return float((one & other).sum() / max(1, (one | other).sum()))
