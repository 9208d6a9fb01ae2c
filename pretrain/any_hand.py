"""Render hands of any person in any pose, to pre-train on: signs, poses between two signs, and mixed fingers."""

from dataclasses import dataclass

import numpy as np

from unseen.records import Float32Array, Float64Array
from unseen.synth.hand_renderer import Rendered, render
from unseen.synth.lamps import make_room
from unseen.synth.people import Person, make_person
from unseen.synth.poses import SIGNS, View
from unseen.synth.sampling import around, frame_hand
from unseen.synth.skeleton import Bones, finger_angles, pose_bones, within_limits

ALL_POSES = [pose for signs in SIGNS.values() for poses in signs.values() for pose in poses]


def any_angles(bones: Bones, rng: np.random.Generator) -> Float64Array:
    """Return the angles (23,) of a sign, of a pose between two, or of fingers taken from two signs."""
    first, second = (ALL_POSES[i] for i in rng.integers(len(ALL_POSES), size=2))
    kind = rng.uniform()
    if kind < 0.5:
        return around(first, bones, rng, stray=7)
    start, end = around(first, bones, rng, stray=7), around(second, bones, rng, stray=7)
    if kind < 0.75:
        share = rng.uniform(0, 1)
        return within_limits(start * (1 - share) + end * share)
    mixed = start.copy()
    for finger in range(1, 5):
        if rng.uniform() < 0.4:
            here = finger_angles(finger)
            mixed[here] = end[here]
    mixed[-2:] += rng.normal(0, 15, 2)
    return within_limits(mixed)


def any_view(rng: np.random.Generator) -> View:
    """Draw how a hand is held: in any direction, with the fingers up more often than down."""
    turn = rng.uniform(-180, 180) if rng.uniform() < 0.5 else rng.choice([0, 180]) + rng.normal(0, 30)
    roll = rng.uniform(-180, 180) if rng.uniform() < 0.35 else rng.normal(0, 35)
    return View(turn=float(turn), nod=float(rng.normal(0, 28)), roll=float(roll))


@dataclass(frozen=True, slots=True)
class AnyHand:
    """A rendered hand of any person in any pose, and its joint angles (23,) float32, degrees."""

    seen: Rendered
    angles: Float32Array
    person: Person


def any_hand(seed: int, side_px: int = 128, samples: int = 2) -> AnyHand:
    """Render a hand of any person in any pose; the same for the same seed and side."""
    rng = np.random.default_rng(seed)
    person = make_person(seed, 0)
    left = bool(rng.uniform() < 0.5)
    angles = any_angles(person.bones, rng)
    frames = pose_bones(person.bones, angles)
    camera = frame_hand(frames.joints, any_view(rng), left, rng, float(rng.uniform(0.4, 1.05)))
    seen = render(person, frames, camera, make_room(seed, 0), side_px, left, samples)
    return AnyHand(seen, angles.astype(np.float32), person)
