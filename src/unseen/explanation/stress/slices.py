"""Slice real photos by the skin tone that they show, as measured, and by which hand it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from unseen.evaluation.intervals import interval
from unseen.explanation.hand_difference import INDEX_ROOT, LITTLE_ROOT
from unseen.explanation.stress.hand_stress import MONK_SCALE
from unseen.inference.asked_hand import JOINTS, side_of
from unseen.records import BoolArray, Float32Array, Float64Array, Interval, Uint8Array

WRIST = 0
STEPS = 8  # places along each side of the palm at which its colour is read


class Shown(StrEnum):
    """What a slice's photos show. Tones are orbs of the Monk Skin Tone scale: 1 to 4, 5 to 7, 8 to 10."""

    LIGHT = "light"
    MIDDLE = "middle"
    DARK = "dark"
    LEFT = "left"
    RIGHT = "right"


_TONES = (Shown.LIGHT,) * 4 + (Shown.MIDDLE,) * 3 + (Shown.DARK,) * 3


@dataclass(frozen=True, slots=True)
class Slice:
    """Accuracy on the photos that show one thing, as they are."""

    shown: Shown
    accuracy: Interval


def slices(
    right: BoolArray, shown: Sequence[Sequence[Shown]], groups: Sequence[str], seed: int = 0
) -> tuple[Slice, ...]:
    """Return accuracy for each thing that any photo shows. right: (N,). shown: of each photo."""
    found = []
    for one in Shown:
        own = [i for i, of in enumerate(shown) if one in of]
        if own:
            found.append(Slice(one, interval(right[own].astype(np.float64), [groups[i] for i in own], seed)))
    return tuple(found)


def what_is_shown(photo: Uint8Array, joints: Float32Array | None) -> tuple[Shown, ...]:
    """Return skin tone and side of the hand in a photo (H, W, 3) by its joints (21, 2), shares of it; else nothing."""
    if joints is None or joints.shape != (JOINTS, 2) or not np.isfinite(joints).all():
        return ()
    places = joints * np.array([photo.shape[1], photo.shape[0]], np.float32)
    return _TONES[tone_of(photo, places)], Shown(side_of(photo, places))


def tone_of(photo: Uint8Array, joints: Float32Array) -> int:
    """Return which orb of the Monk scale is nearest in colour to the palm or its back, 0 the lightest.

    joints: (21, 2), pixels. The photo's light is part of what is measured.
    """
    shares = (np.arange(STEPS) + 0.5) / STEPS
    first, second = (grid.ravel()[:, None] for grid in np.meshgrid(shares, shares))
    wrist, index, little = (joints[i] for i in (WRIST, INDEX_ROOT, LITTLE_ROOT))
    inside = wrist + first * ((index - wrist) * (1 - second) + (little - wrist) * second)
    columns, rows = (inside[:, i].round().astype(int).clip(0, photo.shape[1 - i] - 1) for i in (0, 1))
    colour = np.median(photo[rows, columns][:, :3], axis=0)
    apart = _lab(np.array(MONK_SCALE, np.float64)) - _lab(np.asarray(colour, np.float64)[None])
    return int(np.hypot(apart[:, 0], np.hypot(apart[:, 1], apart[:, 2])).argmin())


def _lab(colours: Float64Array) -> Float64Array:
    """Return sRGB (N, 3) in 0..255 as CIE L*a*b* (D65)."""
    share = colours / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = linear @ to_xyz.T / to_xyz.sum(axis=1)
    root = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = root.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)
