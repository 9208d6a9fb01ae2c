"""What stands behind a locator answers as the whole graph does, of any box that it is told."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from unseen.inference.behind_locator import BehindLocator, behind_locator
from unseen.inference.ready import ready_model
from unseen.onnx_session import cpu_session

GRAPH = ready_model("signs:rps")[1]
RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def behind() -> BehindLocator:
    cut = behind_locator(GRAPH)
    assert cut is not None
    onnx.checker.check_model(onnx.load_from_string(cut[0]))
    return BehindLocator(*cut, 320, threads=1)


def test_it_answers_as_the_whole_does_with_the_box_that_was_found(behind: BehindLocator) -> None:
    whole = cpu_session(GRAPH, threads=1)
    for shape in ((60, 80, 3), (90, 70, 3)):
        photo = RNG.integers(0, 255, shape).astype(np.uint8)
        logits, box = whole.run(["logits", "found_boxes"], {"photos": photo[None]})
        np.testing.assert_array_equal(behind.logits([photo], box), logits)


def test_it_goes_by_the_box_and_keeps_the_order_of_photos_of_several_shapes(behind: BehindLocator) -> None:
    photos = [RNG.integers(0, 255, shape).astype(np.uint8) for shape in ((60, 80, 3), (90, 70, 3), (60, 80, 3))]
    boxes = [(0.1, 0.1, 0.5, 0.6), (0.2, 0.3, 0.9, 0.8), (0.5, 0.5, 0.9, 0.9)]
    together = behind.logits(photos, boxes)
    for row, photo, box in zip(together, photos, boxes, strict=True):
        np.testing.assert_allclose(behind.logits([photo], [box])[0], row, atol=1e-4)
        assert np.abs(behind.logits([photo], [(0.0, 0.0, 0.3, 0.3)])[0] - row).max() > 1e-2


def test_it_does_not_look_for_the_subject(behind: BehindLocator) -> None:
    cut = behind_locator(GRAPH)
    assert cut is not None
    kept = onnx.load_from_string(cut[0]).graph
    assert not any("hand_finder" in name for node in kept.node for name in node.output if name != cut[1])
    assert len(kept.node) < len(onnx.load_from_string(GRAPH).graph.node)


def test_a_graph_that_finds_no_boxes_has_nothing_behind_them() -> None:
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n"]) for name in ("photos", "logits")]
    graph = helper.make_graph([helper.make_node("Neg", ["photos"], ["logits"])], "plain", values[:1], values[1:])
    assert behind_locator(helper.make_model(graph).SerializeToString()) is None


def test_a_graph_whose_answer_hangs_on_more_than_boxes_has_no_such_part() -> None:
    names = ("photos", "logits", "found_boxes")
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n"]) for name in names]
    nodes = [helper.make_node("Neg", ["photos"], ["found_boxes"]), helper.make_node("Abs", ["photos"], ["logits"])]
    graph = helper.make_graph(nodes, "aside", values[:1], values[1:])
    assert behind_locator(helper.make_model(graph).SerializeToString()) is None
