"""Judge how likely a mask is right, 0 to 1: no measure alone decides, and each alone can forbid.

Every measure becomes a factor by a ramp. The two ends of each ramp were set by eye on sheets of asl_kept/train,
rps_subhi and fingers_subhi: 0 where the wrong masks were, 1 where nine of ten right ones were.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from unseen.masks.backdrop import COLOURED_TO, Backdrop
from unseen.masks.border import strip_of
from unseen.masks.grabcut import ColourMask
from unseen.masks.segmentation import Segmentation, overlap
from unseen.records import BoolArray, Float32Array


class Ramp(NamedTuple):
    """0 at `zero`, 1 at `one`, linear between; `zero` may be the larger one."""

    zero: float
    one: float

    def factor(self, value: float) -> float:
        """Return the factor for a measured value, 0 to 1."""
        return float(np.clip((value - self.zero) / (self.one - self.zero), 0, 1))


# What every mask that was found by its backdrop has to be like.
SHAPE = {
    "area": Ramp(0.02, 0.04),  # share of the photo; smaller ones are noise
    "filling": Ramp(0.92, 0.85),  # share of the photo; larger ones leave no background
    "strip": Ramp(0.5, 0.35),  # share of the photo's edge that it covers; more, and the edge shows no backdrop
    "soft": Ramp(5.0, 3.0),  # pixels of soft edge per pixel of contour; more, and the edge is not known
    "crisp": Ramp(0.5, 0.8),  # share of the contour on a step in colour
    "flat": Ramp(0.12, 0.04),  # longest part of the contour without a step, e.g. where a finger is cut off
}
# If the backdrop alone is to decide.
ALONE = {
    "support": Ramp(0.5, 0.65),  # share of the edge that is the backdrop's colour
    "separation": Ramp(1.8, 2.6),  # median distance of the foreground, in noise floors
    "agreement": Ramp(0.75, 0.9),  # IoU of the mask by distance and GrabCut's
    "textured agreement": Ramp(0.5, 0.7),  # the same before a plate, which GrabCut does not know
    "inside": Ramp(0.2, 0.05),  # share of the mask that is the backdrop's colour
    "outside": Ramp(0.25, 0.08),  # area outside the mask that is not the backdrop's colour, in areas of the mask
}
# If a second mask, by the foreground's colour, has a say: areas are in areas of the mask.
SECOND = {
    "small": Ramp(0.05, 0.12),  # share of the photo
    "ragged": Ramp(0.32, 0.2),  # how far the contour departs from a smooth one, px
    "second": Ramp(0.87, 0.93),  # IoU of the two masks
    "lost": Ramp(0.08, 0.03),  # largest piece that only the second mask has
    "added": Ramp(0.1, 0.03),  # largest piece that only the mask has
    "left": Ramp(0.012, 0.003),  # largest piece of the foreground's colour right outside both: a lost fingertip
    "agreement": Ramp(0.65, 0.85),  # IoU of the mask by distance and GrabCut's
    "ring": Ramp(0.4, 0.2),  # share of the pixels around the mask that are not the backdrop's colour
}
SECOND_SUPPORT = Ramp(0.84, 0.92)  # IoU with the second mask, where the backdrop decided
# If keypoints are known.
KEYPOINTS = {
    "core": Ramp(0.9, 0.96),  # share of the bones inside the mask
    "covered": Ramp(0.16, 0.08),  # share of what fingers cover that is outside the mask
    "extra": Ramp(0.14, 0.06),  # share of the mask that is far from all bones
    "crisp": Ramp(0.55, 0.75),  # share of the contour on a step in colour
    "ragged": Ramp(0.7, 0.4),  # how far the contour departs from a smooth one, px
}
# Median distance of the foreground in noise floors: 16 on green felt, 6 to 9 on a light wall.
KEYED, PLAIN = 12.0, 6.0
KEYED_COLOURED = 4.0  # the same as `KEYED` on a colour that no skin has; a black sleeve on felt has 5
MIN_FLOOR = 4.0  # Lab units: a lower noise floor does not make a foreground more distinct
STEP = 9.0  # Lab units over 5 px: less is no edge of anything


@dataclass(frozen=True, slots=True)
class Confidence:
    """Factors of 0 to 1 by name."""

    factors: Mapping[str, float]

    @property
    def product(self) -> float:
        """All factors multiplied: each alone can forbid."""
        return float(np.prod(list(self.factors.values())))


def _judged(ramps: Mapping[str, Ramp], values: Mapping[str, float]) -> dict[str, float]:
    """Return the factor of each measured value."""
    return {name: ramps[name].factor(value) for name, value in values.items()}


def is_keyed(found: Segmentation, backdrop: Backdrop) -> bool:
    """Say whether the foreground is as far from a backdrop of one colour as a hand from green felt: beyond doubt."""
    floors = KEYED_COLOURED if backdrop.chroma >= COLOURED_TO else KEYED
    return len(backdrop.layers) == 1 and found.median_distance >= floors * found.noise_floor


def is_plain(found: Segmentation, backdrop: Backdrop) -> bool:
    """Say whether the backdrop is of one colour and the foreground far from it, as a hand from a white wall."""
    return len(backdrop.layers) == 1 and found.median_distance >= PLAIN * found.noise_floor


def is_hopeless(found: Segmentation) -> bool:
    """Say whether `judge_with` would return 0 whatever the second mask: it need not be made."""
    return found.agreement <= SECOND["agreement"].zero


def judge_alone(
    found: Segmentation, alpha: Float32Array, backdrop: Backdrop, lab: Float32Array, *, textured: bool = False
) -> Confidence:
    """Judge a mask by its backdrop alone; GrabCut, which knows no plate, is trusted less where that is `textured`."""
    near = cv2.dilate(found.mask.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    core = cv2.erode(found.mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    beside = (found.distance[~near] > 1.5 * found.noise_floor).sum()
    values = {
        "support": backdrop.support,
        "separation": found.median_distance / max(found.noise_floor, MIN_FLOOR),
        "textured agreement" if textured else "agreement": found.agreement,
        "inside": float((found.distance[core] < found.noise_floor).mean()) if core.any() else 1.0,
        "outside": float(beside / max(1, found.mask.sum())),
    }
    return Confidence(_shape(found, alpha, lab) | _judged(ALONE, values))


def support_by_colour(found: Segmentation, second: BoolArray) -> float:
    """Return the factor on `judge_alone` that a second mask by the foreground's colour, (H, W) bool, leaves, 0 to 1."""
    return SECOND_SUPPORT.factor(overlap(found.mask, second))


