"""The finger that a planted head looks at is the one whose joints bring its answer."""

import numpy as np
import pytest
import torch

from unseen.explanation.activation_map import DESCRIPTORS, FINGERS, OF_FINGER, SIGN, HeadLayers
from unseen.explanation.joint_replay import TOLD, replay_joints
from unseen.locate.hand_pose import describe_pose
from unseen.locate.hand_reader import builtin_network
from unseen.locate.handnet import HANDNET
from unseen.locate.pose_conditioned import PoseConditioned
from unseen.locate.sign_net import builtin_signs
from unseen.models.weights import builtin_weights
from unseen.records import Float32Array

PIXELS = 4
PRESENT = 1  # how probable a hand is stands between
WIDTH = PIXELS + DESCRIPTORS + PRESENT + TOLD + SIGN
RNG = np.random.default_rng(0)


def layers(weights: Float32Array, signs: HeadLayers | None = None) -> HeadLayers:
    wide = weights.shape[1]
    bias = np.zeros(len(weights), np.float32)
    return HeadLayers(np.zeros(wide, np.float32), np.ones(wide, np.float32), 3.0, ((weights, bias),), signs)


def reads(finger: int, through_sign: bool) -> HeadLayers:
    """Return a head that says class 1 where the first number of a finger's first joint is positive, else class 0."""
    number = int(np.flatnonzero(OF_FINGER[:, finger])[0])
    embed, last = np.zeros((SIGN, TOLD), np.float32), np.zeros((2, WIDTH), np.float32)
    embed[0, DESCRIPTORS + number] = 1
    last[1, -SIGN if through_sign else PIXELS + number] = 5
    return layers(last, layers(embed))


def features(sign_of: HeadLayers, value: float) -> Float32Array:
    row = np.full(WIDTH, value, np.float32)
    assert sign_of.signs is not None
    row[-SIGN:] = sign_of.signs.logits(row[-SIGN - TOLD : -SIGN])
    return row


@pytest.mark.parametrize("through_sign", [False, True])
@pytest.mark.parametrize("finger", range(5))
def test_it_is_the_finger_that_the_head_reads(finger: int, through_sign: bool) -> None:
    head = reads(finger, through_sign)
    found = replay_joints(head, features(head, -1), features(head, 1), 1, PIXELS)
    assert found is not None
    assert (found.label, found.finger) == (1, FINGERS[finger])
    assert found.probability > 0.9
    assert sorted(found.fingers.values())[-2] < 0.1


def test_its_own_joints_change_nothing() -> None:
    last = RNG.normal(0, 0.1, (3, WIDTH)).astype(np.float32)
    head = layers(last, layers(RNG.normal(0, 0.1, (SIGN, TOLD)).astype(np.float32)))
    mine = features(head, 0.5)
    found = replay_joints(head, mine, mine, 2, PIXELS)
    likely = np.exp(head.logits(mine))
    assert found is not None
    assert found.probability == pytest.approx(likely[2] / likely.sum(), abs=1e-5)
    assert set(found.fingers) == set(FINGERS)


def test_pixels_stay_as_they_are() -> None:
    last = np.zeros((2, WIDTH), np.float32)
    last[1, [0, PIXELS + DESCRIPTORS]] = 5  # a pixel's feature, and how probable a hand is
    head = layers(last, layers(np.zeros((SIGN, TOLD), np.float32)))
    found = replay_joints(head, features(head, -1), features(head, 1), 1, PIXELS)
    assert found is not None
    assert found.label == 0


def test_a_head_without_joints_has_none() -> None:
    row = np.zeros(8, np.float32)
    assert replay_joints(layers(np.zeros((2, 8), np.float32)), row, row + 1, 1, 8) is None


def test_joints_are_those_of_the_last_two_readings_where_the_backbone_reads_none() -> None:
    last = np.zeros((2, WIDTH), np.float32)
    last[1, 7] = 5  # a feature of the backbone
    head = layers(last, layers(np.zeros((SIGN, TOLD), np.float32)))
    found = replay_joints(head, features(head, -1), features(head, 1), 1, PIXELS + DESCRIPTORS)
    assert found is not None
    assert found.label == 0


def test_features_lie_where_the_built_in_network_puts_them() -> None:
    handnet = builtin_network()
    network = PoseConditioned(handnet, handnet, builtin_weights(HANDNET).normalisation).eval()
    crop = torch.from_numpy(RNG.normal(0, 1, (2, 3, HANDNET.side_px, HANDNET.side_px)).astype(np.float32))
    with torch.inference_mode():
        found = network(crop)
        assert torch.allclose(builtin_signs()(found[:, -SIGN - TOLD : -SIGN]), found[:, -SIGN:], atol=1e-4)
        read = network.look(crop)[1]
    pixels = read.embedding.shape[1]
    assert torch.allclose(found[:, pixels : pixels + DESCRIPTORS], describe_pose(read.joints, read.palm), atol=1e-4)
    assert found.shape[1] == pixels + DESCRIPTORS + PRESENT + TOLD + SIGN
