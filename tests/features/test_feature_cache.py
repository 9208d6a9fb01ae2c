"""Features that are kept: read again for the same bytes and the same network, never for another."""

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.planted_photos import drawn
from unseen.features import feature_cache as module
from unseen.features.extract import extract
from unseen.features.feature_cache import keep_features, kept_features
from unseen.models.classifier import Classifier
from unseen.models.head import Head
from unseen.models.preprocess import CENTRE, UNIT, Normalisation, Preprocess
from unseen.models.spec import BackboneOptions
from unseen.progress import Silent
from unseen.registry import build_backbone, find_spec

CPU = torch.device("cpu")
DIGESTS = [f"{i:064x}" for i in range(6)]
PHOTOS = [drawn(np.random.default_rng(i), i % 3, 48, 48) for i in range(6)]


def network(seed: int = 0, normalisation: Normalisation = UNIT) -> Classifier:
    torch.manual_seed(seed)
    backbone = build_backbone(find_spec("cnn-fingers"), BackboneOptions(48, norm="none")).eval()
    return Classifier(Preprocess(48, "squash", normalisation), backbone, Head(backbone.features, 2))


def test_only_what_is_missing_is_computed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSEEN_CACHE", str(tmp_path))
    computed: list[list[int]] = []

    def counting(preprocess, backbone, pixels, positions, device, progress, boxes):  # type: ignore[no-untyped-def]
        computed.append(positions.tolist())
        return extract(preprocess, backbone, pixels, positions, device, progress, boxes)

    monkeypatch.setattr(module, "extract", counting)
    model = network()
    expected = extract(model.preprocess, model.backbone, PHOTOS, np.arange(6), CPU, Silent())

    def ask(model: Classifier, positions: list[int]) -> np.ndarray:
        return kept_features(model, PHOTOS, DIGESTS, np.array(positions, np.int64), CPU, Silent())

    np.testing.assert_allclose(ask(model, [4, 1]), expected[[4, 1]], atol=1e-5)
    np.testing.assert_allclose(ask(model, [0, 1, 4]), expected[[0, 1, 4]], atol=1e-5)
    assert ask(model, []).shape == (0, model.backbone.features)
    assert computed == [[4, 1], [0]]
    # a network that computes something else has features of its own
    for other in (network(seed=1), network(normalisation=CENTRE)):
        ask(other, [0])
    assert computed[2:] == [[0], [0]]
    # a file that is not what was written is made again
    for file in (tmp_path / "photos-v1" / "features").iterdir():
        file.write_bytes(b"neither a pack nor an index")
    np.testing.assert_allclose(ask(model, [1]), expected[[1]], atol=1e-5)
    assert computed[4:] == [[1]]


def test_features_that_training_keeps_are_found_and_take_the_place_of_older_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNSEEN_CACHE", str(tmp_path))
    model = network()
    planted = np.arange(6 * model.backbone.features, dtype=np.float32).reshape(6, -1)
    keep_features(model, DIGESTS[:2], planted[2:4])
    keep_features(model, DIGESTS[1:5], planted[1:5])

    def never(*_: object) -> None:
        raise AssertionError("extracted what is kept")

    monkeypatch.setattr(module, "extract", never)
    found = kept_features(model, PHOTOS, DIGESTS, np.array([0, 4, 1]), CPU, Silent())
    np.testing.assert_array_equal(found, planted[[2, 4, 1]])
