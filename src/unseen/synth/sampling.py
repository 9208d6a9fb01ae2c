"""Vary signs: joint angles as different people show them, views, and the camera that takes them."""

import numpy as np

from unseen.records import Float64Array
from unseen.synth.camera import Camera, aim, turn_hand
from unseen.synth.poses import Pose, View
from unseen.synth.skeleton import ANGLES, Bones, finger_angles, within_limits
from unseen.synth.touch import bring_together

STRAY_DEG = 5.0  # standard deviation of joint angles between people who show one sign
_SPREAD_ANGLES = [i for i, name in enumerate(ANGLES) if name.endswith("_aside")]


def around(pose: Pose, bones: Bones, rng: np.random.Generator, stray: float = STRAY_DEG) -> Float64Array:
    """Return joint angles (23,) degrees of one showing of the sign: noisy, within limits, with its touches."""
    noise = rng.normal(0, stray, len(ANGLES))
    noise[_SPREAD_ANGLES] *= 0.4
    for finger in range(1, 5):
        # the three joints of a finger bend together: one tendon runs over them all
        here = finger_angles(finger)
        noise[here.start + 1 : here.stop] = 0.5 * noise[here.start + 1 : here.stop] + rng.normal(0, 0.8 * stray)
    return bring_together(bones, within_limits(pose.angles + noise), pose.touches)


def near_view(views: tuple[View, ...], rng: np.random.Generator) -> View:
    """Draw one of a sign's usual views and vary it a little."""
    weights = np.array([view.weight for view in views])
    view = views[int(rng.choice(len(views), p=weights / weights.sum()))]
    turn, nod, roll = rng.normal(0, view.spread, 3) * np.array([1.0, 0.7, 0.7])
    return View(view.turn + float(turn), view.nod + float(nod), view.roll + float(roll))


def frame_hand(joints: Float64Array, view: View, left: bool, rng: np.random.Generator, fill: float) -> Camera:
    """Aim a camera at joints (21, 3) mm so that they fill about `fill` of the side, near the centre."""
    room = max(0.0, 0.5 - fill / 2)
    at = 0.5 + rng.uniform(-1, 1, 2) * (0.04 + 0.6 * room)
    return aim(joints, turn_hand(view, left), float(np.exp(rng.uniform(5.8, 7.0))), fill, (float(at[0]), float(at[1])))
