"""Write the network of a .tflite file as an ONNX graph, so that it can be wrapped; levels become the numbers they mean.

No permissive converter does it without TensorFlow. Quantised networks are followed in floats that are rounded to the
same levels after each step.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper

from unseen.errors import UnseenError
from unseen.foreign.tensorflow.growing_graph import GrowingGraph

_INT8, _UINT8 = 9, 3  # TensorType
_DTYPES = {0: np.float32, 1: np.float16, 2: np.int32, 3: np.uint8, 4: np.int64, 9: np.int8}
_ACTIVATIONS = {1: ("Relu", ()), 2: ("Clip", (-1.0, 1.0)), 3: ("Clip", (0.0, 6.0)), 4: ("Tanh", ())}


class Graph(GrowingGraph):
    """An ONNX graph that grows after the steps of a TensorFlow Lite graph."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        schema = import_module("ai_edge_litert.schema_py_generated")
        self.model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content))
        self.tensors: list[Any] = self.model.subgraphs[0].tensors
        self.names = {value: name for name, value in vars(schema.BuiltinOperator).items() if not name.startswith("_")}

    def constant(self, place: int) -> Any:
        """Return the numbers of a constant tensor, of levels those that are meant; `None` where they are computed."""
        tensor = self.tensors[place]
        data = self.model.buffers[tensor.buffer].data
        if data is None or not len(data):
            return None
        if tensor.type not in _DTYPES:
            raise UnseenError(f"it holds numbers of type {tensor.type}, which nothing here reads")
        shape = [int(side) for side in (tensor.shape if tensor.shape is not None else ())]
        values = np.frombuffer(np.asarray(data, np.uint8).tobytes(), _DTYPES[tensor.type]).reshape(shape)
        stated = tensor.quantization
        if stated is None or stated.scale is None or not len(stated.scale) or tensor.type in (0, 1):
            return values.astype(np.float32) if tensor.type in (0, 1, _UINT8, _INT8) else values
        each = [1] * len(shape)
        if len(stated.scale) > 1:
            each[stated.quantizedDimension] = -1
        zeros = np.zeros(1) if stated.zeroPoint is None else np.asarray(stated.zeroPoint, np.float64)
        scales = np.asarray(stated.scale, np.float64)
        each_zero = each if len(zeros) > 1 else [1] * len(shape)
        return ((values - zeros.reshape(each_zero)) * scales.reshape(each)).astype(np.float32)

    def value(self, place: int) -> str:
        """Return the name of a tensor's numbers."""
        name = f"t{place}"
        if (values := self.constant(place)) is not None and name not in self.stored:
            self.stored[name] = values
        return name

    def finish(self, place: int, made: str, activation: int) -> None:
        """Name what was computed after its tensor, through the activation, rounded to levels where it is stored so."""
        if activation:
            if activation not in _ACTIVATIONS:
                raise UnseenError(f"it has an activation of kind {activation}, which nothing here converts")
            kind, limits = _ACTIVATIONS[activation]
            made = self.node(kind, made, *(self.keep(np.float32(limit)) for limit in limits))
        self.nodes.append(helper.make_node("Identity", [self.levelled(place, made)], [f"t{place}"]))

    def levelled(self, place: int, made: str) -> str:
        """Return numbers rounded to the levels of a tensor, where it has levels."""
        tensor, stated = self.tensors[place], self.tensors[place].quantization
        if tensor.type not in (_INT8, _UINT8) or stated is None or stated.scale is None or not len(stated.scale):
            return made
        scale, zero = np.float32(stated.scale[0]), int(stated.zeroPoint[0])
        least = (-128 if tensor.type == _INT8 else 0) - zero
        size = self.keep(scale)
        whole = self.node("Round", self.node("Div", made, size))
        kept = self.node("Clip", whole, self.keep(np.float32(least)), self.keep(np.float32(least + 255)))
        return self.node("Mul", kept, size)


def to_onnx(path: Path, height_px: int, width_px: int) -> bytes:
    """Return the bytes of an ONNX file of the same network for one photo; raise `UnseenError` for a step not known."""
    from unseen.foreign.tensorflow.tflite_steps import convert

    graph = Graph(path.read_bytes())
    main = graph.model.subgraphs[0]
    given = int(main.inputs[0])
    result = next(int(one) for one in main.outputs if len(graph.tensors[int(one)].shape) >= 2)
    shape = [int(side) for side in graph.tensors[given].shape]
    if len(shape) == 4:
        shape = [1, height_px, width_px, shape[3]]
    graph.nodes.append(helper.make_node("Identity", [graph.levelled(given, "given")], [f"t{given}"]))
    for step in _needed(graph, main.operators, result):
        code = graph.model.operatorCodes[step.opcodeIndex]
        name = graph.names[max(code.builtinCode, code.deprecatedBuiltinCode)]
        made = convert(graph, name, step)
        graph.finish(int(step.outputs[0]), made, getattr(step.builtinOptions, "fusedActivationFunction", 0))
    row = [int(side) for side in graph.tensors[result].shape]
    return graph.written({"given": (TensorProto.FLOAT, shape)}, {f"t{result}": (TensorProto.FLOAT, row)})


def _needed(graph: Graph, steps: list[Any], result: int) -> list[Any]:
    """Return the steps that the result depends on; not those that compute no more than the shape of a result."""
    wanted, kept = {result}, []
    for step in reversed(steps):
        if int(step.outputs[0]) not in wanted:
            continue
        code = graph.model.operatorCodes[step.opcodeIndex]
        name = graph.names[max(code.builtinCode, code.deprecatedBuiltinCode)]
        used = list(step.inputs)[name == "TRANSPOSE_CONV" : 1 if name == "RESHAPE" else None]
        wanted |= {int(one) for one in used if one >= 0}
        kept.append(step)
    return kept[::-1]
