"""Compare how a hand is held with training's hand that is nearest among those of a class: which finger differs, how.

Hands are compared in the plane of the photo, in the palm's frame: from the wrist, the way the palm points, x towards
the index finger's side, in units of the palm. So size, place, turn and which hand it is make no difference.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from unseen.explanation.activation_map import FINGERS
from unseen.records import Float32Array

JOINTS, INDEX_ROOT, MIDDLE_ROOT, LITTLE_ROOT = 21, 5, 9, 17
# In palms: fingers of one sign differ by less from photo to photo.
LEAST = 0.3
EDGE_ON = 0.25  # a palm that narrow does not say where its sides are


class Held(StrEnum):
    """How a finger is held beside how it is held elsewhere."""

    STRAIGHTER = "straighter"
    BENT_MORE = "bent_more"
    BESIDE = "beside"
    ACROSS = "across"


@dataclass(frozen=True, slots=True)
class Difference:
    """The finger that differs most. palms: mean distance of its joints. near: row of the hand compared with."""

    finger: str
    held: Held
    palms: float
    near: int


def in_palm(joints: Float32Array, aspect: float = 1.0) -> Float32Array | None:
    """Return joints (21, 2), in shares of a photo of that width over height, in the palm's frame; `None` if edge-on."""
    places = joints.astype(np.float64) * [aspect, 1]
    if places.shape != (JOINTS, 2) or not np.isfinite(places).all():
        return None
    from_wrist = places - places[0]
    unit = float(np.hypot(*from_wrist[MIDDLE_ROOT]))
    if unit < 1e-6:
        return None
    up = from_wrist[MIDDLE_ROOT] / unit
    x, y = from_wrist @ np.array([-up[1], up[0]]) / unit, from_wrist @ up / unit
    width = float(x[INDEX_ROOT] - x[LITTLE_ROOT])
    if abs(width) < EDGE_ON:
        return None
    out: Float32Array = np.stack([x * np.sign(width), y], axis=1).astype(np.float32)
    return out


def difference(hand: Float32Array, others: Float32Array) -> Difference | None:
    """Return how a hand (21, 2) differs from the nearest of `others` (N, 21, 2); `None` where it hardly does."""
    known = np.flatnonzero(np.isfinite(others).all(axis=(1, 2)))
    if not len(known):
        return None
    apart = np.linalg.norm(others[known] - hand, axis=2)  # (N, 21)
    by_finger = apart[:, 1:].reshape(-1, len(FINGERS), 4)[:, :, 1:].mean(axis=2)
    # the one finger that differs must not decide which hand is nearest: the others do
    nearest = int(np.sort(by_finger, axis=1)[:, :-1].sum(axis=1).argmin())
    fingers = by_finger[nearest]
    worst = int(fingers.argmax())
    if fingers[worst] < LEAST:
        return None
    mine, theirs = (one[1 + 4 * worst : 5 + 4 * worst] for one in (hand, others[known[nearest]]))
    return Difference(FINGERS[worst], _held(mine, theirs), float(fingers[worst]), int(known[nearest]))


def _held(mine: Float32Array, theirs: Float32Array) -> Held:
    reach, their_reach = (float(np.hypot(*(one[-1] - one[0]))) for one in (mine, theirs))
    aside = float(mine[-1, 0] - theirs[-1, 0])
    if abs(reach - their_reach) >= abs(aside):
        return Held.STRAIGHTER if reach > their_reach else Held.BENT_MORE
    return Held.BESIDE if aside > 0 else Held.ACROSS
