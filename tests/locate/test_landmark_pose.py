"""The landmark network reads the same pose of a hand that is turned, moved, or mirrored."""

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.export import Dim

from pretrain.any_hand import any_hand
from unseen.locate.hand_pose import DESCRIPTORS, JOINTS, PALM
from unseen.locate.hand_reader import READER_INPUT, READER_PX, builtin_network
from unseen.locate.landmark_net import LANDMARK_PX, builtin_landmarks
from unseen.locate.landmark_pose import LandmarkPose, cut, in_crop, upright
from unseen.models.onnx_graph import export_model
from unseen.models.preprocess import Preprocess
from unseen.onnx_session import cpu_session

SHAPE = [
    i for i in range(DESCRIPTORS) if not 3 * JOINTS <= i < 3 * JOINTS + PALM
]  # what does not say which way it points


@pytest.fixture(scope="module")
def crops() -> Tensor:
    pixels = np.stack([any_hand(2000 + i, 256, samples=1).seen.rgba[..., :3] for i in range(8)])
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).to(torch.float32)


def places(crops: Tensor) -> Tensor:
    small = torch.nn.functional.interpolate(crops, READER_PX, mode="area")
    read: Tensor = builtin_network().read(Preprocess(READER_PX, "squash", READER_INPUT).normalise(small)).places
    return read


def pose(crops: Tensor, where: Tensor) -> Tensor:
    with torch.inference_mode():
        out: Tensor = LandmarkPose()(crops, where)
    return out


def nearest(found: Tensor, expected: Tensor) -> list[int]:
    return torch.cdist(found[:, SHAPE], expected[:, SHAPE]).argmin(dim=1).tolist()


def test_the_view_is_upright_and_maps_back() -> None:
    angle = torch.tensor(0.7)
    turn = torch.tensor([[angle.cos(), -angle.sin()], [angle.sin(), angle.cos()]])
    hand = torch.zeros(1, JOINTS, 2)
    hand[0, 9] = torch.tensor([0.0, -0.4])  # the middle finger's root is above the wrist
    hand[0, 5], hand[0, 17] = torch.tensor([-0.1, -0.4]), torch.tensor([0.1, -0.35])
    turned = upright(hand @ turn.T + 0.1)
    corners = torch.tensor([[[0.0, 0.0], [0.0, -1.0]]])
    seen = in_crop(corners, turned)[0]
    direction = (seen[1] - seen[0]) / (seen[1] - seen[0]).norm()
    torch.testing.assert_close(direction, turn @ torch.tensor([0.0, -1.0]), atol=1e-5, rtol=0)


def test_what_is_cut_lies_where_it_is_said() -> None:
    pixels = torch.zeros(1, 3, 64, 64)
    pixels[:, :, 40:44, 20:24] = 255.0
    turned = torch.tensor(
        [[[0.25, 0.0, -0.25], [0.0, 0.25, 0.25]]]
    )  # a quarter of the crop, left of and below its middle
    bright = (cut(pixels, turned)[0, 0] > 128).nonzero().to(torch.float32).mean(dim=0)
    seen = (bright.flip(0) + 0.5) / LANDMARK_PX * 2 - 1
    torch.testing.assert_close(seen, torch.tensor([-0.25, 0.25]), atol=0.02, rtol=0)
    back = in_crop(seen[None, None], turned)[0, 0]
    torch.testing.assert_close(back, torch.tensor([22.0, 42.0]) / 64 * 2 - 1, atol=0.01, rtol=0)


def test_the_same_hand_turned_or_mirrored_is_the_same_pose(crops: Tensor) -> None:
    where = places(crops)
    straight = pose(crops, where)
    assert straight.shape == (8, DESCRIPTORS)
    assert straight.isfinite().all()
    quarter = torch.stack([where[..., 1], -where[..., 0]], dim=2)  # a quarter turn to the left
    assert nearest(pose(torch.rot90(crops, 1, (2, 3)), quarter), straight) == list(range(8))
    mirrored = where * torch.tensor([-1.0, 1.0])
    assert nearest(pose(crops.flip(3), mirrored), straight) == list(range(8))


def test_one_graph_takes_any_number_of_photos(crops: Tensor) -> None:
    where = places(crops)
    photos = ({0: Dim("photo_count", min=1)},) * 2
    graph = export_model(LandmarkPose(), (crops[:2], where[:2]), ["pixels", "places"], ["pose"], photos)
    session = cpu_session(graph.SerializeToString(), threads=1)
    for number in (1, 5):
        found = session.run(None, {"pixels": crops[:number].numpy(), "places": where[:number].numpy()})[0]
        np.testing.assert_allclose(found, pose(crops[:number], where[:number]).numpy(), atol=2e-3)


def test_the_graph_reads_what_the_network_reads(crops: Tensor) -> None:
    views = torch.nn.functional.interpolate(crops[:3] / 255, LANDMARK_PX, mode="bilinear")
    with torch.inference_mode():
        expected = builtin_landmarks()(views)
    found = LandmarkPose().read(views)
    torch.testing.assert_close(found, expected, atol=1e-3, rtol=1e-4)
