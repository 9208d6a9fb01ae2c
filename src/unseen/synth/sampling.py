"""A pose or chance in, joint angles of one moment out: around signs, between them, and finger by finger."""

from dataclasses import dataclass

import numpy as np

from unseen.records import Float32Array, Float64Array
from unseen.synth.camera import Camera, aim, turn_hand
from unseen.synth.hand_renderer import Rendered, render
from unseen.synth.lamps import make_room
from unseen.synth.people import Person, make_person
from unseen.synth.poses import SIGNS, Pose, View
from unseen.synth.skeleton import ANGLES, Bones, finger_angles, pose_bones, within_limits
from unseen.synth.touch import bring_together

STRAY_DEG = 5.0  # how differently people show one sign
_SPREAD_ANGLES = [i for i, name in enumerate(ANGLES) if name.endswith("_aside")]
_EVERY = [pose for signs in SIGNS.values() for ways in signs.values() for pose in ways]


def around(pose: Pose, bones: Bones, rng: np.random.Generator, stray: float = STRAY_DEG) -> Float64Array:
    """Return angles (23,) of one showing of the sign: strayed, within limits, and what must touch touches."""
    noise = rng.normal(0, stray, len(ANGLES))
    noise[_SPREAD_ANGLES] *= 0.4
    for finger in range(1, 5):
        # the three joints of a finger bend together: one tendon runs over them all
        here = finger_angles(finger)
        noise[here.start + 1 : here.stop] = 0.5 * noise[here.start + 1 : here.stop] + rng.normal(0, 0.8 * stray)
    return bring_together(bones, within_limits(pose.angles + noise), pose.touches)


def anything(bones: Bones, rng: np.random.Generator) -> Float64Array:
    """Return angles (23,) of any hand: a sign, a moment between two, or fingers that each do as in another sign."""
    first, second = (_EVERY[i] for i in rng.integers(len(_EVERY), size=2))
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
    """Draw how a hand is held: any way round, fingers up more often than down."""
    turn = rng.uniform(-180, 180) if rng.uniform() < 0.5 else rng.choice([0, 180]) + rng.normal(0, 30)
    roll = rng.uniform(-180, 180) if rng.uniform() < 0.35 else rng.normal(0, 35)
    return View(turn=float(turn), nod=float(rng.normal(0, 28)), roll=float(roll))


def near_view(views: tuple[View, ...], rng: np.random.Generator) -> View:
    """Draw one of a sign's usual views and hold it a little differently."""
    weights = np.array([view.weight for view in views])
    view = views[int(rng.choice(len(views), p=weights / weights.sum()))]
    turn, nod, roll = rng.normal(0, view.spread, 3) * np.array([1.0, 0.7, 0.7])
    return View(view.turn + float(turn), view.nod + float(nod), view.roll + float(roll))


def frame_hand(joints: Float64Array, view: View, left: bool, rng: np.random.Generator, fill: float) -> Camera:
    """Aim a camera at joints (21, 3) mm so that they take about `fill` of the side, somewhere about the middle."""
    room = max(0.0, 0.5 - fill / 2)
    at = 0.5 + rng.uniform(-1, 1, 2) * (0.04 + 0.6 * room)
    return aim(joints, turn_hand(view, left), float(np.exp(rng.uniform(5.8, 7.0))), fill, (float(at[0]), float(at[1])))


@dataclass(frozen=True, slots=True)
class AnyHand:
    """A rendered hand of anyone in any pose, and the degrees its joints are bent by, (23,) float32."""

    seen: Rendered
    angles: Float32Array
    person: Person


def any_hand(seed: int, side_px: int = 128, samples: int = 2) -> AnyHand:
    """Render a hand of anyone, any way: for teaching what hands are; the same for the same seed and side."""
    rng = np.random.default_rng(seed)
    person = make_person(seed, 0)
    left = bool(rng.uniform() < 0.5)
    angles = anything(person.bones, rng)
    frames = pose_bones(person.bones, angles)
    camera = frame_hand(frames.joints, any_view(rng), left, rng, float(rng.uniform(0.4, 1.05)))
    seen = render(person, frames, camera, make_room(seed, 0), side_px, left, samples)
    return AnyHand(seen, angles.astype(np.float32), person)
