"""A cut in; how sure it is, 0 to 1, out: no measure alone decides, and each one alone can forbid.

The two ends of each ramp were set by eye on sheets of asl_kept/train, rps_subhi and fingers_subhi: the first where the
wrong ones lay, the second where nine of ten right ones did.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from unseen.masks.backdrop import COLOURED_TO, Backdrop
from unseen.masks.border import strip_of
from unseen.masks.grabcut import SecondCut
from unseen.masks.segmentation import Cut, overlap
from unseen.records import BoolArray, Float32Array

# Median distance of the subject, times the distance below which a pixel is backdrop: 16 on green felt, 6 to 9 on
# a light wall.
KEYED, PLAIN = 12.0, 6.0
COLOURED = 4.0  # the same as `KEYED` on a colour that no skin has; a black sleeve on felt has 5
LEAST_AGREEMENT = 0.65  # IoU of the mask by distance and GrabCut's
STEP = 9.0  # Lab units over 5 px: less is no edge of anything


@dataclass(frozen=True, slots=True)
class Certainty:
    """Factors of 0 to 1 by name, and their product."""

    factors: dict[str, float]

    @property
    def sure(self) -> float:
        """All factors multiplied: one alone can forbid."""
        return float(np.prod(list(self.factors.values())))


def is_keyed(cut: Cut, backdrop: Backdrop) -> bool:
    """Say whether the subject is as far from a backdrop of one colour as a hand from green felt: no doubt is left."""
    times = COLOURED if backdrop.chroma >= COLOURED_TO else KEYED
    return len(backdrop.layers) == 1 and cut.typical >= times * cut.low


def is_plain(cut: Cut, backdrop: Backdrop) -> bool:
    """Say whether the backdrop is of one colour and the subject far from it, as a hand from a white wall."""
    return len(backdrop.layers) == 1 and cut.typical >= PLAIN * cut.low


def judge_alone(
    cut: Cut, alpha: Float32Array, backdrop: Backdrop, lab: Float32Array, *, textured: bool = False
) -> Certainty:
    """Judge a cut by its backdrop alone; GrabCut, which sees no plate, is trusted less where that is `textured`."""
    near = cv2.dilate(cut.mask.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    core = cv2.erode(cut.mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    beside = float((cut.away[~near] > 1.5 * cut.low).sum() / max(1, cut.mask.sum()))
    return Certainty(
        {
            **_shape(cut, alpha, lab),
            "support": _ramp(backdrop.support, 0.5, 0.65),
            "separation": _ramp(cut.typical / max(cut.low, 4.0), 1.8, 2.6),
            "agreement": _ramp(cut.agreement, 0.5, 0.7) if textured else _ramp(cut.agreement, 0.75, 0.9),
            "inside": _ramp(float((cut.away[core] < cut.low).mean()) if core.any() else 1.0, 0.2, 0.05),
            "outside": _ramp(beside, 0.25, 0.08),
        }
    )


def is_hopeless(cut: Cut) -> bool:
    """Say whether `judge_with` would return 0 whatever the second cut: it need not be made."""
    return cut.agreement <= LEAST_AGREEMENT


def doubt(cut: Cut, second: BoolArray) -> float:
    """Return the factor on `judge_alone` that a second cut by the subject's colour, (H, W) bool, leaves, 0 to 1."""
    return _ramp(overlap(cut.mask, second), 0.84, 0.92)


def judge_with(cut: Cut, alpha: Float32Array, lab: Float32Array, second: SecondCut) -> Certainty:
    """Judge a cut by how far a `second` one, made from the subject's colour, agrees."""
    return Certainty(
        {
            **_shape(cut, alpha, lab),
            "small": _ramp(float(cut.mask.mean()), 0.05, 0.12),
            "ragged": _ramp(_raggedness(cut.mask), 0.32, 0.2),
            "second": _ramp(overlap(cut.mask, second.mask), 0.87, 0.93),
            "lost": _ramp(_largest_piece(second.mask & ~cut.mask) / max(1, cut.mask.sum()), 0.08, 0.03),
            "added": _ramp(_largest_piece(cut.mask & ~second.mask) / max(1, cut.mask.sum()), 0.1, 0.03),
            "left": _ramp(_left_beside(cut, second), 0.012, 0.003),
            "agreement": _ramp(cut.agreement, LEAST_AGREEMENT, 0.85),
            "ring": _ramp(_strange_ring(cut), 0.4, 0.2),
        }
    )


def judge_by_joints(
    mask: BoolArray, lab: Float32Array, *, core: BoolArray, covered: BoolArray, near: BoolArray
) -> Certainty:
    """Judge a cut (H, W) about known joints by how well bones and mask cover each other.

    core: surely hand; covered: what fingers cover; near: what hand and arm may cover, all (H, W) bool.
    """
    _, crisp, _ = _crispness(lab, mask)
    area = max(1, int(mask.sum()))
    return Certainty(
        {
            "core": _ramp(float(mask[core].mean()) if core.any() else 0.0, 0.9, 0.96),
            "covered": _ramp(float((covered & ~mask).sum() / max(1, covered.sum())), 0.16, 0.08),
            "extra": _ramp(float((mask & ~near).sum() / area), 0.14, 0.06),
            "crisp": _ramp(crisp, 0.55, 0.75),
            "ragged": _ramp(_raggedness(mask), 0.7, 0.4),
        }
    )


def _shape(cut: Cut, alpha: Float32Array, lab: Float32Array) -> dict[str, float]:
    area = float(cut.mask.mean())
    contour, crisp, flat = _crispness(lab, cut.mask)
    soft = float(((alpha > 0.1) & (alpha < 0.9)).sum()) / max(1, contour)
    return {
        "area": _ramp(area, 0.02, 0.04) * _ramp(area, 0.92, 0.85),
        "strip": _ramp(float(cut.mask[strip_of(*cut.mask.shape)].mean()), 0.5, 0.35),
        "soft": _ramp(soft, 5.0, 3.0),
        "crisp": _ramp(crisp, 0.5, 0.8),
        "flat": _ramp(flat, 0.12, 0.04),
    }


def _ramp(value: float, none: float, full: float) -> float:
    """Return 0 at `none`, 1 at `full`, straight between; `none` may be the larger one."""
    return float(np.clip((value - none) / (full - none), 0, 1))


def _left_beside(cut: Cut, second: SecondCut) -> float:
    """Return the largest piece beside the cut that is of its colour, as a share of it: a fingertip that was lost."""
    solid = cut.mask.astype(np.uint8)
    beyond = cv2.dilate(solid, np.ones((5, 5), np.uint8)) == 0
    near = cv2.dilate(solid, np.ones((9, 9), np.uint8)) > 0
    alike = beyond & second.alike & (cut.away > 0.8 * cut.low)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(alike.astype(np.uint8), connectivity=8)
    touching = np.unique(labels[near & alike])
    return float(stats[touching, cv2.CC_STAT_AREA].max() / solid.sum()) if len(touching) else 0.0


def _strange_ring(cut: Cut) -> float:
    """Return the share of the pixels around the subject that the backdrop does not explain."""
    solid = cut.mask.astype(np.uint8)
    reach = max(2, round(0.02 * min(solid.shape)))
    square = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    inner = cv2.dilate(solid, square)
    ring = (cv2.dilate(inner, square) > 0) & (inner == 0)
    return float((cut.away[ring] > 1.3 * cut.low).mean()) if ring.any() else 1.0


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
    step = np.linalg.norm(cv2.dilate(lab, square) - cv2.erode(lab, square), axis=-1)
    flat = within & (step < STEP)
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
