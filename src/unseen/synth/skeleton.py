"""Bend the bones of a right hand by joint angles, in millimetres.

The hand's own axes: the wrist is the origin, x points to the thumb's side, y to the fingers, z out of the palm.
Seen from the palm's side with the fingers up, the thumb of a right hand is on the right.
"""

from dataclasses import dataclass

import numpy as np

from unseen.records import Float64Array

FINGERS = ("thumb", "index", "middle", "ring", "pinky")
# MediaPipe's order: wrist, then four joints a finger from its base to its tip.
JOINTS = ("wrist", *(f"{finger}_{n}" for finger in FINGERS for n in (1, 2, 3, 4)))

# Degrees. The thumb: away from the index in the palm's plane, out of that plane, turn of its pad from facing as the
# palm does (0) to facing the fingers (90) and the palm (180), bends of its two upper joints. A finger: towards the
# thumb's side, bends of its three joints. The wrist: bend towards the palm, tilt towards the thumb.
ANGLES = (
    "thumb_away", "thumb_out", "thumb_turn", "thumb_2", "thumb_3",
    *(f"{finger}_{name}" for finger in FINGERS[1:] for name in ("aside", "1", "2", "3")),
    "wrist_bend", "wrist_tilt",
)  # fmt: skip
ANGLE = {name: i for i, name in enumerate(ANGLES)}
THUMB = slice(0, 5)
# Ranges of motion: active ranges of healthy adults (Hume et al., J. Hand Surg. 15A, 1990; AAOS), a little wider for
# loose joints; DIP joints of some people bend backwards.
LIMITS: Float64Array = np.array(
    [
        (-12.0, 75), (-15, 70), (10, 165), (-15, 62), (-25, 88),
        *((-30, 30), (-30, 95), (-8, 115), (-15, 88)) * 4,
        (-55, 55), (-20, 25),
    ]
)  # fmt: skip


def finger_angles(finger: int) -> slice:
    """Return where the four angles of a finger (1 index to 4 pinky) lie."""
    return slice(1 + 4 * finger, 5 + 4 * finger)


@dataclass(frozen=True, slots=True)
class Bones:
    """One person's hand at rest, in millimetres.

    bases: (5, 3) float64, thumb CMC and the four MCP joints. lengths: (5, 3) float64, the three bones of each finger
    from its base. lean: (5,) float64, degrees by which a bending finger turns to the thumb's side. radii: (5, 4)
    float64, of the flesh around each joint.
    """

    bases: Float64Array
    lengths: Float64Array
    lean: Float64Array
    radii: Float64Array


# An adult's hand of 185 mm (ANSUR II medians); the tips are joints too, half a radius below the skin.
ADULT = Bones(
    bases=np.array([(20.0, 19, 9), (23.5, 89, 1), (2.5, 91, -3), (-17, 85, -2), (-34, 75, 3)]),
    lengths=np.array([(44.0, 32, 25), (43, 26, 21), (48, 30, 22.5), (44, 28, 22.5), (34, 20, 19.5)]),
    lean=np.array([0.0, -5, 1, 7, 13]),
    radii=np.array(
        [(12, 11.2, 10.4, 8.4), (10, 9.2, 8.2, 7.0), (10.2, 9.4, 8.3, 7.1), (9.7, 8.8, 7.8, 6.7), (8.6, 7.8, 7.0, 6.0)]
    ),
)


@dataclass(frozen=True, slots=True)
class Frames:
    """Where the bones are. A rotation's columns are side, along and palm-side directions of the bone.

    joints: (21, 3) float64 mm. turns: (5, 3, 3, 3) float64, for each finger the rotation of each of its bones.
    forearm: (3, 3) float64, whose y axis points from the forearm to the hand.
    """

    joints: Float64Array
    turns: Float64Array
    forearm: Float64Array


def about_x(degrees: float) -> Float64Array:
    """Return the rotation that bends y towards z."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([(1.0, 0, 0), (0, c, -s), (0, s, c)])


def about_y(degrees: float) -> Float64Array:
    """Return the rotation that turns z towards x."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([(c, 0.0, s), (0, 1, 0), (-s, 0, c)])


def about_z(degrees: float) -> Float64Array:
    """Return the rotation that tilts x towards y."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([(c, -s, 0.0), (s, c, 0), (0, 0, 1)])


def finger_chain(bones: Bones, finger: int, angles: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Return one finger's joints (4, 3) mm and its bones' rotations (3, 3, 3); angles: all (23,), in degrees."""
    if finger == 0:
        away, out, turn, second, third = angles[THUMB]
        # the turn spins the bone about its own axis: the pad goes from the palm's side to the fingers'
        first = about_z(-away) @ about_x(out) @ about_y(-turn)
        bends = (second, third)
    else:
        aside, one, second, third = angles[finger_angles(finger)]
        lean = bones.lean[finger] * min(max(one, 0.0) / 60, 1.0)
        # a bent finger has no room to go aside: its ligaments are tight (Brand, Clinical Mechanics of the Hand)
        first = about_z(-aside * max(np.cos(np.radians(one)), 0.15)) @ about_y(lean) @ about_x(one)
        bends = (second, third)
    turns = np.empty((3, 3, 3))
    turns[0] = first
    turns[1] = turns[0] @ about_x(bends[0])
    turns[2] = turns[1] @ about_x(bends[1])
    joints = np.empty((4, 3))
    joints[0] = bones.bases[finger]
    for bone in range(3):
        joints[bone + 1] = joints[bone] + turns[bone, :, 1] * bones.lengths[finger, bone]
    return joints, turns


def pose_bones(bones: Bones, angles: Float64Array) -> Frames:
    """Bend the hand; angles: (23,) float64 degrees, see `ANGLES`."""
    joints, turns = np.zeros((21, 3)), np.empty((5, 3, 3, 3))
    for finger in range(5):
        joints[1 + 4 * finger : 5 + 4 * finger], turns[finger] = finger_chain(bones, finger, angles)
    forearm = about_x(-angles[ANGLE["wrist_bend"]]) @ about_z(angles[ANGLE["wrist_tilt"]])
    return Frames(joints, turns, forearm)


def within_limits(angles: Float64Array) -> Float64Array:
    """Clip angles (23,) to the range of human joints."""
    return np.clip(angles, LIMITS[:, 0], LIMITS[:, 1])
