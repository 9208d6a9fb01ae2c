"""The signs read as signs: limits hold, the right fingers are up, what must touch touches, on many hands."""

import numpy as np
import pytest

from pretrain.any_hand import any_angles
from unseen.records import Float64Array
from unseen.synth.people import make_person
from unseen.synth.poses import COUNTING, DIGITS, LETTERS, SIGNS, Pose
from unseen.synth.sampling import around
from unseen.synth.skeleton import ANGLES, FINGERS, LIMITS, pose_bones

EVERY = [
    pytest.param(pose, id=f"{name}-{sign}-{way}")
    for name, signs in SIGNS.items()
    for sign, ways in signs.items()
    for way, pose in enumerate(ways)
]
UP = {
    "0": set(), "1": {"index"}, "2": {"index", "middle"}, "3": {"index", "middle", "ring"},
    "4": set(FINGERS[1:]), "5": set(FINGERS),
}  # fmt: skip


def joints(pose: Pose, person: int = 0, seed: int = 0) -> Float64Array:
    bones = make_person(5, person).bones
    return pose_bones(bones, around(pose, bones, np.random.default_rng(seed))).joints


def extended(found: Float64Array) -> set[str]:
    """Fingers that are nearly as long from base to tip as their bones."""
    up = set()
    for finger, name in enumerate(FINGERS):
        chain = found[1 + 4 * finger : 5 + 4 * finger]
        bones = np.linalg.norm(np.diff(chain, axis=0), axis=1).sum()
        if np.linalg.norm(chain[3] - chain[0]) > 0.9 * bones:
            up.add(name)
    return up


@pytest.mark.parametrize("pose", EVERY)
def test_no_joint_bends_further_than_joints_of_people_do(pose: Pose) -> None:
    assert len(pose.angles) == len(ANGLES)
    for person in range(3):
        bones = make_person(1, person).bones
        angles = around(pose, bones, np.random.default_rng(person), stray=12)
        assert (angles >= LIMITS[:, 0]).all()
        assert (angles <= LIMITS[:, 1]).all()
        frames = pose_bones(bones, angles)
        for finger in range(5):
            chain = frames.joints[1 + 4 * finger : 5 + 4 * finger]
            assert np.linalg.norm(np.diff(chain, axis=0), axis=1) == pytest.approx(bones.lengths[finger])


def test_any_hand_keeps_the_limits() -> None:
    rng, bones = np.random.default_rng(0), make_person(0, 0).bones
    drawn = np.stack([any_angles(bones, rng) for _ in range(60)])
    assert (drawn >= LIMITS[:, 0]).all()
    assert (drawn <= LIMITS[:, 1]).all()
    assert (drawn[:, 5:21].std(axis=0) > 2).all()


@pytest.mark.parametrize("sign", COUNTING)
def test_counting_holds_up_as_many_fingers_as_it_says(sign: str) -> None:
    for person in range(4):
        fingers = extended(joints(COUNTING[sign][0], person, person)) - ({"thumb"} if sign != "5" else set())
        assert fingers == UP[sign]


@pytest.mark.parametrize(("sign", "finger"), [("6", "pinky"), ("7", "ring"), ("8", "middle"), ("9", "index")])
def test_six_to_nine_touch_one_finger_with_the_thumb(sign: str, finger: str) -> None:
    for person in range(4):
        found = joints(DIGITS[sign][0], person, person)
        apart = {name: np.linalg.norm(found[4] - found[4 + 4 * i]) for i, name in enumerate(FINGERS) if i}
        assert min(apart, key=lambda name: apart[name]) == finger
        assert apart[finger] < 28  # the tips are joints inside the pads
        assert extended(found) - {"thumb"} == set(FINGERS[1:]) - {finger}


def test_letters_that_differ_in_one_thing_differ_in_it() -> None:
    u, v, r = (joints(LETTERS[letter][0]) for letter in "UVR")
    between = {name: np.linalg.norm(found[8] - found[12]) for name, found in (("u", u), ("v", v))}
    assert between["v"] > 1.5 * between["u"]
    assert r[8, 0] < r[12, 0], "in R the index crosses over the middle finger"
    assert u[8, 0] > u[12, 0]
    assert extended(joints(LETTERS["Y"][0])) == {"thumb", "pinky"}
    assert extended(joints(LETTERS["L"][0])) == {"thumb", "index"}
    # in A the thumb is beside the fist, in S before it
    assert joints(LETTERS["A"][0])[4, 0] > joints(LETTERS["S"][0])[4, 0] + 8
    assert set(LETTERS) == set("ABCDEFGHIKLMNOPQRSTUVWXY")


def test_more_fingers_lie_over_the_thumb_in_m_than_in_n_than_in_t() -> None:
    thumb = [joints(LETTERS[letter][0])[4, 0] for letter in "MNT"]
    assert thumb == sorted(thumb)
