"""Files that would take the whole machine, or never end, are refused in one line; good ones are opened."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from bench.tflite_graph import Graph
from tests.foreign.made_models import write_centroid_onnx
from unseen.diagnosing.photo_reading import Reading
from unseen.errors import UnseenError
from unseen.foreign import tried_first
from unseen.foreign.tried_first import open_tried


def huge_tflite(path: Path) -> Path:
    """Write a file of a kilobyte that declares tensors of 40 GB."""
    graph = Graph()
    graph.tensor((1, 8, 8, 3))
    graph.shape = (1, 8, 8, 3)
    graph.add("RESIZE_BILINEAR", [graph.whole((60000, 60000))], (1, 60000, 60000, 3), "ResizeBilinearOptions")
    graph.add("MEAN", [graph.whole([1, 2])], (1, 3), "ReducerOptions", keepDims=0)
    graph.write(path)
    return path


def huge_onnx(path: Path) -> Path:
    """Write a graph that makes 40 GB of ones out of nothing."""
    graph = helper.make_graph(
        [helper.make_node("ConstantOfShape", ["shape"], ["ones"]),
         helper.make_node("ReduceSum", ["ones"], ["sum"], keepdims=0),
         helper.make_node("ReduceMean", ["x", "axes"], ["mean"], keepdims=0),
         helper.make_node("Add", ["mean", "sum"], ["y"])],
        "net", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 3])],
        [numpy_helper.from_array(np.array([100_000, 100_000], np.int64), "shape"),
         numpy_helper.from_array(np.array([2, 3], np.int64), "axes")],
    )  # fmt: skip
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), path)
    return path


@pytest.mark.parametrize("write", [huge_tflite, huge_onnx])
def test_what_declares_more_memory_than_a_classifier_needs_is_refused(write, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    file = write(tmp_path / f"m.{write.__name__.removeprefix('huge_')}")
    with pytest.raises(UnseenError, match=r"memory|cannot be") as caught:
        open_tried(file)
    assert "\n" not in str(caught.value)


def test_a_refusal_is_passed_on_and_a_good_file_is_opened(tmp_path: Path) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"\x80\x04not a model")
    with pytest.raises(UnseenError, match="can run any code"):
        open_tried(tmp_path / "bad.onnx")
    good = write_centroid_onnx(tmp_path / "net.onnx", Reading(16, 16, layout="nchw"))
    assert open_tried(good, classes=("a", "b", "c", "d")).classes == ("a", "b", "c", "d")


def test_what_does_not_end_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tried_first, "MAX_SECONDS", 0.01)
    with pytest.raises(UnseenError, match="for one photo"):
        open_tried(write_centroid_onnx(tmp_path / "net.onnx", Reading(16, 16, layout="nchw")))
