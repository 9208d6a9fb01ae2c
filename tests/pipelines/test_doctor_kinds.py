"""Kinds of files that strangers have, each examined from end to end: what they take and give differs, not the truth."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

import unseen
from unseen.diagnosing.trial import outputs_of
from unseen.foreign.open_model import open_model
from unseen.inference.predictor import Predictor
from unseen.records import Float32Array

SIDE = 8


def write_photos(root: Path, names: Sequence[str], levels: Sequence[int]) -> Path:
    """Write grey photos, light or dark by class, each of its own person."""
    rng = np.random.default_rng(0)
    for name, level in zip(names, levels, strict=True):
        (root / name).mkdir(parents=True)
        for i in range(20):
            picture = np.clip(level + rng.normal(0, 10, (24, 24, 1)) + rng.normal(0, 4), 0, 255)
            Image.fromarray(np.repeat(picture, 3, axis=2).astype(np.uint8)).save(root / name / f"p{i}_{level}.png")
    return root


def write_net(
    path: Path, shape: Sequence[int | str], kernel: Float32Array, bias: Float32Array, last: str | None = None
) -> Path:
    """Write a network of the mean of its input: scores, or what `last` makes of them."""
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, [shape[0], len(bias)])
    given: Any = list(shape)
    stored: dict[str, Any] = {"axes": np.arange(1, len(shape)), "w": kernel, "b": bias}
    graph = helper.make_graph(
        [helper.make_node("ReduceMean", ["x", "axes"], ["m"], keepdims=0),
         helper.make_node("Unsqueeze", ["m", "one"], ["column"]),
         helper.make_node("Gemm", ["column", "w", "b"], ["z"]), helper.make_node(last or "Identity", ["z"], ["y"])],
        "net", [helper.make_tensor_value_info("x", TensorProto.FLOAT, given)], [result],
        [numpy_helper.from_array(value, name) for name, value in (stored | {"one": np.array([1])}).items()],
    )  # fmt: skip
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), path)
    return path


def nearest(levels: Sequence[int]) -> tuple[Float32Array, Float32Array]:
    """Weights and biases of scores by how near the mean of an input from 0 to 1 is to each level."""
    means = np.array(levels, np.float32) / 255
    return (2 * 400 * means)[None].astype(np.float32), (-400 * means**2).astype(np.float32)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unseen.pipelines.doctor.withstands", lambda *_: None)


@pytest.mark.parametrize("last", ["Sigmoid", None])
@pytest.mark.parametrize("batch", ["n", 1])
def test_two_classes_by_one_number(last: str | None, batch: int | str, tmp_path: Path) -> None:
    """Cats and dogs: a sigmoid, or the number before it; the second folder is what it is sure of."""
    photos = write_photos(tmp_path / "photos", ("cat", "dog"), (70, 180))
    kernel, bias = np.array([[40]], np.float32), np.array([-20], np.float32)
    path = write_net(tmp_path / "m.onnx", [batch, SIDE, SIDE, 3], kernel, bias, last)
    assert outputs_of(open_model(path)) == 2
    found = unseen.doctor(path, photos, tmp_path / "d", groups="(p[0-9]+)_", wrap=str(tmp_path / "w"))
    assert found.diagnosis.accuracy.value == 1
    assert found.diagnosis.reading is not None
    assert found.diagnosis.reading.scale == "1/255"
    bundle = Predictor(tmp_path / "w")
    assert bundle.classes == ("cat", "dog")
    assert bundle.predict(photos / "dog" / "p0_180.png").label == "dog"


def test_grey_letters_without_those_that_move(tmp_path: Path) -> None:
    """Sign MNIST: 24 outputs, no names, and folders for all letters; pictures without a channel."""
    letters = [chr(65 + i) for i in range(26)]
    levels = [8 * i + 20 for i in range(26)]
    known = [level for letter, level in zip(letters, levels, strict=True) if letter not in "JZ"]
    photos = write_photos(tmp_path / "photos", letters, levels)
    path = write_net(tmp_path / "m.onnx", ["n", 28, 28], *nearest(known), "Softmax")
    assert outputs_of(open_model(path)) == 24
    found = unseen.doctor(path, photos, tmp_path / "d", groups="(p[0-9]+)_").diagnosis
    assert set(letters) - set(found.folders) == {"J", "Z"}
    assert found.how == "order"
    assert found.outputs == tuple(str(i) for i in range(24))
    assert found.reading is not None
    assert (found.reading.scale, found.reading.order, found.reading.side) == ("1/255", "grey", "28")


def test_a_class_of_nothing_and_the_order_of_a_directory(tmp_path: Path) -> None:
    """Four classes, one of them NONE, in no alphabetical order; labels as Teachable Machine writes them, or none."""
    photos = write_photos(tmp_path / "photos", ("paper", "rock", "scissors"), (60, 130, 200))
    kernel, bias = nearest((200, 0, 60, 130))
    path = write_net(tmp_path / "m.onnx", ["n", SIDE, SIDE, 3], kernel, bias, "Softmax")
    found = unseen.doctor(path, photos, tmp_path / "a", groups="(p[0-9]+)_").diagnosis
    assert (found.how, found.outputs, found.order_wrong) == ("answers", ("2", "3", "0"), False)
    (tmp_path / "labels.txt").write_text("0 Scissors\n1 NONE\n2 Paper\n3 Rock\n")
    found = unseen.doctor(path, photos, tmp_path / "b", groups="(p[0-9]+)_").diagnosis
    assert (found.how, found.outputs, found.order_wrong) == ("names", ("Paper", "Rock", "Scissors"), False)
    (tmp_path / "labels.txt").write_text("0 NONE\n1 Paper\n2 Rock\n3 Scissors\n")  # sorted, which the network is not
    found = unseen.doctor(path, photos, tmp_path / "c", groups="(p[0-9]+)_").diagnosis
    assert (found.how, found.outputs, found.order_wrong) == ("answers", ("2", "3", "0"), True)


def test_any_size_and_four_photos_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unseen.diagnosing.search.SIDES", (24, 16))  # fewer, for time
    photos = write_photos(tmp_path / "photos", ("a", "b", "c"), (60, 130, 200))
    free = write_net(tmp_path / "free.onnx", ["n", "h", "w", 3], *nearest((60, 130, 200)))
    found = unseen.doctor(free, photos, tmp_path / "f", groups="(p[0-9]+)_").diagnosis
    assert found.accuracy.value == 1
    four = write_net(tmp_path / "four.onnx", [4, SIDE, SIDE, 3], *nearest((60, 130, 200)))
    found = unseen.doctor(four, photos, tmp_path / "4", groups="(p[0-9]+)_").diagnosis
    assert found.accuracy.value == 1
    assert found.accuracy.n % 4  # so that the last four are not full
