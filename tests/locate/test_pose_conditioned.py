"""A backbone that is told the pose: the reader's numbers stand beside its own, and nothing ever changes the reader."""

import numpy as np
import pytest
import torch

from pretrain.any_hand import any_hand
from unseen.locate.graph_names import PRESENT
from unseen.locate.hand_pose import DESCRIPTORS
from unseen.locate.hand_reader import READER_INPUT, READER_PX, builtin_network
from unseen.locate.pose_conditioned import JOINTS_TRUST, PIXELS_TRUST, TOLD, PoseConditioned
from unseen.locate.sign_net import SIGN, builtin_signs
from unseen.models.classifier import Classifier, set_training, unfreeze
from unseen.models.head import Head
from unseen.models.preprocess import IMAGENET, Preprocess
from unseen.models.spec import BackboneOptions
from unseen.progress import Silent
from unseen.registry import build_backbone, find_spec
from unseen.training.batchnorm_adaptation import adapt_statistics

SIDE_PX = 96
POSE = slice(1 - TOLD, 1 - TOLD + DESCRIPTORS)  # as handnet reads it


@pytest.fixture(scope="module")
def photos() -> list[np.ndarray]:
    return [any_hand(2000 + i, READER_PX, samples=1).seen.rgba for i in range(6)]


@pytest.fixture
def conditioned() -> PoseConditioned:
    torch.manual_seed(0)
    backbone = build_backbone(find_spec("mobilenetv2"), BackboneOptions(SIDE_PX, 0.35))
    return PoseConditioned(backbone, builtin_network(), IMAGENET).eval()


def seen(photos: list[np.ndarray], side_px: int) -> torch.Tensor:
    preprocess = Preprocess(side_px, "squash", IMAGENET)
    out: torch.Tensor = preprocess(torch.from_numpy(np.stack(photos)[..., :3]))
    return out


def test_the_pose_is_what_the_reader_says_of_the_photo(conditioned: PoseConditioned, photos: list[np.ndarray]) -> None:
    reader = builtin_network()
    read = reader(Preprocess(READER_PX, "squash", READER_INPUT)(torch.from_numpy(np.stack(photos)[..., :3])))
    with torch.inference_mode():
        features = conditioned(seen(photos, READER_PX))
        smaller = conditioned(seen(photos, SIDE_PX))
    assert features.shape == (6, conditioned.features)
    torch.testing.assert_close(features[:, POSE], read[:, -DESCRIPTORS:], atol=2e-3, rtol=0)
    # of the same photo in fewer pixels it says nearly the same: its own is the nearest of all six
    apart = torch.cdist(smaller[:, POSE], read[:, -DESCRIPTORS:])
    assert apart.argmin(dim=1).tolist() == list(range(6))


def test_while_it_learns_half_of_the_photos_are_given_the_mean_pose(
    conditioned: PoseConditioned, photos: list[np.ndarray]
) -> None:
    many = seen([photos[i % 6] for i in range(60)], SIDE_PX)
    with torch.no_grad():
        pose = conditioned.pose(many)
        torch.manual_seed(0)
        given = conditioned.train()(many)[:, -TOLD:]
    hidden = (given - pose.mean(dim=0)).abs().amax(dim=1) < 1e-5
    assert 15 < int(hidden.sum()) < 45
    torch.testing.assert_close(given[~hidden], pose[~hidden])


def test_training_un_freezing_and_adapting_leave_the_reader_alone(
    conditioned: PoseConditioned, photos: list[np.ndarray]
) -> None:
    frozen = {**conditioned.reader.state_dict(), **conditioned.landmarks.state_dict(), **conditioned.signs.state_dict()}
    before = {name: value.clone() for name, value in frozen.items()}
    model = Classifier(Preprocess(SIDE_PX, "squash", IMAGENET), conditioned, Head(conditioned.features, 2))
    assert unfreeze(conditioned, "all")
    set_training(model, frozen_statistics=False)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    model.from_pixels(torch.rand(6, 3, SIDE_PX, SIDE_PX) * 255).square().sum().backward()  # type: ignore[no-untyped-call]
    assert all(parameter.grad is None for parameter in conditioned.reader.parameters())
    assert all(parameter.grad is not None for parameter in conditioned.backbone.parameters())
    optimiser.step()
    everything = np.arange(len(photos))
    adapt_statistics(conditioned, model.preprocess, photos, everything, 0.5, torch.device("cpu"), Silent())
    for name, value in frozen.items():
        assert torch.equal(value, before[name]), name


def test_the_sign_is_read_off_both_poses(conditioned: PoseConditioned, photos: list[np.ndarray]) -> None:
    with torch.inference_mode():
        features = conditioned(seen(photos, SIDE_PX))
        torch.testing.assert_close(features[:, -SIGN:], builtin_signs()(features[:, 1 - TOLD : -SIGN]))


def test_a_hand_is_more_probable_than_noise(conditioned: PoseConditioned, photos: list[np.ndarray]) -> None:
    noise = [np.random.default_rng(i).integers(0, 255, (READER_PX, READER_PX, 4), np.uint8) for i in range(6)]
    with torch.inference_mode():
        hands, others = (conditioned(seen(some, SIDE_PX))[:, PRESENT] for some in (photos, noise))
    assert float(others.max()) < float(hands.median())
    assert 0 <= float(others.min()) <= float(hands.max()) <= 1


def test_a_new_head_relies_on_the_sign_first(conditioned: PoseConditioned) -> None:
    head = Head(conditioned.features, 2, trust=conditioned.trust)
    features = torch.randn(1000, conditioned.features) * 7
    head.standardise.measure(features)
    spread = head.standardise(features).std(dim=0)
    assert float((spread[-SIGN:] - 1).abs().max()) < 0.05  # cut off at three deviations
    joints = spread[-SIGN - DESCRIPTORS : -SIGN]
    assert float((joints - JOINTS_TRUST).abs().max()) < 0.01
    assert float((spread[: -SIGN - DESCRIPTORS] - PIXELS_TRUST).abs().max()) < 0.01
