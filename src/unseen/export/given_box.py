"""Write the part of a graph that takes a box from the caller, node by node."""

import onnx
from onnx import TensorProto, helper

from unseen.locate.graph_names import KNOWN_BOX, VIEW
from unseen.models.onnx_graph import OPSET
from unseen.models.onnx_parts import IR_VERSION


def given_box() -> onnx.ModelProto:
    """Return the graph from a view (N, 3, W, W) and `KNOWN_BOX` (1, 4) to `unknown`, bool, and `each`, (N, 4).

    unknown: the box is NaN, and must be looked for.
    """
    nodes = [
        helper.make_node("Constant", [], ["first"], value=helper.make_tensor("v", TensorProto.INT64, (1,), [0])),
        helper.make_node("Constant", [], ["one"], value=helper.make_tensor("v", TensorProto.INT64, (1,), [1])),
        helper.make_node("Reshape", [KNOWN_BOX, "flat"], ["row"]),
        helper.make_node("Gather", ["row", "scalar"], ["left"], axis=0),
        helper.make_node("IsNaN", ["left"], ["unknown"]),
        helper.make_node("Shape", [VIEW], ["shape"]),
        helper.make_node("Gather", ["shape", "first"], ["photos"], axis=0),
        helper.make_node("Concat", ["photos", "one"], ["times"], axis=0),
        helper.make_node("Tile", [KNOWN_BOX, "times"], ["each"]),
    ]
    constants = [
        helper.make_tensor("flat", TensorProto.INT64, (1,), [-1]),
        helper.make_tensor("scalar", TensorProto.INT64, (), [0]),
    ]
    inputs = [
        helper.make_tensor_value_info(VIEW, TensorProto.FLOAT, ["photo_count", 3, "side", "side"]),
        helper.make_tensor_value_info(KNOWN_BOX, TensorProto.FLOAT, [1, 4]),
    ]
    outputs = [
        helper.make_tensor_value_info("unknown", TensorProto.BOOL, []),
        helper.make_tensor_value_info("each", TensorProto.FLOAT, ["photo_count", 4]),
    ]
    graph = helper.make_graph(nodes, "given", inputs, outputs, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