def judge_with(found: Segmentation, alpha: Float32Array, lab: Float32Array, second: ColourMask) -> Confidence:
    """Judge a mask by how far a `second` one, made from the foreground's colour, agrees."""
    area = max(1, found.mask.sum())
    values = {
        "small": float(found.mask.mean()),
        "ragged": _raggedness(found.mask),
        "second": overlap(found.mask, second.mask),
        "lost": _largest_piece(second.mask & ~found.mask) / area,
        "added": _largest_piece(found.mask & ~second.mask) / area,
        "left": _left_outside(found, second),
        "agreement": found.agreement,
        "ring": _foreign_ring(found),
    }
    return Confidence(_shape(found, alpha, lab) | _judged(SECOND, values))


def judge_by_keypoints(
    mask: BoolArray, lab: Float32Array, *, core: BoolArray, covered: BoolArray, near: BoolArray
) -> Confidence:
    """Judge a mask (H, W) by how well it and the bones between known keypoints cover each other.

    core: certainly foreground; covered: what the bones cover; near: what the object may cover, all (H, W) bool.
    """
    _, crisp, _ = _crispness(lab, mask)
    values = {
        "core": float(mask[core].mean()) if core.any() else 0.0,
        "covered": float((covered & ~mask).sum() / max(1, covered.sum())),
        "extra": float((mask & ~near).sum() / max(1, mask.sum())),
        "crisp": crisp,
        "ragged": _raggedness(mask),
    }
    return Confidence(_judged(KEYPOINTS, values))


def _shape(found: Segmentation, alpha: Float32Array, lab: Float32Array) -> dict[str, float]:
    area = float(found.mask.mean())
    contour, crisp, flat = _crispness(lab, found.mask)
    values = {
        "area": area,
        "filling": area,
        "strip": float(found.mask[strip_of(*found.mask.shape)].mean()),
        "soft": float(((alpha > 0.1) & (alpha < 0.9)).sum()) / max(1, contour),
        "crisp": crisp,
        "flat": flat,
    }
    return _judged(SHAPE, values)


def _left_outside(found: Segmentation, second: ColourMask) -> float:
    """Return the largest piece next to the mask that is of its colour, as a share of it: a fingertip that was lost."""
    solid = found.mask.astype(np.uint8)
    beyond = cv2.dilate(solid, np.ones((5, 5), np.uint8)) == 0
    near = cv2.dilate(solid, np.ones((9, 9), np.uint8)) > 0
    similar = beyond & second.similar & (found.distance > 0.8 * found.noise_floor)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(similar.astype(np.uint8), connectivity=8)
    touching = np.unique(labels[near & similar])
    return float(stats[touching, cv2.CC_STAT_AREA].max() / solid.sum()) if len(touching) else 0.0


def _foreign_ring(found: Segmentation) -> float:
    """Return the share of the pixels around the mask that the backdrop does not explain."""
    solid = found.mask.astype(np.uint8)
    reach = max(2, round(0.02 * min(solid.shape)))
    square = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    inner = cv2.dilate(solid, square)
    ring = (cv2.dilate(inner, square) > 0) & (inner == 0)
    return float((found.distance[ring] > 1.3 * found.noise_floor).mean()) if ring.any() else 1.0


def _crispness(lab: Float32Array, mask: BoolArray) -> tuple[int, float, float]:
    """Return the length of the contour within the photo, px, the share on a step in colour, the longest run off it.

    Where a finger is cut off, the contour runs through skin: a long run without a step.
    """
    solid = mask.astype(np.uint8)
    inner = solid - cv2.erode(solid, np.ones((3, 3), np.uint8))
    inner[:2], inner[-2:], inner[:, :2], inner[:, -2:] = 0, 0, 0, 0
    within = inner > 0
    if not within.any():
        return 0, 0.0, 1.0
    square = np.ones((5, 5), np.uint8)
    lab = np.asarray(cv2.GaussianBlur(lab, (0, 0), 1.0), np.float32)  # else the noise of a wall makes steps
    steps = (cv2.dilate(lab, square) - cv2.erode(lab, square))[within]
    flat = within.copy()
    flat[within] = np.linalg.norm(steps, axis=-1) < STEP
    return int(within.sum()), 1 - float(flat.sum() / within.sum()), _largest_piece(flat) / float(within.sum())


def _largest_piece(mask: BoolArray) -> int:
    """Return the area of the largest region of `mask`, px."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    return int(stats[1:, cv2.CC_STAT_AREA].max()) if count > 1 else 0


def _raggedness(mask: BoolArray) -> float:
    """Return how far the contour departs from a smooth one, px on average."""
    solid = mask.astype(np.uint8)
    contour = int((solid - cv2.erode(solid, np.ones((3, 3), np.uint8))).sum())
    smooth = cv2.medianBlur(solid, 2 * max(1, round(0.015 * min(mask.shape))) + 1)
    return float((smooth != solid).sum() / max(1, contour))
