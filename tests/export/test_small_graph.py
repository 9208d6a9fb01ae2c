"""Small weights: half or a quarter of the bytes, each output's scale its own, nothing else changed."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.conftest import TinyRun
from tests.planted_photos import drawn
from unseen.export.small_graph import SMALL, Small, small_graph
from unseen.onnx_session import cpu_session


def linear(weights: np.ndarray, across: int, inside_branch: bool = False) -> bytes:
    """A graph of one linear layer, inside a branch if wanted."""
    named = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, None]) for name in ("x", "y")]
    layer = helper.make_node("Gemm", ["x", "w"], ["y"], transB=across)
    nodes = [layer]
    stored = [numpy_helper.from_array(weights, "w")]
    if inside_branch:
        branch = helper.make_graph([layer], "branch", [], [named[1]])
        nodes = [helper.make_node("If", ["yes"], ["y"], then_branch=branch, else_branch=branch)]
        stored.append(numpy_helper.from_array(np.array(True), "yes"))
    graph = helper.make_graph(nodes, "linear", named[:1], named[1:], stored)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    return bytes(model.SerializeToString())


@pytest.mark.parametrize("kind", SMALL)
@pytest.mark.parametrize("across", [0, 1])
@pytest.mark.parametrize("inside_branch", [False, True])
def test_outputs_of_very_different_scale_keep_theirs(kind: Small, across: int, inside_branch: bool) -> None:
    rng = np.random.default_rng(0)
    scales = np.float32(10.0) ** rng.uniform(-4, 2, 64).astype(np.float32)
    weights = (rng.normal(size=(64, 64)).astype(np.float32) * scales).astype(np.float32)  # (inputs, outputs)
    content = linear(np.ascontiguousarray(weights.T) if across else weights, across, inside_branch)
    x = rng.normal(size=(1, 64)).astype(np.float32)
    expected, found = (cpu_session(one).run(None, {"x": x})[0][0] for one in (content, small_graph(content, kind)))
    assert np.abs((found - expected) / scales).max() < 0.3
    assert not np.array_equal(found, expected)


@pytest.mark.parametrize(("kind", "share", "apart"), [("fp16", 0.56, 0.005), ("int8", 0.33, 0.05)])
def test_a_run_gets_smaller_and_answers_nearly_the_same(
    tiny_run: TinyRun, kind: Small, share: float, apart: float
) -> None:
    content = (tiny_run.root / "model" / "model.onnx").read_bytes()
    smaller = small_graph(content, kind)
    assert len(smaller) < share * len(content)
    photo = drawn(np.random.default_rng(3), 1)[None]
    both = [cpu_session(one).run(["probabilities", "pixels"], {"photos": photo}) for one in (content, smaller)]
    assert np.abs(both[0][0] - both[1][0]).max() < apart
    assert np.array_equal(both[0][1], both[1][1])  # preprocessing is untouched
    facts = [onnx.load_from_string(one).metadata_props for one in (content, smaller)]
    assert list(map(str, facts[0])) == list(map(str, facts[1]))
