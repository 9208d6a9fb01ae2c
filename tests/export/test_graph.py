"""The part of a graph up to the features is written once for one network, and any head goes on from there."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch

from tests.planted_photos import drawn
from unseen.export import graph as module
from unseen.export.bundle import INPUT, OUTPUTS, BundleFacts
from unseen.export.graph import write_graph
from unseen.models.classifier import Classifier, UpToFeatures
from unseen.models.head import Head
from unseen.models.onnx_graph import export_model
from unseen.models.preprocess import CENTRE, UNIT, Normalisation, Preprocess
from unseen.models.spec import BackboneOptions
from unseen.onnx_session import cpu_session
from unseen.photos.working_size import reduce_photo
from unseen.registry import build_backbone, find_spec

PHOTOS = np.stack([drawn(np.random.default_rng(i), i % 3, 40, 52) for i in range(3)])
FACTS = BundleFacts(
    classes=("fist", "café"), model="cnn-fingers", side_px=48, decode_side_px=64, fit="crop", mean=UNIT.mean,
    std=UNIT.std, features=512, weights="none", unseen_version="1", padding="symmetric",
)  # fmt: skip


def network(
    classes: int = 2, hidden: tuple[int, ...] = (), seed: int = 0, normalisation: Normalisation = UNIT
) -> Classifier:
    torch.manual_seed(seed)
    backbone = build_backbone(find_spec("cnn-fingers"), BackboneOptions(48, norm="batch"))
    return Classifier(Preprocess(48, "crop", normalisation), backbone, Head(backbone.features, classes, hidden)).eval()


@pytest.fixture
def exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """An empty cache, and the outputs of every export from now on."""
    monkeypatch.setenv("UNSEEN_CACHE", str(tmp_path / "cache"))
    calls: list[list[str]] = []

    def counting(module: Any, examples: Any, inputs: Any, outputs: Any, shapes: Any) -> Any:
        calls.append(list(outputs))
        return export_model(module, examples, inputs, outputs, shapes)

    monkeypatch.setattr(module, "export_model", counting)
    return calls


def same_answers(model: Classifier, graph: Path) -> bool:
    """Whether the graph says what the classifier does, of any number of photos."""
    session, same = cpu_session(graph), True
    for photos in (PHOTOS, PHOTOS[:1]):
        found = session.run(list(OUTPUTS), {INPUT: photos})
        with torch.inference_mode():
            features, pixels = UpToFeatures(model)(torch.from_numpy(photos))
            logits = model.head(features)
            expected = [logits.softmax(dim=1), logits, features, pixels]
        same &= all(np.allclose(one, other.numpy(), atol=1e-4) for one, other in zip(found, expected, strict=True))
    return same


def test_a_new_head_goes_on_a_part_that_was_kept(tmp_path: Path, exported: list[list[str]]) -> None:
    first, other_head = network(), network(classes=5, hidden=(16,))
    other_head.backbone.load_state_dict(first.backbone.state_dict())
    assert not write_graph(first, None, tmp_path / "one.onnx", FACTS)
    assert write_graph(other_head, None, tmp_path / "two.onnx", FACTS)
    assert exported == [list(OUTPUTS[2:])]
    assert same_answers(first, tmp_path / "one.onnx")
    assert same_answers(other_head, tmp_path / "two.onnx")
    assert [one.name for one in onnx.load(tmp_path / "two.onnx").graph.output] == list(OUTPUTS)


@pytest.mark.parametrize("other", [{"seed": 1}, {"normalisation": CENTRE}])
def test_another_network_is_written_for_itself(
    tmp_path: Path, exported: list[list[str]], other: dict[str, Any]
) -> None:
    write_graph(network(), None, tmp_path / "one.onnx", FACTS)
    assert not write_graph(network(**other), None, tmp_path / "two.onnx", FACTS)
    assert same_answers(network(**other), tmp_path / "two.onnx")
    assert not same_answers(network(**other), tmp_path / "one.onnx")


def test_another_version_and_a_damaged_file_are_written_anew(tmp_path: Path, exported: list[list[str]]) -> None:
    write_graph(network(), None, tmp_path / "one.onnx", FACTS)
    assert not write_graph(network(), None, tmp_path / "one.onnx", replace(FACTS, unseen_version="2"))
    assert not write_graph(network(), None, tmp_path / "one.onnx", FACTS, anew=True)
    for kept in (tmp_path / "cache").rglob("*.pack"):
        kept.write_bytes(kept.read_bytes()[:2000])
    assert not write_graph(network(), None, tmp_path / "one.onnx", FACTS)
    assert same_answers(network(), tmp_path / "one.onnx")
    assert write_graph(network(), None, tmp_path / "one.onnx", FACTS)


def test_the_file_alone_says_its_classes_and_how_it_is_fed(tmp_path: Path, exported: list[list[str]]) -> None:
    write_graph(network(), None, tmp_path / "one.onnx", FACTS)
    session = cpu_session(tmp_path / "one.onnx")
    said = session.get_modelmeta().custom_metadata_map
    assert json.loads(said["classes"]) == ["fist", "café"]
    assert json.loads(said["outputs"]) == [one.name for one in session.get_outputs()]
    assert said["input"].startswith(f"{session.get_inputs()[0].name}: uint8 (N, height, width, 3), RGB")


def test_larger_photos_get_the_answer_of_the_reduced_ones(tmp_path: Path, exported: list[list[str]]) -> None:
    write_graph(network(), None, tmp_path / "one.onnx", FACTS)
    session = cpu_session(tmp_path / "one.onnx")
    for shape in ((300, 200), (130, 1000), (64, 300)):
        photo = drawn(np.random.default_rng(shape[0]), 1, *shape)
        reduced = reduce_photo(photo, FACTS.decode_side_px)
        whole, small = (session.run(None, {INPUT: one[None]}) for one in (photo, reduced))
        assert photo.shape != reduced.shape
        assert all(np.array_equal(one, other) for one, other in zip(whole, small, strict=True))
