"""Write a head as an ONNX graph, node by node: the exporter takes seconds to load and to trace a handful of layers."""

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper
from torch import Tensor, nn

from unseen.models.head import Head, Standardise
from unseen.models.onnx_graph import OPSET
from unseen.models.onnx_parts import IR_VERSION


def head_graph(head: Head, features: str, outputs: tuple[str, str]) -> onnx.ModelProto:
    """Return the graph from `features` (N, D) to probabilities and logits (N, C), float32, under the names `outputs`.

    head: on the CPU. Dropout predicts nothing and is left out.
    """
    nodes: list[NodeProto] = []
    weights: list[TensorProto] = []
    value, widths = features, []

    def add(operator: str, *constants: Tensor) -> None:
        nonlocal value
        names = [f"{operator.lower()}_{len(nodes)}_{i}" for i in range(len(constants))]
        arrays = [np.ascontiguousarray(constant.detach().numpy(), np.float32) for constant in constants]
        weights.extend(numpy_helper.from_array(array, name) for array, name in zip(arrays, names, strict=True))
        result = f"value_{len(nodes)}"
        nodes.append(helper.make_node(operator, [value, *names], [result]))
        value = result

    for layer in head:
        match layer:
            case Standardise():
                widths.append(len(layer.mean))
                add("Sub", layer.mean)
                add("Div", layer.std)
                add("Max", -layer.farthest)
                add("Min", layer.farthest)
            case nn.Linear():
                add("Gemm", layer.weight.T, layer.bias)
            case nn.ReLU():
                add("Relu")
            case nn.Dropout():
                pass
            case _:
                raise TypeError(f"{type(layer).__name__} is no layer of a head")
    probabilities, logits = outputs
    nodes.append(helper.make_node("Identity", [value], [logits]))
    nodes.append(helper.make_node("Softmax", [value], [probabilities], axis=1))
    shapes = {features: widths[0], probabilities: head.classes, logits: head.classes}
    infos = {
        name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["photo_count", width])
        for name, width in shapes.items()
    }
    graph = helper.make_graph(nodes, "head", [infos[features]], [infos[name] for name in outputs], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
