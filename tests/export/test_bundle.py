"""A bundle is read only if every key is there, known and of its type; whatever else it holds is never run."""

import json
import pickle
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import TinyRun
from unseen.errors import BadBundle
from unseen.export.bundle import BundleFacts, find_bundle, read_facts, write_facts
from unseen.inference.predictor import Predictor

GOOD: dict[str, Any] = {
    "schema": 2,
    "classes": ["a", "b"],
    "model": "cnn-fingers",
    "side_px": 48,
    "decode_side_px": 64,
    "fit": "squash",
    "mean": [0.0, 0.0, 0.0],
    "std": [255, 255.0, 255.0],
    "features": 16,
    "weights": "none",
    "unseen_version": "0.1.0",
    "padding": "symmetric",
}


def write(folder: Path, content: object) -> Path:
    (folder / "bundle.json").write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


def test_facts_come_back_as_written(tmp_path: Path) -> None:
    facts = read_facts(write(tmp_path, GOOD))
    assert (facts.classes, facts.std) == (("a", "b"), (255, 255.0, 255.0))
    write_facts(tmp_path / "again", facts)
    assert read_facts(tmp_path / "again") == facts


@pytest.mark.parametrize("key", [key for key in GOOD if key != "schema"])
def test_every_key_is_needed(tmp_path: Path, key: str) -> None:
    write(tmp_path, {name: value for name, value in GOOD.items() if name != key})
    with pytest.raises(BadBundle, match=f"{key} is missing"):
        read_facts(tmp_path)


WRONG: list[tuple[str, Any]] = [
    ("side_px", True),
    ("side_px", 48.0),
    ("side_px", "48"),
    ("side_px", 0),
    ("side_px", 10**9),
    ("decode_side_px", False),
    ("decode_side_px", -1),
    ("features", 0),
    ("features", None),
    ("classes", ["a"]),
    ("classes", ["a", "a"]),
    ("classes", ["a", ""]),
    ("classes", ["a", 1]),
    ("classes", "ab"),
    ("fit", "stretch"),
    ("fit", None),
    ("mean", [0.0, 0.0]),
    ("mean", ["0", "0", "0"]),
    ("mean", [True, False, True]),
    ("mean", [float("nan"), 0.0, 0.0]),
    ("std", [1.0, 0.0, 1.0]),
    ("std", [float("inf"), 1.0, 1.0]),
    ("model", 3),
    ("weights", ["none"]),
    ("unseen_version", None),
]


@pytest.mark.parametrize(("key", "value"), WRONG)
def test_values_that_cannot_be_true_are_refused(tmp_path: Path, key: str, value: Any) -> None:
    with pytest.raises(BadBundle) as refused:
        read_facts(write(tmp_path, {**GOOD, key: value}))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({**GOOD, "extra": 1}, "extra is not known"),
        ({**GOOD, "schema": 1}, "written by unseen 0.1: train again"),
        ({**GOOD, "schema": 3}, "another version"),
        ({**GOOD, "schema": True}, "another version"),
        ({name: value for name, value in GOOD.items() if name != "schema"}, "another version"),
        ([GOOD], "another version"),
        (json.dumps(GOOD)[:-20], "cannot be read"),
        ("", "cannot be read"),
        ("[" * 100_000, "cannot be read"),
        ("\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "cannot be read"),
    ],
)
def test_other_schemas_and_broken_json_are_refused(tmp_path: Path, content: object, words: str) -> None:
    with pytest.raises(BadBundle, match=words):
        read_facts(write(tmp_path, content))


def test_a_bundle_is_found_in_its_run_or_by_itself(tiny_run: TinyRun) -> None:
    assert find_bundle(tiny_run.root) == find_bundle(tiny_run.root / "model") == tiny_run.root / "model"


def test_where_there_is_no_bundle_the_next_step_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadBundle, match=r"is not there: name a run folder"):
        find_bundle(tmp_path / "nowhere")
    with pytest.raises(BadBundle, match=r"has no model.onnx and bundle.json"):
        find_bundle(write(tmp_path, GOOD))


@pytest.fixture
def copied(tiny_run: TinyRun, tmp_path: Path) -> Path:
    shutil.copytree(tiny_run.root / "model", tmp_path / "model")
    return tmp_path / "model"


def test_a_graph_of_other_classes_is_refused(copied: Path) -> None:
    facts = json.loads((copied / "bundle.json").read_text())
    write(copied, {**facts, "classes": ["a", "b", "c", "d"]})
    with pytest.raises(BadBundle, match="has 3 classes, 4 named"):
        Predictor(copied)


class Trap:
    """Makes a file if it is ever unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.target,))


@pytest.mark.parametrize("damage", ["truncated", "pickle", "empty", "text"])
def test_a_tampered_graph_is_refused_in_one_line_and_runs_nothing(copied: Path, tmp_path: Path, damage: str) -> None:
    graph, trap = copied / "model.onnx", tmp_path / "trapped"
    whole = graph.read_bytes()
    damaged = {
        "truncated": whole[: len(whole) // 2],
        "pickle": pickle.dumps(Trap(trap)),
        "empty": b"",
        "text": b"import os",
    }
    graph.write_bytes(damaged[damage])
    with pytest.raises(BadBundle, match=r"model.onnx"):
        Predictor(copied)
    assert not trap.exists()


def test_a_custom_operator_is_refused(copied: Path) -> None:
    import onnx

    model = onnx.load(copied / "model.onnx")
    model.graph.node[0].domain = "somebody.else"
    model.opset_import.append(onnx.helper.make_opsetid("somebody.else", 1))
    onnx.save(model, copied / "model.onnx")
    with pytest.raises(BadBundle, match=r"cannot be loaded"):
        Predictor(copied)


def test_a_graph_with_another_input_is_refused(copied: Path) -> None:
    import onnx

    model = onnx.load(copied / "model.onnx")
    model.graph.output[0].name, model.graph.output[1].name = "logits", "probabilities"
    onnx.save(model, copied / "model.onnx")
    with pytest.raises(BadBundle, match="not a graph of unseen"):
        Predictor(copied)


def test_facts_can_be_made_by_hand_with_the_same_checks() -> None:
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in GOOD.items()}
    del values["schema"]
    with pytest.raises(BadBundle, match="two or more"):
        BundleFacts(**{**values, "classes": ()})
