"""Copy the pose of a real hand: from 21 joints in space to joint angles, and to the way it is held to the camera.

Directions of bones are copied and lengths are not, so that whoever the hand belongs to, the angles fit anybody's bones
(retargeting by angles, as in Monzani et al., 2000, "Using an Intermediate Skeleton and Inverse Kinematics").
"""

import numpy as np

from unseen.records import Float32Array, Float64Array
from unseen.synth.poses import Pose, View
from unseen.synth.skeleton import ADULT, ANGLES, LIMITS, THUMB, finger_angles, finger_chain

INDEX, MIDDLE, LITTLE = 1, 2, 4  # fingers, as in `Bones`
THUMB_STARTS = ((30.0, 20, 60, 10, 10), (20.0, 42, 105, 42, 45))  # beside the palm, across it
STEPS = 8
DAMPING = 0.02  # mm² a degree²: keeps to where the search starts, where several angles fit equally
REACH_DEG = 20.0  # most change of an angle a step
# A copied view is varied by so many degrees, less than that of a sign in general: this is how this person holds it.
VIEW_SPREAD_DEG = 10.0
# Mean distance of the copied joints, in lengths of the palm, up to which a pose counts as copied: half of the hands of
# three sets come to 0.035, nine tenths to 0.1, hands that are read the wrong way round to 0.3 (docs/log.md).
MOST_MISFIT = 0.1


def copy_pose(joints: Float32Array, palm: Float32Array) -> Pose | None:
    """Return the pose of a right hand, seen once; `None` where no human hand has these joints.

    joints: (21, 3) in the palm frame of `locate.hand_pose`; palm: (6,), the palm's x and y axes in the view, x right, y
    down, z away from the camera; a left hand as its mirror image.
    """
    angles, misfit = fit_angles(joints)
    return Pose(angles, views=(view_of(palm),)) if misfit <= MOST_MISFIT else None


def fit_angles(joints: Float32Array) -> tuple[Float64Array, float]:
    """Return the joint angles (23,) degrees, the wrist's 0, and the mean distance of the joints in palm lengths."""
    placed = joints.astype(np.float64) @ _palm_axes().T  # the palm's axes, which the knuckles give, to the hand's own
    angles, errors = np.zeros(len(ANGLES)), []
    for finger in range(5):
        here = THUMB if finger == 0 else finger_angles(finger)
        bones = np.diff(placed[1 + 4 * finger : 5 + 4 * finger], axis=0)
        ways = bones / np.maximum(np.linalg.norm(bones, axis=1, keepdims=True), 1e-9)
        target = ADULT.bases[finger] + np.cumsum(ways * ADULT.lengths[finger][:, None], axis=0)
        found = [_search(finger, target, start) for start in _starts(finger, ways)]
        angles[here], error = min(found, key=lambda one: one[1])
        errors.append(error)
    return angles, float(np.mean(errors)) / float(np.linalg.norm(ADULT.bases[MIDDLE]))


def view_of(palm: Float32Array) -> View:
    """Return how the hand is held, from the palm's x and y axes in the view, (6,)."""
    x, y = palm.reshape(2, 3).astype(np.float64) * np.array([1.0, -1, -1])  # to the room's axes: y up, z to the camera
    x = x / max(float(np.linalg.norm(x)), 1e-9)
    y = y - (y @ x) * x
    y = y / max(float(np.linalg.norm(y)), 1e-9)
    turned = np.stack([x, y, np.cross(x, y)], axis=1) @ _palm_axes().T
    # of a rotation about y, then x, then z (`camera.turn_hand`)
    nod = np.degrees(np.arcsin(np.clip(turned[2, 1], -1, 1)))
    turn, roll = np.degrees([np.arctan2(-turned[2, 0], turned[2, 2]), np.arctan2(-turned[0, 1], turned[1, 1])])
    return View(float(turn), float(nod), float(roll), VIEW_SPREAD_DEG)


def _palm_axes() -> Float64Array:
    """Return the axes (3, 3) of the palm frame as columns, in the hand's own axes."""
    y = ADULT.bases[MIDDLE] / np.linalg.norm(ADULT.bases[MIDDLE])
    across = ADULT.bases[INDEX] - ADULT.bases[LITTLE]
    x = across - (across @ y) * y
    x = x / np.linalg.norm(x)
    return np.stack([x, y, np.cross(x, y)], axis=1)


def _starts(finger: int, ways: Float64Array) -> list[Float64Array]:
    """Return angles from which the search starts; ways: (3, 3), the directions of the finger's bones."""
    if finger == 0:
        return [np.array(start) for start in THUMB_STARTS]
    first = ways[0]
    flat = float(np.hypot(first[0], first[1]))
    aside = np.degrees(np.arctan2(first[0], abs(first[1]))) if flat > 0.3 else 0.0
    knuckle = np.degrees(np.arctan2(first[2], np.copysign(flat, first[1])))
    bends = np.degrees(np.arccos(np.clip((ways[:-1] * ways[1:]).sum(axis=1), -1, 1)))
    return [np.array([aside, knuckle, *bends])]


def _search(finger: int, target: Float64Array, start: Float64Array) -> tuple[Float64Array, float]:
    """Return angles at which the finger's joints are nearest to `target` (3, 3) mm, and how far they are on average.

    Levenberg-Marquardt with differences for slopes, within the limits of human joints.
    """
    here = THUMB if finger == 0 else finger_angles(finger)
    low, high = LIMITS[here, 0], LIMITS[here, 1]
    whole = np.zeros(len(ANGLES))

    def gaps(angles: Float64Array) -> Float64Array:
        whole[here] = angles
        return (finger_chain(ADULT, finger, whole)[0][1:] - target).ravel()

    start = np.clip(start, low, high)
    now, left, caution = start, gaps(start), 1.0
    for _ in range(STEPS):
        slopes = np.stack([gaps(now + one) - left for one in np.eye(len(now))], axis=1)
        pull = slopes.T @ slopes + (caution + DAMPING) * np.eye(len(now))
        step = np.linalg.solve(pull, -slopes.T @ left + DAMPING * (start - now))
        tried = np.clip(now + np.clip(step, -REACH_DEG, REACH_DEG), low, high)
        after = gaps(tried)
        better = after @ after < left @ left
        now, left, caution = (tried, after, caution / 2) if better else (now, left, caution * 4)
    return now, float(np.linalg.norm(left.reshape(3, 3), axis=1).mean())
