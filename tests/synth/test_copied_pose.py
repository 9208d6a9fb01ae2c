import numpy as np
import pytest

from unseen.records import Float32Array, Float64Array
from unseen.synth.camera import turn_hand
from unseen.synth.copied_pose import MOST_MISFIT, copy_pose, fit_angles, view_of
from unseen.synth.people import make_person
from unseen.synth.poses import LETTERS, View
from unseen.synth.sampling import around
from unseen.synth.skeleton import ADULT, pose_bones

INDEX_ROOT, MIDDLE_ROOT, LITTLE_ROOT = 5, 9, 17


def palm_axes(joints: Float64Array) -> Float64Array:
    """The palm frame of a hand in its own axes, as columns."""
    y = joints[MIDDLE_ROOT] / np.linalg.norm(joints[MIDDLE_ROOT])
    across = joints[INDEX_ROOT] - joints[LITTLE_ROOT]
    x = across - (across @ y) * y
    x = x / np.linalg.norm(x)
    return np.stack([x, y, np.cross(x, y)], axis=1)


def in_palm_frame(joints: Float64Array) -> Float32Array:
    placed: Float32Array = (joints @ palm_axes(joints) / np.linalg.norm(joints[MIDDLE_ROOT])).astype(np.float32)
    return placed


def directions(joints: Float64Array) -> Float64Array:
    bones = np.concatenate([np.diff(joints[1 + 4 * f : 5 + 4 * f], axis=0) for f in range(5)])
    unit: Float64Array = bones / np.linalg.norm(bones, axis=1, keepdims=True)
    return unit


@pytest.mark.parametrize("letter", ["A", "B", "K", "M", "R", "X", "Y"])
def test_the_pose_of_another_persons_hand_is_found_again(letter: str) -> None:
    person = make_person(seed=3, number=ord(letter))
    angles = around(LETTERS[letter][0], person.bones, np.random.default_rng(ord(letter)))
    theirs = pose_bones(person.bones, angles).joints
    found, misfit = fit_angles(in_palm_frame(theirs))
    copied = pose_bones(ADULT, found).joints
    turned = np.degrees(np.arccos(np.clip((directions(copied) * directions(theirs)).sum(axis=1), -1, 1)))
    assert misfit < MOST_MISFIT / 2
    assert turned.mean() < 6
    assert turned.max() < 25


def test_joints_that_no_hand_can_have_are_not_copied() -> None:
    fist = in_palm_frame(pose_bones(ADULT, LETTERS["S"][0].angles).joints)
    palm = np.array([1, 0, 0, 0, -1, 0], np.float32)
    assert copy_pose(fist, palm) is not None
    assert copy_pose(fist * np.array([1, 1, -1], np.float32), palm) is None  # fingers curled over the back of the hand


@pytest.mark.parametrize("view", [View(), View(turn=35, nod=-10, roll=20), View(turn=170, nod=15, roll=-95)])
def test_the_way_a_hand_is_held_is_found_again(view: View) -> None:
    turned = turn_hand(view, left=False)
    x, y = (turned @ palm_axes(pose_bones(ADULT, LETTERS["B"][0].angles).joints))[:, :2].T
    to_view = np.array([1.0, -1, -1])  # y down, z away from the camera
    found = view_of(np.concatenate([x * to_view, y * to_view]).astype(np.float32))
    np.testing.assert_allclose(turn_hand(found, left=False), turned, atol=1e-5)
