"""A finger that was moved is the one that differs, whatever the hand's size, turn and side."""

import numpy as np
import pytest

from unseen.explanation.activation_map import FINGERS
from unseen.explanation.hand_difference import Difference, Held, difference, in_palm

ROOTS = np.array([(0.35, 0.3), (0.3, 0.95), (0.0, 1.0), (-0.25, 0.95), (-0.5, 0.85)])


def hand(folded: tuple[int, ...] = (), thumb_across: bool = False) -> np.ndarray:
    """Return 21 joints of an open hand that points up, y down as in photos, some fingers folded."""
    joints = [np.zeros(2)]
    for finger, root in enumerate(ROOTS):
        step = np.array([0.15, 0.2]) if finger == 0 else np.array([0.0, 0.25])
        steps = [0, 1, 2, 3] if finger not in folded else [0, 1, 0.6, 0.1]
        if finger == 0 and thumb_across:
            step = np.array([-0.2, 0.15])
        joints += [root + step * one for one in steps]
    places = np.array(joints)
    return (np.stack([places[:, 0], -places[:, 1]], axis=1) * 0.2 + [0.5, 0.8]).astype(np.float32)


def moved(joints: np.ndarray, degrees: float, scale: float, mirrored: bool) -> np.ndarray:
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    flipped = joints * [-1, 1] if mirrored else joints
    placed: np.ndarray = (flipped @ turn.T * scale + 0.1).astype(np.float32)
    return placed


def framed(joints: np.ndarray) -> np.ndarray:
    found = in_palm(joints)
    assert found is not None
    return found


@pytest.mark.parametrize(("degrees", "scale", "mirrored"), [(0, 1, False), (90, 0.5, False), (200, 2, True)])
def test_the_palms_frame_takes_size_turn_and_side_out(degrees: float, scale: float, mirrored: bool) -> None:
    np.testing.assert_allclose(framed(moved(hand(), degrees, scale, mirrored)), framed(hand()), atol=1e-4)


@pytest.mark.parametrize("finger", range(1, 5))
def test_a_folded_finger_is_named(finger: int) -> None:
    found = difference(framed(hand((finger,))), np.stack([framed(hand((1, 2, 3, 4))), framed(hand())]))
    assert found is not None
    assert (found.finger, found.held, found.near) == (FINGERS[finger], Held.BENT_MORE, 1)
    back = difference(framed(hand()), framed(hand((finger,)))[None])
    assert back is not None
    assert (back.finger, back.held) == (FINGERS[finger], Held.STRAIGHTER)


def test_a_thumb_beside_and_not_across() -> None:
    found = difference(framed(hand()), framed(hand(thumb_across=True))[None])
    assert isinstance(found, Difference)
    assert (found.finger, found.held) == ("thumb", Held.BESIDE)


def test_the_same_hand_does_not_differ() -> None:
    unknown = np.full((1, 21, 2), np.nan, np.float32)
    assert difference(framed(hand()), np.concatenate([unknown, framed(hand())[None]])) is None
    assert difference(framed(hand()), unknown) is None
    assert in_palm(hand() * [0.01, 1]) is None  # edge-on
