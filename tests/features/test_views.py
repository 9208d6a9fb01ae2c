"""Features of varied views: those of the photos themselves where nothing varies, others where something does."""

import numpy as np
import torch

from tests.planted_photos import drawn
from unseen.augment.pipeline import Augment
from unseen.augment.policy import find_policy
from unseen.features.extract import extract
from unseen.features.views import varied_features
from unseen.models.classifier import Classifier
from unseen.models.head import Head
from unseen.models.preprocess import UNIT, Preprocess
from unseen.models.spec import BackboneOptions
from unseen.progress import Silent
from unseen.registry import build_backbone, find_spec


def test_views_follow_one_another_and_vary_only_by_policy() -> None:
    torch.manual_seed(0)
    backbone = build_backbone(find_spec("cnn-fingers"), BackboneOptions(48, norm="none")).eval()
    model = Classifier(Preprocess(48, "squash", UNIT), backbone, Head(backbone.features, 2))
    rng = np.random.default_rng(1)
    photos = [drawn(rng, channel, 48, 48) for channel in (0, 1, 2, 0)]
    labels, some = np.array([0, 1, 1, 0]), np.array([3, 1])
    cpu = torch.device("cpu")
    plain = extract(model.preprocess, backbone, photos, some, cpu, Silent())
    still = varied_features(
        model, Augment(find_policy("none"), 48, "squash"), photos, labels, some, 2, 0, cpu, Silent()
    )
    assert still.labels.tolist() == [0, 1, 0, 1]
    np.testing.assert_allclose(still.features, np.tile(plain, (2, 1)), atol=1e-4)
    varied = varied_features(
        model, Augment(find_policy("strong"), 48, "squash"), photos, labels, some, 2, 0, cpu, Silent()
    )
    assert np.abs(varied.features[:2] - varied.features[2:]).max() > 1e-3


def test_the_network_can_be_trained_after_its_views_were_taken() -> None:
    """A network that is moved in inference mode has weights whose gradient is refused."""
    backbone = build_backbone(find_spec("mobilenetv2"), BackboneOptions(32, 0.35))
    model = Classifier(Preprocess(32, "squash", UNIT), backbone, Head(backbone.features, 2))
    photos = [drawn(np.random.default_rng(1), channel, 32, 32) for channel in (0, 1)]
    augment = Augment(find_policy("strong"), 32, "squash")
    varied_features(model, augment, photos, np.array([0, 1]), np.array([0, 1]), 1, 0, torch.device("cpu"), Silent())
    model.train().from_pixels(torch.rand(2, 3, 32, 32)).sum().backward()  # type: ignore[no-untyped-call]
    assert not any(parameter.is_inference() for parameter in model.parameters())
