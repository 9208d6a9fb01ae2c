"""One decoded photo in; its matte, by the first of the ways that is sure, out."""

from dataclasses import replace

import cv2
import numpy as np

from unseen.masks.backdrop import Backdrop, to_lab
from unseen.masks.border import border_backdrop
from unseen.masks.certainty import doubt, is_hopeless, is_keyed, is_plain, judge_alone, judge_with
from unseen.masks.grabcut import SecondCut, cut_by_colour
from unseen.masks.keypoint_mask import matte_by_joints
from unseen.masks.mask import Matte, Method, opaque
from unseen.masks.mask_cleanup import drop_threads, largest_region
from unseen.masks.plate import plate_backdrop
from unseen.masks.refine import soft_edge
from unseen.masks.segmentation import Cut, cut_out
from unseen.records import BoolArray, Float32Array, Uint8Array

LEAST_SIDE_PX = 32  # a smaller photo has no edge to learn from
CLUTTER = 0.03  # of the subject: a piece as large that is not of its colour is taken off


def find_matte(rgba: Uint8Array, plate: Float32Array | None = None, joints: Float32Array | None = None) -> Matte:
    """Return the matte of a photo (H, W, 3 or 4) uint8; one with transparency of its own keeps it.

    plate: (H, W, 3) float32, what a static camera saw behind the subject, as `find_plates` returns it. joints: (21, 2)
    float32, x and y in pixels of the joints of the hand, where one is known to be there.
    """
    height, width = rgba.shape[:2]
    if rgba.shape[2] == 4 and rgba[..., 3].min() < 255:
        return Matte(rgba[..., 3].copy(), 1.0, "transparency")
    if min(height, width) < LEAST_SIDE_PX:
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
    if not found[-1].usable and joints is not None:
        found.append(matte_by_joints(rgb, lab, joints))
    return max(found, key=lambda matte: matte.sure)


def _by_backdrop(rgb: Uint8Array, lab: Float32Array, backdrop: Backdrop, method: Method) -> Matte:
    cut = cut_out(rgb, lab, backdrop)
    if cut is None:
        return opaque(*lab.shape[:2])
    if is_keyed(cut, backdrop):
        return _alone(rgb, lab, cut, backdrop, method)
    if is_hopeless(cut):
        return opaque(*lab.shape[:2])
    second = cut_by_colour(rgb, lab, cut.mask)
    if second is None:  # not a hand: nothing but the backdrop can say
        return _alone(rgb, lab, cut, backdrop, method) if is_plain(cut, backdrop) else opaque(*lab.shape[:2])
    cleaned = replace(cut, mask=drop_threads(_without_clutter(cut.mask, second)))
    alpha = _alpha(rgb, cleaned)
    sure = judge_with(cleaned, alpha, lab, second).sure
    both = _finished(alpha, sure, "grabcut" if method == "border" else method)
    if both.usable or not is_plain(cut, backdrop):
        return both
    return max(both, _alone(rgb, lab, cut, backdrop, method, second), key=lambda matte: matte.sure)


def _alone(
    rgb: Uint8Array,
    lab: Float32Array,
    cut: Cut,
    backdrop: Backdrop,
    method: Method,
    second: SecondCut | None = None,
) -> Matte:
    alpha = _alpha(rgb, cut)
    sure = judge_alone(cut, alpha, backdrop, lab, textured=method == "plate").sure
    if second is not None and method == "border":  # a plate knows clutter from subject, an edge does not
        sure *= doubt(cut, second.mask)
    return _finished(alpha, sure, method)


def _alpha(rgb: Uint8Array, cut: Cut) -> Float32Array:
    return soft_edge(rgb, cut.mask, cut.away < 0.8 * cut.low, cut.keen)


def _without_clutter(mask: BoolArray, second: SecondCut) -> BoolArray:
    """Take off what hangs on the subject, is not of its colour and not in the second cut: a lamp behind a finger."""
    reach = max(1, round(0.015 * min(mask.shape)))
    around = cv2.dilate(second.mask.astype(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)) > 0
    foreign = mask & ~around & ~second.alike
    count, labels, stats, _ = cv2.connectedComponentsWithStats(foreign.astype(np.uint8), connectivity=8)
    large = stats[:, cv2.CC_STAT_AREA] > CLUTTER * mask.sum()
    large[0] = False
    if count <= 1 or not large.any():
        return mask
    wider = cv2.dilate(large[labels].astype(np.uint8), np.ones((reach + 1, reach + 1), np.uint8)) > 0
    return largest_region(mask & ~wider)


def _finished(alpha: Float32Array, sure: float, method: Method) -> Matte:
    return Matte((alpha * 255 + 0.5).astype(np.uint8), sure, method)
