"""Foreign networks as bundles: whatever they take and give, the bundle answers as they do."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from tests.foreign.made_models import CLASSES, planted_photos, write_centroid_onnx
from unseen.diagnosing.foreign_model import ForeignModel, output_names
from unseen.diagnosing.photo_reading import Reading
from unseen.diagnosing.wrapping.wrap import wrap
from unseen.errors import UnseenError
from unseen.foreign.network import Answer
from unseen.foreign.open_model import open_model
from unseen.inference.predictor import Predictor

PHOTOS, LABELS = planted_photos(12)
READING = Reading(16, 16, "1/127.5-1", "bgr", "nchw", "crop")


def model_of(path: Path, reading: Reading, answers: Answer = "probabilities") -> ForeignModel:
    return ForeignModel(open_model(path), reading, answers, (*CLASSES, "none"))


def with_batch_of_one(path: Path) -> Path:
    """Return the file changed so that it takes one photo at a time."""
    model = onnx.load(path)
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = 1
    onnx.save(model, path)
    return path


@pytest.mark.parametrize("softmax", [True, False])
@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
def test_a_bundle_answers_as_the_network_does(layout: str, softmax: bool, tmp_path: Path) -> None:
    reading = Reading(24, 16, "imagenet", "rgb", "nchw" if layout == "nchw" else "nhwc", "crop")
    path = write_centroid_onnx(tmp_path / "net.onnx", reading, softmax=softmax)
    model = model_of(path, reading, "probabilities" if softmax else "logits")
    agreement = wrap(model, PHOTOS, 640, tmp_path / "w")
    assert (agreement.photos, agreement.same_answers) == (12, 12)
    bundle = Predictor(tmp_path / "w")
    assert bundle.classes == (*CLASSES, "none")
    np.testing.assert_allclose(bundle.predict_proba(PHOTOS), model.predict_proba(PHOTOS), atol=1e-2)
    assert (bundle.predict_proba(PHOTOS).argmax(axis=1) == LABELS).mean() > 0.9
    assert bundle.preprocess(PHOTOS).shape == (12, 24, 24, 3)  # padded to a square


def test_a_network_that_takes_one_photo_is_asked_in_a_loop(tmp_path: Path) -> None:
    path = with_batch_of_one(write_centroid_onnx(tmp_path / "net.onnx", READING))
    model = model_of(path, READING)
    assert model.network.input.batch == 1
    wrap(model, PHOTOS, 640, tmp_path / "w")
    found = Predictor(tmp_path / "w").predict_proba(PHOTOS)
    assert (found.argmax(axis=1) == LABELS).mean() > 0.9


def test_one_sigmoid_becomes_two_classes(tmp_path: Path) -> None:
    graph = helper.make_graph(
        [helper.make_node("ReduceMean", ["x", "axes"], ["m"], keepdims=0),
         helper.make_node("Gemm", ["m", "w"], ["z"]), helper.make_node("Sigmoid", ["z"], ["y"])],
        "net", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 16, 16])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 1])],
        [numpy_helper.from_array(np.array([2, 3], np.int64), "axes"),
         numpy_helper.from_array(np.array([[8], [-4], [-4]], np.float32), "w")],
    )  # fmt: skip
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), tmp_path / "s.onnx")
    reading = Reading(16, 16, "1/255", "rgb", "nchw", "crop")
    model = ForeignModel(open_model(tmp_path / "s.onnx"), reading, "sigmoid", ("blue", "red"))
    wrap(model, PHOTOS, 640, tmp_path / "w")
    found = Predictor(tmp_path / "w").predict_proba(PHOTOS)
    np.testing.assert_allclose(found, model.predict_proba(PHOTOS), atol=1e-2)
    orange = CLASSES.index("orange") == LABELS
    assert found[orange, 1].min() > found[~orange, 1].max()


@pytest.mark.parametrize("shape", [[16, 16], [256]])
def test_grey_pictures_without_a_channel_or_in_a_row(shape: list[int], tmp_path: Path) -> None:
    graph = helper.make_graph(
        [helper.make_node("Reshape", ["x", "row"], ["r"]), helper.make_node("Gemm", ["r", "w"], ["y"])],
        "net", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", *shape])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 3])],
        [numpy_helper.from_array(np.array([0, 256], np.int64), "row"),
         numpy_helper.from_array(np.random.default_rng(0).normal(0, 1, (256, 3)).astype(np.float32), "w")],
    )  # fmt: skip
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), tmp_path / "g.onnx")
    opened = open_model(tmp_path / "g.onnx")
    assert (opened.input.channels, opened.input.height_px, opened.input.layout) == (1, 16, "nhwc")
    model = ForeignModel(opened, Reading(16, 16, "1/255", "grey", "nhwc", "crop"), "logits", CLASSES)
    assert np.ptp(model.predict_proba(PHOTOS)) > 0.2
    assert wrap(model, PHOTOS, 640, tmp_path / "w").same_answers == len(PHOTOS)


def test_torchscript_is_converted(tmp_path: Path) -> None:
    class Means(torch.nn.Module):
        def forward(self, photos: torch.Tensor) -> torch.Tensor:
            return photos.mean(dim=(2, 3)) * 4.0

    with pytest.warns(DeprecationWarning, match="torch.jit"):
        traced = torch.jit.trace(Means(), torch.zeros(1, 3, 16, 16))  # type: ignore[no-untyped-call]
    with pytest.warns(DeprecationWarning, match="torch.jit"):
        torch.jit.save(traced, tmp_path / "m.pt")
    reading = Reading(16, 16, "1/255", "rgb", "nchw", "squash")
    model = ForeignModel(open_model(tmp_path / "m.pt"), reading, "logits", ("r", "g", "b"))
    wrap(model, PHOTOS, 640, tmp_path / "w")
    assert Predictor(tmp_path / "w").predict_proba(PHOTOS[:1]).argmax() == 0


def test_nothing_is_left_where_a_bundle_cannot_be_written(tmp_path: Path) -> None:
    path = write_centroid_onnx(tmp_path / "net.onnx", READING)
    model = model_of(path, READING)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").touch()
    with pytest.raises(UnseenError, match="not empty"):
        wrap(model, PHOTOS, 640, tmp_path / "full")
    # answers that are none of the network's: the comparison must find it
    other = ForeignModel(model.network, READING, "logits", model.classes)
    with pytest.raises(UnseenError, match=r"cannot be wrapped|otherwise"):
        wrap(ForeignModel(other.network, READING, "sigmoid", CLASSES), PHOTOS, 640, tmp_path / "w")
    assert not (tmp_path / "w").exists()


def test_outputs_are_named_by_their_folders_first() -> None:
    assert output_names(("a", "b"), (2, 0), None, 3) == ("b", "output 1", "a")
    assert output_names(("a", "b"), (0, 1), ("A", "B", "c"), 3) == ("a", "b", "c")
    assert output_names(("a", "b"), (1, 0), ("a", "b", "a "), 3) == ("b", "a", "a ")
