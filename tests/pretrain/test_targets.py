"""The palm frame: a hand has the same pose wherever it is, however turned, and on either side."""

import numpy as np
import pytest

from pretrain.targets import pose_targets
from unseen.records import Float32Array


@pytest.fixture
def hands() -> Float32Array:
    """Twenty right hands whose joints lie anywhere, but for a palm that is one."""
    world = np.random.default_rng(0).normal(0, 0.05, (20, 21, 3))
    world[:, 0], world[:, 5], world[:, 9], world[:, 17] = 0, (0.02, -0.09, 0), (0, -0.1, 0), (-0.03, -0.08, 0)
    return world.astype(np.float32)


def rotation(rng: np.random.Generator) -> Float32Array:
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return np.asarray(q * np.sign(np.linalg.det(q)), np.float32)


def test_the_frame_has_the_middle_root_at_one_palm(hands: Float32Array) -> None:
    found = pose_targets(hands, np.zeros(20, np.float32), np.ones(20, np.float32))
    assert np.allclose(found.joints[:, 0], 0, atol=1e-6)
    assert np.allclose(found.joints[:, 9], (0, 1, 0), atol=1e-5)
    assert (found.joints[:, 5, 0] > found.joints[:, 17, 0]).all()


def test_turned_moved_and_scaled_hands_have_the_same_pose(hands: Float32Array) -> None:
    rng = np.random.default_rng(1)
    turned = np.stack([3 * hand @ rotation(rng).T + rng.normal(size=3) for hand in hands]).astype(np.float32)
    zeros, ones = np.zeros(20, np.float32), np.ones(20, np.float32)
    assert np.allclose(pose_targets(turned, zeros, ones).joints, pose_targets(hands, zeros, ones).joints, atol=1e-3)


def test_a_mirrored_left_hand_has_the_right_hands_pose(hands: Float32Array) -> None:
    mirrored = hands * np.array([-1, 1, 1], np.float32)
    right = pose_targets(hands, np.zeros(20, np.float32), np.ones(20, np.float32))
    left = pose_targets(mirrored, np.ones(20, np.float32), np.ones(20, np.float32))
    assert np.allclose(left.joints, right.joints, atol=1e-5)


def test_axes_carry_the_pose_back(hands: Float32Array) -> None:
    found = pose_targets(hands, np.zeros(20, np.float32), np.ones(20, np.float32))
    unit = np.linalg.norm(hands[:, 9] - hands[:, 0], axis=1)[:, None, None]
    back = np.einsum("nki,nij->nkj", found.joints, found.axes) * unit + hands[:, :1]
    assert np.allclose(back, hands, atol=1e-5)


def test_a_hand_without_a_palm_counts_for_nothing() -> None:
    found = pose_targets(np.zeros((1, 21, 3), np.float32), np.zeros(1, np.float32), np.ones(1, np.float32))
    assert found.score[0] == 0
    assert np.isfinite(found.joints).all()
