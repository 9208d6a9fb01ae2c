"""The description of a pose: straight and bent fingers, and what must not change it."""

import math

import pytest
import torch
from torch import Tensor

from unseen.locate.hand_pose import BENDS, DESCRIPTORS, JOINTS, PAIRS, TIPS, describe_pose, in_palm

PALM_AXES = torch.tensor([[1.0, 0, 0, 0, 1, 0]])
FIRST_BEND = JOINTS * 3 + 6


def open_hand() -> Tensor:
    """Five straight fingers from the wrist, (1, 21, 3)."""
    joints = torch.zeros(1, JOINTS, 3)
    for finger in range(5):
        for knuckle in range(4):
            joints[0, 4 * finger + knuckle + 1] = torch.tensor([0.2 * (2 - finger), 1.0, 0]) * (0.5 + 0.4 * knuckle)
    return joints


def bends(joints: Tensor) -> Tensor:
    return describe_pose(joints, PALM_AXES)[0, FIRST_BEND : FIRST_BEND + len(BENDS)].reshape(5, 3)


def test_straight_fingers_have_cosine_one() -> None:
    assert torch.allclose(bends(open_hand()), torch.ones(5, 3), atol=1e-4)


def test_only_the_bent_finger_differs() -> None:
    joints = open_hand()
    joints[0, 7] = joints[0, 6] + torch.tensor([0, 0, 0.4])  # the index finger turns by a right angle at its PIP
    joints[0, 8] = joints[0, 7] + torch.tensor([0, 0, 0.4])
    found = bends(joints)
    assert torch.allclose(found[1], torch.tensor([1.0, 0.0, 1.0]), atol=1e-4)
    assert torch.allclose(found[[0, 2, 3, 4]], torch.ones(4, 3), atol=1e-4)


def test_reaches_and_distances_are_lengths_in_palms() -> None:
    joints = open_hand()
    numbers = describe_pose(joints, PALM_AXES)[0]
    assert numbers.shape == (DESCRIPTORS,)
    reaches = numbers[FIRST_BEND + len(BENDS) :][: len(TIPS)]
    assert torch.allclose(reaches, joints[0, list(TIPS)].norm(dim=1), atol=1e-3)
    first, last = PAIRS[0]
    assert torch.isclose(numbers[-len(PAIRS)], (joints[0, first] - joints[0, last]).norm(), atol=1e-3)


def test_equal_joints_have_a_gradient() -> None:
    joints = torch.zeros(1, JOINTS, 3, requires_grad=True)
    describe_pose(joints, PALM_AXES).sum().backward()  # type: ignore[no-untyped-call]
    assert joints.grad is not None
    assert bool(torch.isfinite(joints.grad).all())


@pytest.mark.parametrize(("degrees", "scale", "mirrored"), [(0, 0.7, False), (115, 0.4, False), (-40, 1.3, True)])
def test_places_from_the_palm_are_the_same_wherever_the_hand_lies(degrees: float, scale: float, mirrored: bool) -> None:
    places = open_hand()[..., :2]
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    view = places @ torch.tensor([[c, s], [-s, c]]) * scale * torch.tensor([-1.0 if mirrored else 1.0, 1.0])
    found = in_palm(view + torch.tensor([0.3, -0.2]))
    assert torch.allclose(found, in_palm(places), atol=5e-3)
    # y towards the root of the middle finger, at 1; x towards the index finger
    assert torch.allclose(found[0, 9], torch.tensor([0.0, 1.0]), atol=5e-3)
    assert found[0, 5, 0] > 0.05 > -0.05 > found[0, 17, 0]
