"""A photo and the 21 joints of the hand in it in; the matte of hand and arm, and how sure it is, out.

Where a wall, a felt or a still camera cannot say what is background, the hand itself can: GrabCut (Rother, Kolmogorov
and Blake 2004) starts from its bones. Joints are in MediaPipe's order: the wrist, then four a finger, thumb first.
"""

import cv2
import numpy as np

from unseen.masks.certainty import judge_by_joints
from unseen.masks.grabcut import enlarge, from_main_colour, run_grabcut
from unseen.masks.mask import Matte, opaque
from unseen.masks.refine import soft_edge
from unseen.records import BoolArray, Float32Array, Uint8Array

WRIST, MIDDLE_ROOT, LITTLE_ROOT = 0, 9, 17
PALM = (0, 1, 5, 9, 13, 17)
BONES = (
    *((a, b) for root in (1, 5, 9, 13, 17) for a, b in ((root, root + 1), (root + 1, root + 2), (root + 2, root + 3))),
    (0, 1), (0, 5), (0, 17), (5, 9), (9, 13), (13, 17),
)  # fmt: skip
# Widths in palms (wrist to the root of the middle finger): of what is surely a finger, of what a finger covers and of
# what it may cover; of an arm, likely and at most. An arm reaches so many palms.
SURELY, COVERS, LIKELY, PERHAPS = 0.10, 0.2, 0.26, 0.75
ARM_LIKELY, ARM_PERHAPS, ARM_REACH = 0.6, 1.1, 3.0
NEARBY, ARM_NEARBY = 0.5, 0.75
# Beside the bones, what is so many deviations from the hand's colour is not hand: a window between two fingers.
FOREIGN = 3.5
# The hand's side when GrabCut runs: fingers are 8 px wide, and a round takes 10 ms.
HAND_PX, ROUNDS = 100, 4
LEAST_HAND_PX, LEAST_BACKGROUND = 24, 0.05


def matte_by_joints(rgb: Uint8Array, lab: Float32Array, joints: Float32Array) -> Matte:
    """Return the matte of the hand whose joints are at `joints`, (21, 2) float32 x and y in pixels of (H, W, 3) `rgb`.

    lab: (H, W, 3) float32 as `to_lab` returns it. Opaque where the hand is too small, or fills the photo.
    """
    height, width = lab.shape[:2]
    extent = float((joints.max(axis=0) - joints.min(axis=0)).max())
    if not np.isfinite(joints).all() or extent < LEAST_HAND_PX:
        return opaque(height, width)
    scale = min(1.0, HAND_PX / extent)
    size = max(8, round(width * scale)), max(8, round(height * scale))
    colours = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    drawn = Skeleton(joints * np.array([size[0] / width, size[1] / height], np.float32), size[1], size[0])
    core, perhaps = drawn.filled(SURELY), drawn.filled(PERHAPS, ARM_PERHAPS)
    if (~perhaps).mean() < LEAST_BACKGROUND:
        return opaque(height, width)
    marks = np.where(perhaps, cv2.GC_PR_BGD, cv2.GC_BGD).astype(np.uint8)
    marks[drawn.filled(LIKELY, ARM_LIKELY)] = cv2.GC_PR_FGD
    marks[core] = cv2.GC_FGD
    found = run_grabcut(colours, marks, ROUNDS)
    if found is not None:
        coarse = np.asarray(cv2.resize(lab, size, interpolation=cv2.INTER_AREA), np.float32)
        found &= drawn.filled(COVERS) | (from_main_colour(coarse, core) < FOREIGN)
    mask = None if found is None else _region_with(found, core)
    if mask is None:
        return opaque(height, width)
    whole = enlarge(mask, height, width) > 0.5
    alpha = soft_edge(rgb, whole, np.zeros_like(whole), whole.astype(np.float32))
    full = Skeleton(joints, height, width)
    sure = judge_by_joints(
        whole, lab, core=full.filled(SURELY), covered=full.filled(COVERS), near=full.filled(NEARBY, ARM_NEARBY)
    ).sure
    return Matte((alpha * 255 + 0.5).astype(np.uint8), sure, "joints")


class Skeleton:
    """The bones of one hand, drawn as wide as asked into masks (H, W)."""

    def __init__(self, joints: Float32Array, height: int, width: int) -> None:
        self.shape = height, width
        self.joints = joints
        # seen from the side the palm is short, seen along the arm it is narrow: the longer one is the hand's size
        lengths = [float(np.linalg.norm(joints[a] - joints[b])) for a, b in ((WRIST, MIDDLE_ROOT), (5, LITTLE_ROOT))]
        self.palm = max(*lengths, 1e-3)

    def filled(self, finger: float, arm: float = 0.0) -> BoolArray:
        """Return the palm, fingers `finger` palms wide and, if `arm` is above 0, an arm that is `arm` palms wide."""
        mask = np.zeros(self.shape, np.uint8)
        points = self.joints.round().astype(np.int32)
        cv2.fillConvexPoly(mask, cv2.convexHull(points[list(PALM)]), 1)
        for a, b in BONES:
            cv2.line(mask, points[a].tolist(), points[b].tolist(), 1, max(1, round(finger * self.palm)))
        if arm:
            way = self.joints[WRIST] - self.joints[MIDDLE_ROOT]
            end = self.joints[WRIST] + way / max(float(np.linalg.norm(way)), 1e-6) * ARM_REACH * self.palm
            cv2.line(mask, points[WRIST].tolist(), end.round().astype(int).tolist(), 1, max(1, round(arm * self.palm)))
        return mask > 0


def _region_with(found: BoolArray, core: BoolArray) -> BoolArray | None:
    """Return the region of `found` that holds most of the bones; `None` where none does."""
    opened = cv2.morphologyEx(found.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, labels = cv2.connectedComponents(opened, connectivity=4)
    held = np.bincount(labels[core], minlength=int(labels.max()) + 1)
    held[0] = 0
    best = int(held.argmax())
    return np.asarray(labels == best, np.bool_) if held[best] else None
