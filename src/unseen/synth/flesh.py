"""Build the flesh of a hand from rounded cones along its bones, in the hand's own axes."""

from dataclasses import dataclass

import numpy as np

from unseen.records import Float64Array
from unseen.synth.people import Person
from unseen.synth.skeleton import Frames

PALM, SLEEVE = 0, 6  # groups; 1 to 5 are the fingers
GROUPS = 7
# Width in millimetres of the smooth union of the cones of each group.
MELT = np.array([4.2, 1.1, 0.8, 0.8, 0.8, 0.8, 1.0])
FOREARM = (-1, 0)


@dataclass(frozen=True, slots=True)
class Flesh:
    """P cones, each along its own y axis from 0 to `length`, elliptic where its axes are scaled.

    start, end: (P, 3) mm. inward: (P, 3, 3), from the hand's axes to the cone's (side, along, palm), scaled so that
    the section is a circle. length, near, far: (P,) mm, radii at its ends. group: (P,) int. owner: (P, 2) int, finger
    and bone; (-1, 0) is the forearm, (-1, 1) the palm.
    """

    start: Float64Array
    end: Float64Array
    inward: Float64Array
    length: Float64Array
    near: Float64Array
    far: Float64Array
    reach: Float64Array  # (P, 2), largest radius at each end
    group: np.ndarray[tuple[int], np.dtype[np.int64]]
    owner: np.ndarray[tuple[int, int], np.dtype[np.int64]]


class _Builder:
    def __init__(self) -> None:
        self.rows: list[tuple[object, ...]] = []

    def add(
        self,
        start: Float64Array,
        end: Float64Array,
        radii: tuple[float, float],
        group: int,
        owner: tuple[int, int],
        palm: Float64Array,
        wide: float = 1.0,
        thick: float = 1.0,
    ) -> None:
        """Add a cone; palm: the direction of its palm side. wide, thick: of its section, in shares of the radius."""
        along = end - start
        length = float(np.linalg.norm(along))
        along = along / max(length, 1e-9)
        side = np.cross(along, palm)
        side /= max(float(np.linalg.norm(side)), 1e-9)
        inward = np.stack([side / wide, along, np.cross(side, along) / thick])
        most = max(wide, thick)
        self.rows.append((start, end, inward, length, *radii, (radii[0] * most, radii[1] * most), group, owner))

    def done(self) -> Flesh:
        columns = [np.array(column) for column in zip(*self.rows, strict=True)]
        return Flesh(*columns)


def make_flesh(person: Person, frames: Frames) -> Flesh:
    """Return the cones of a person's hand and forearm."""
    build = _Builder()
    size = person.bones.bases[2, 1] / 91
    slim = float(person.bones.radii[1:].mean() / 7.7)
    _palm(build, person, frames, size, slim)
    for finger in range(5):
        _finger(build, person, frames, finger)
    _arm(build, person, frames, slim)
    return build.done()


def _finger(build: _Builder, person: Person, frames: Frames, finger: int) -> None:
    joints, radii = frames.joints[1 + 4 * finger : 5 + 4 * finger], person.bones.radii[finger]
    for bone in range(3):
        turn = frames.turns[finger, bone]
        start, end = joints[bone], joints[bone + 1]
        near, far = float(radii[bone]), float(radii[bone + 1])
        if finger == 0 and bone == 0:
            start, near = start * 0.45 + end * 0.55, float(radii[1])
        if bone == 2:
            end = end - turn[:, 1] * far * 0.5
        flat = 0.86 if bone == 2 else 0.93
        build.add(start, end, (near, far), finger + 1, (finger, bone), turn[:, 2], thick=flat)


def _palm(build: _Builder, person: Person, frames: Frames, size: float, slim: float) -> None:
    bases, joints, up = person.bones.bases, frames.joints, np.array([0.0, 0, 1])
    for finger in range(1, 5):
        radius = float(person.bones.radii[finger, 0])
        carpal = np.array([bases[finger, 0] * 0.5, 12 * size, bases[finger, 2] * 0.4])
        build.add(carpal, bases[finger], (11 * slim * size, radius * 0.98), PALM, (-1, 1), up, thick=0.95)
        turn = frames.turns[finger, 0]
        stub = bases[finger] + turn[:, 1] * person.bones.lengths[finger, 0] * 0.36
        build.add(bases[finger], stub, (radius * 0.98, radius * 0.86), PALM, (finger, 0), turn[:, 2], thick=0.93)
    root, knuckle = joints[1], joints[2]
    turn = frames.turns[0, 0]
    ball = 13.0 * slim * size
    build.add(np.array([9.0, 12, 4]) * size, knuckle - turn[:, 1] * 8, (ball, 10.2 * slim * size), PALM, (-1, 2), up)
    inner = np.array([6.0, 34, 3]) * size
    build.add(root + 2.0 * up, inner, (ball * 0.9, 9 * size), PALM, (-1, 2), up)
    middle, hollow = np.array([14.0, 36, 3]) * size, np.array([20.0, 62, 1]) * size
    build.add(middle, hollow, (10 * size, 9 * size), PALM, (-1, 1), up)
    web = bases[1] * 0.72
    build.add(root * 0.3 + knuckle * 0.7, web, (6.0 * size, 7.0 * size), PALM, (-1, 2), up)
    heel = 11.5 * slim * size
    build.add(np.array([-17.0, 15, 3]) * size, bases[4] * 0.8 + 3 * up, (heel, heel * 0.78), PALM, (-1, 1), up)


def _arm(build: _Builder, person: Person, frames: Frames, slim: float) -> None:
    turn = frames.forearm
    size = person.bones.bases[2, 1] / 91 * slim**0.5
    down, palm = -turn[:, 1], turn[:, 2]
    wrist = np.array([0.0, 6, 0]) * size
    narrow, elbow = down * 32 * size, down * 290
    build.add(wrist, narrow, (17 * size, 17.5 * size), PALM, FOREARM, palm, wide=1.5)
    build.add(narrow, elbow, (17.5 * size, 33 * size), PALM, FOREARM, palm, wide=1.48)
    if person.sleeve is not None:
        cuff = down * person.sleeve_mm
        width = 17.5 + 15.5 * person.sleeve_mm / 290
        build.add(cuff, down * 320, ((width + 5) * size, 42 * size), SLEEVE, FOREARM, palm, wide=1.46)
