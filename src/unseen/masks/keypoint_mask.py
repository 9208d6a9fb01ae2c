"""Find the mask of an object whose keypoints are known, such as the 21 joints of a hand, with its arm.

Where neither a wall nor a static camera says what is background, the object itself can: GrabCut (Rother, Kolmogorov and
Blake 2004) starts from its bones. The widths below were set on hands: they are shares of the skeleton's size, which for
a hand is its palm.
"""

import cv2
import numpy as np

from unseen.locate.keypoint_bones import Skeleton
from unseen.masks.confidence import judge_by_keypoints
from unseen.masks.grabcut import distance_from_main_colour, enlarge, run_grabcut
from unseen.masks.mask import Mask, opaque
from unseen.masks.refine import soft_edge
from unseen.records import BoolArray, Float32Array, Uint8Array

# Width of the bones that are foreground for certain, of what a finger covers, of what is likely and what is possible.
CERTAIN, COVERED, LIKELY, POSSIBLE = 0.10, 0.2, 0.26, 0.75
LIMB_LIKELY, LIMB_POSSIBLE, LIMB_LENGTH = 0.6, 1.1, 3.0
NEARBY, LIMB_NEARBY = 0.5, 0.75
# Pixels further than this many standard deviations from the object's colour are background, e.g. a gap between fingers.
MAX_DEVIATIONS = 3.5
# The object's longer side when GrabCut runs: a hand's fingers are 8 px wide, and a round takes 10 ms.
OBJECT_PX, ROUNDS = 100, 4
MIN_OBJECT_PX, MIN_BACKGROUND = 24, 0.05


def mask_by_keypoints(rgb: Uint8Array, lab: Float32Array, keypoints: Float32Array, skeleton: Skeleton) -> Mask:
    """Return the mask of the object at `keypoints`, (K, 2) float32, x and y in pixels of `rgb` (H, W, 3) uint8.

    lab: (H, W, 3) float32 as `to_lab` returns it. Opaque where the object is too small, or fills the photo.
    """
    height, width = lab.shape[:2]
    extent = float((keypoints.max(axis=0) - keypoints.min(axis=0)).max())
    if not np.isfinite(keypoints).all() or extent < MIN_OBJECT_PX:
        return opaque(height, width)
    mask = _coarse_mask(rgb, lab, keypoints, skeleton, min(1.0, OBJECT_PX / extent))
    if mask is None:
        return opaque(height, width)
    whole = enlarge(mask, height, width) > 0.5
    alpha = soft_edge(rgb, whole, np.zeros_like(whole), whole.astype(np.float32))
    bones = Bones(keypoints, skeleton, height, width)
    confidence = judge_by_keypoints(
        whole,
        lab,
        core=bones.drawn(CERTAIN),
        covered=bones.drawn(COVERED),
        near=bones.drawn(NEARBY, LIMB_NEARBY),
    ).product
    return Mask.of(alpha, confidence, "keypoints")


def _coarse_mask(
    rgb: Uint8Array, lab: Float32Array, keypoints: Float32Array, skeleton: Skeleton, scale: float
) -> BoolArray | None:
    """Return the object as GrabCut finds it at `scale` of the photo, (h, w) bool; `None` where it cannot."""
    height, width = lab.shape[:2]
    size = max(8, round(width * scale)), max(8, round(height * scale))
    colours = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    bones = Bones(keypoints * np.array([size[0] / width, size[1] / height], np.float32), skeleton, size[1], size[0])
    core, possible = bones.drawn(CERTAIN), bones.drawn(POSSIBLE, LIMB_POSSIBLE)
    if (~possible).mean() < MIN_BACKGROUND:
        return None
    marks = np.where(possible, cv2.GC_PR_BGD, cv2.GC_BGD).astype(np.uint8)
    marks[bones.drawn(LIKELY, LIMB_LIKELY)] = cv2.GC_PR_FGD
    marks[core] = cv2.GC_FGD
    found = run_grabcut(colours, marks, ROUNDS)
    if found is None:
        return None
    coarse = np.asarray(cv2.resize(lab, size, interpolation=cv2.INTER_AREA), np.float32)
    found &= bones.drawn(COVERED) | (distance_from_main_colour(coarse, core) < MAX_DEVIATIONS)
    return _region_with(found, core)


class Bones:
    """The bones of one object, drawn as wide as wanted into masks (H, W)."""

    def __init__(self, keypoints: Float32Array, skeleton: Skeleton, height: int, width: int) -> None:
        self.shape = height, width
        self.keypoints = keypoints
        self.skeleton = skeleton
        lengths = [float(np.linalg.norm(keypoints[a] - keypoints[b])) for a, b in skeleton.sizes]
        self.size = max(*lengths, 1e-3)

    def drawn(self, width: float, limb_width: float = 0.0) -> BoolArray:
        """Return the solid part, bones `width` sizes wide and, if `limb_width` is above 0, the limb at that width."""
        mask = np.zeros(self.shape, np.uint8)
        points = self.keypoints.round().astype(np.int32)
        cv2.fillConvexPoly(mask, cv2.convexHull(points[list(self.skeleton.solid)]), 1)
        for a, b in self.skeleton.bones:
            cv2.line(mask, points[a].tolist(), points[b].tolist(), 1, max(1, round(width * self.size)))
        if limb_width and self.skeleton.limb is not None:
            outer, inner = self.skeleton.limb
            way = self.keypoints[outer] - self.keypoints[inner]
            end = self.keypoints[outer] + way / max(float(np.linalg.norm(way)), 1e-6) * LIMB_LENGTH * self.size
            thickness = max(1, round(limb_width * self.size))
            cv2.line(mask, points[outer].tolist(), end.round().astype(int).tolist(), 1, thickness)
        return mask > 0


def _region_with(found: BoolArray, core: BoolArray) -> BoolArray | None:
    """Return the region of `found` that holds most of the bones; `None` where none does."""
    opened = cv2.morphologyEx(found.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, labels = cv2.connectedComponents(opened, connectivity=4)
    held = np.bincount(labels[core], minlength=int(labels.max()) + 1)
    held[0] = 0
    best = int(held.argmax())
    return np.asarray(labels == best, np.bool_) if held[best] else None
