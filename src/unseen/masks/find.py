"""Find the mask of one decoded photo by the first method that is confident."""

from dataclasses import replace

import cv2
import numpy as np

from unseen.locate.keypoint_bones import Skeleton
from unseen.masks.backdrop import Backdrop, to_lab
from unseen.masks.border import border_backdrop
from unseen.masks.confidence import (
    is_hopeless,
    is_keyed,
    is_plain,
    judge_alone,
    judge_with,
    support_by_colour,
)
from unseen.masks.grabcut import ColourMask, segment_by_colour
from unseen.masks.keypoint_mask import mask_by_keypoints
from unseen.masks.mask import Mask, Method, opaque
from unseen.masks.mask_cleanup import drop_threads, largest_region
from unseen.masks.plate import plate_backdrop
from unseen.masks.refine import soft_edge
from unseen.masks.segmentation import Segmentation, segment
from unseen.masks.studio import is_studio, studio_mask
from unseen.records import BoolArray, Float32Array, Uint8Array

MIN_SIDE_PX = 32  # a smaller photo has no edge to learn from
CLUTTER = 0.03  # of the foreground: a piece as large that is not of its colour is taken off
CLUTTER_GAP = 0.015  # of the short side: how far from the second mask a piece has to be


def find_mask(
    rgba: Uint8Array,
    plate: Float32Array | None = None,
    keypoints: Float32Array | None = None,
    skeleton: Skeleton | None = None,
) -> Mask:
    """Return the mask of a photo (H, W, 3 or 4) uint8; one with transparency of its own keeps it.

    plate: (H, W, 3) float32, what a static camera saw behind the foreground, as `find_plates` returns it. keypoints:
    (K, 2) float32, x and y in pixels, where the object is known to be there, and the skeleton that connects them.
    """
    height, width = rgba.shape[:2]
    if rgba.shape[2] == 4 and rgba[..., 3].min() < 255:
        return Mask(rgba[..., 3].copy(), 1.0, "transparency")
    if min(height, width) < MIN_SIDE_PX:
        return opaque(height, width)
    rgb = np.ascontiguousarray(rgba[..., :3])
    lab = to_lab(rgb)
    backdrop = border_backdrop(lab)
    # One layer first: an arm across a side is a colour of the edge too, and would be taken for backdrop.
    found = [_by_backdrop(rgb, lab, backdrop.main(), "border")]
    if not found[-1].usable and plate is not None:
        found.append(_by_backdrop(rgb, lab, plate_backdrop(plate, lab), "plate"))
    if not found[-1].usable and len(backdrop.layers) > 1:
        found.append(_by_backdrop(rgb, lab, backdrop, "border"))
    if not found[-1].usable and keypoints is not None and skeleton is not None:
        found.append(mask_by_keypoints(rgb, lab, keypoints, skeleton))
    if not any(mask.usable for mask in found) and is_studio(backdrop):
        found.append(studio_mask(lab, backdrop) or opaque(height, width))
    return max(found, key=lambda mask: mask.confidence)


def _by_backdrop(rgb: Uint8Array, lab: Float32Array, backdrop: Backdrop, method: Method) -> Mask:
    """Return the mask of what stands out from `backdrop`, checked by its own colour where that is skin-like."""
    found = segment(rgb, lab, backdrop)
    if found is None:
        return opaque(*lab.shape[:2])
    if is_keyed(found, backdrop):
        return _alone(rgb, lab, found, backdrop, method)
    if is_hopeless(found):
        return opaque(*lab.shape[:2])
    second = segment_by_colour(rgb, lab, found.mask)
    if second is None:  # not a hand: nothing but the backdrop can tell
        return _alone(rgb, lab, found, backdrop, method) if is_plain(found, backdrop) else opaque(*lab.shape[:2])
    cleaned = replace(found, mask=drop_threads(_without_clutter(found.mask, second)))
    alpha = _alpha(rgb, cleaned)
    confidence = judge_with(cleaned, alpha, lab, second).product
    both = Mask.of(alpha, confidence, "grabcut" if method == "border" else method)
    if both.usable or not is_plain(found, backdrop):
        return both
    return max(both, _alone(rgb, lab, found, backdrop, method, second), key=lambda mask: mask.confidence)


def _alone(
    rgb: Uint8Array,
    lab: Float32Array,
    found: Segmentation,
    backdrop: Backdrop,
    method: Method,
    second: ColourMask | None = None,
) -> Mask:
    """Return the mask by the backdrop alone."""
    alpha = _alpha(rgb, found)
    confidence = judge_alone(found, alpha, backdrop, lab, textured=method == "plate").product
    if second is not None and method == "border":  # a plate tells clutter from foreground, an edge does not
        confidence *= support_by_colour(found, second.mask)
    return Mask.of(alpha, confidence, method)


def _alpha(rgb: Uint8Array, found: Segmentation) -> Float32Array:
    return soft_edge(rgb, found.mask, found.distance < 0.8 * found.noise_floor, found.normalised_distance)


def _without_clutter(mask: BoolArray, second: ColourMask) -> BoolArray:
    """Remove what hangs on the foreground, is not of its colour and not in the second mask: a lamp behind a finger."""
    reach = max(1, round(CLUTTER_GAP * min(mask.shape)))
    around = cv2.dilate(second.mask.astype(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)) > 0
    foreign = mask & ~around & ~second.similar
    count, labels, stats, _ = cv2.connectedComponentsWithStats(foreign.astype(np.uint8), connectivity=8)
    large = stats[:, cv2.CC_STAT_AREA] > CLUTTER * mask.sum()
    large[0] = False
    if count <= 1 or not large.any():
        return mask
    wider = cv2.dilate(large[labels].astype(np.uint8), np.ones((reach + 1, reach + 1), np.uint8)) > 0
    return largest_region(mask & ~wider)
