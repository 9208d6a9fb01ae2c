"""What `unseen train` ships by default is put together from parts and never exported, fine-tuned or not."""

import copy
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from unseen.config import TrainConfig
from unseen.export import graph as module
from unseen.export.bundle import ACTIVATIONS, INPUT, OUTPUTS, REGIONS, BundleFacts
from unseen.export.graph import write_graph
from unseen.onnx_session import cpu_session
from unseen.recipe import build, resolve


def test_the_default_network_is_not_exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSEEN_CACHE", str(tmp_path / "cache"))
    recipe = resolve(TrainConfig("photos", "run", model="handnet"))
    model = build(recipe, 2, [], np.zeros(0, np.int64)).eval()
    normalisation = model.preprocess.normalisation
    facts = BundleFacts(
        classes=("a", "b"), model="handnet", side_px=recipe.side_px, decode_side_px=256, fit=recipe.config.fit,
        mean=normalisation.mean, std=normalisation.std, features=model.backbone.features, weights="built in",
        unseen_version="1", padding="same",
    )  # fmt: skip

    def refuse(*_: object) -> None:
        raise AssertionError("exported: run `make parts`")

    monkeypatch.setattr(module, "export_model", refuse)
    assert write_graph(model, recipe.locator, tmp_path / "model.onnx", facts)
    outputs = [one.name for one in onnx.load(tmp_path / "model.onnx").graph.output]
    assert outputs == [*OUTPUTS, *REGIONS, ACTIVATIONS]
    photo = np.random.default_rng(0).integers(0, 256, (1, 90, 120, 3)).astype(np.uint8)
    before = asked(tmp_path / "model.onnx", photo)
    # with other weights it is put together, too, from the form and what was learnt
    with torch.no_grad():
        next(model.backbone.parameters()).add_(0.01)
    assert not write_graph(model, recipe.locator, tmp_path / "learnt.onnx", facts)
    assert np.abs(asked(tmp_path / "learnt.onnx", photo) - before).max() > 0.01
    model.backbone.reader = copy.deepcopy(model.backbone.reader)  # which all networks of a process share
    with torch.no_grad():
        model.backbone.get_parameter("reader.conv_stem.weight").add_(0.01)
    with pytest.raises(AssertionError, match="exported"):
        write_graph(model, recipe.locator, tmp_path / "other.onnx", facts)


def asked(graph: Path, photo: np.ndarray) -> np.ndarray:
    """Return the features of a photo; the map of where the network looks must have their mean."""
    features, places = cpu_session(graph).run([OUTPUTS[2], ACTIVATIONS], {INPUT: photo})
    assert places.std() > 0.01
    np.testing.assert_allclose(places.mean(axis=(2, 3)), features[:, : places.shape[1]], atol=1e-4)
    found: np.ndarray = features
    return found
