"""Write the landmark network as an ONNX graph, node by node, and run it in ONNX Runtime.

Its weights never change, so no exporter is needed: torch takes ten seconds to write what is here in a tenth of one. In
ONNX Runtime a view takes a third of the time it takes in torch.
"""

from functools import lru_cache
from typing import Any

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper
from torch import Tensor, nn

from unseen.locate.landmark_net import LANDMARK_PX, READINGS, InvertedResidual, LateConv, builtin_landmarks
from unseen.models.onnx_graph import OPSET
from unseen.models.onnx_parts import IR_VERSION
from unseen.onnx_session import Session, cpu_session

VIEWS, READ = "views", "read"


@lru_cache(maxsize=1)
def landmark_graph() -> onnx.ModelProto:
    """Return the built-in network as a graph: views (N, 3, 224, 224) float32 in 0..1 to readings (N, `READINGS`)."""
    network, writer = builtin_landmarks(), _Writer()
    name = writer.convolve(VIEWS, network.stem)
    for block in network.blocks:
        assert isinstance(block, InvertedResidual)
        inner = writer.convolve(name, block.expand) if block.expand is not None else name
        out = writer.convolve(writer.convolve(inner, block.depthwise), block.project, clips=False)
        name = writer.node("Add", name, out) if block.adds else out
    name = writer.convolve(writer.convolve(name, network.expand), network.depthwise)
    pooled = writer.node("Flatten", writer.node("GlobalAveragePool", name))
    ends = (network.places, network.world, network.judge)
    weight = np.concatenate([_values(layer.weight) for layer in ends])
    bias = np.concatenate([_values(layer.bias) for layer in ends])
    writer.nodes.append(
        helper.make_node("Gemm", [pooled, writer.constant(weight), writer.constant(bias)], [READ], transB=1)
    )
    graph = helper.make_graph(
        writer.nodes,
        "landmarks",
        [helper.make_tensor_value_info(VIEWS, TensorProto.FLOAT, ["photo_count", 3, LANDMARK_PX, LANDMARK_PX])],
        [helper.make_tensor_value_info(READ, TensorProto.FLOAT, ["photo_count", READINGS])],
        writer.constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    return model


@lru_cache(maxsize=1)
def landmark_session() -> Session:
    """Return the built-in network in ONNX Runtime."""
    return cpu_session(landmark_graph().SerializeToString())


class _Writer:
    """Nodes and constants so far; what a method returns is the name of a value."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self._six = [self.constant(np.float32(0)), self.constant(np.float32(6))]

    def constant(self, values: np.ndarray | np.float32) -> str:
        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"value{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def convolve(self, x: str, layer: nn.Conv2d, clips: bool = True) -> str:
        assert layer.bias is not None
        before, after = (layer.pads[0], layer.pads[1]) if isinstance(layer, LateConv) and layer.pads else (None, None)
        side = int(layer.padding[0])
        pads = [side] * 4 if before is None else [before, before, after, after]
        weights = self.constant(_values(layer.weight)), self.constant(_values(layer.bias))
        name = self.node("Conv", x, *weights, strides=list(layer.stride), group=layer.groups, pads=pads,
                         kernel_shape=list(layer.kernel_size))  # fmt: skip
        return self.node("Clip", name, *self._six) if clips else name


def _values(tensor: Tensor) -> np.ndarray:
    return tensor.detach().cpu().contiguous().numpy()
