"""Adjust joint angles until the given parts of a hand touch (damped least squares)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from unseen.records import Float64Array
from unseen.synth.skeleton import FINGERS, LIMITS, THUMB, Bones, finger_angles, finger_chain

Side = Literal["palm", "back", "thumb", "little"]
# (axis of a bone's rotation, sign)
_SIDES: dict[Side, tuple[int, float]] = {"palm": (2, 1.0), "back": (2, -1.0), "thumb": (0, 1.0), "little": (0, -1.0)}

STEPS = 6
PALM_MM = 11.0  # half the palm's thickness
DAMPING = 0.02  # mm² a degree²: keeps to the sign's own angles where several would do
REACH_DEG = 14.0  # most change of an angle a step


@dataclass(frozen=True, slots=True)
class Touch:
    """The pad of a finger lies on a place of another's bone.

    bone: 0 to 2 from the finger's base, -1 its bone in the palm. share: of the bone's length, from its base.
    """

    pad: str
    on: str
    bone: int = 2
    share: float = 0.8
    side: Side = "palm"
    both: bool = False  # the other finger bends towards the pad too

    def gap(self, bones: Bones, angles: Float64Array) -> Float64Array:
        """Return the way from the pad to the place, (3,) float64 mm."""
        way: Float64Array = self._place(bones, angles) - self._pad(bones, angles)
        return way

    def _pad(self, bones: Bones, angles: Float64Array) -> Float64Array:
        finger = FINGERS.index(self.pad)
        joints, turns = finger_chain(bones, finger, angles)
        point: Float64Array = joints[3] - 4 * turns[2, :, 1] + bones.radii[finger, 3] * 0.9 * turns[2, :, 2]
        return point

    def _place(self, bones: Bones, angles: Float64Array) -> Float64Array:
        finger = FINGERS.index(self.on)
        axis, sign = _SIDES[self.side]
        if self.bone < 0:
            inside: Float64Array = bones.bases[finger] * self.share + np.eye(3)[axis] * sign * PALM_MM
            return inside
        joints, turns = finger_chain(bones, finger, angles)
        near, far = bones.radii[finger, self.bone : self.bone + 2]
        radius = (near + (far - near) * self.share) * 0.95
        point = joints[self.bone] * (1 - self.share) + joints[self.bone + 1] * self.share
        outside: Float64Array = point + turns[self.bone, :, axis] * sign * radius
        return outside

    def free(self) -> list[int]:
        """Return the positions of the angles that may move."""
        moved = [self.pad, self.on] if self.both else [self.pad]
        places: list[int] = []
        for name in moved:
            finger = FINGERS.index(name)
            here = THUMB if finger == 0 else finger_angles(finger)
            places += range(here.start, here.stop)
        return places


def bring_together(bones: Bones, angles: Float64Array, touches: Sequence[Touch]) -> Float64Array:
    """Return angles (23,) near the given ones, within the limits, at which the touches are as close as they get."""
    if not touches:
        return angles
    free = sorted({place for touch in touches for place in touch.free()})
    start, now = angles[free], angles.copy()
    low, high = LIMITS[free, 0], LIMITS[free, 1]
    for _ in range(STEPS):
        gaps = np.concatenate([touch.gap(bones, now) for touch in touches])
        slopes = np.empty((len(gaps), len(free)))
        for column, place in enumerate(free):
            moved = now.copy()
            moved[place] += 1.0
            slopes[:, column] = np.concatenate([touch.gap(bones, moved) for touch in touches]) - gaps
        pull = slopes.T @ slopes + DAMPING * np.eye(len(free))
        step = np.linalg.solve(pull, -slopes.T @ gaps + DAMPING * (start - now[free]))
        now[free] = np.clip(now[free] + np.clip(step, -REACH_DEG, REACH_DEG), low, high)
    return now
