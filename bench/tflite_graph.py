"""Write a network as a .tflite file, without TensorFlow: the flat buffer that its converter would write."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from bench.foreign_networks import Network, weights_of
from unseen.records import Float32Array

Shape = tuple[int, ...]


class Graph:
    """A TensorFlow Lite graph that grows operation by operation; its last tensor is its output."""

    def __init__(self) -> None:
        self.schema: Any = import_module("ai_edge_litert.schema_py_generated")
        self.buffers: list[Any] = [self.schema.BufferT()]
        self.tensors: list[Any] = []
        self.steps: list[Any] = []
        self.codes: list[int] = []
        self.last = 0
        self.shape: Shape = ()

    def tensor(self, shape: Sequence[int], values: Any = None, kind: int = 0) -> int:
        """Add a tensor, constant where it has values; return its number."""
        made = self.schema.TensorT()
        made.shape, made.type, made.name = list(shape), kind, f"t{len(self.tensors)}".encode()
        if values is not None:
            stored = self.schema.BufferT()
            stored.data = np.frombuffer(np.ascontiguousarray(values).tobytes(), np.uint8)
            self.buffers.append(stored)
            made.buffer = len(self.buffers) - 1
        else:
            made.buffer = 0
        self.tensors.append(made)
        return len(self.tensors) - 1

    def constant(self, values: Float32Array) -> int:
        """Add float32 numbers."""
        return self.tensor(values.shape, values.astype(np.float32))

    def whole(self, values: Sequence[int]) -> int:
        """Add int32 numbers."""
        return self.tensor([len(values)], np.array(values, np.int32), self.schema.TensorType.INT32)

    def add(self, code: str, others: Sequence[int], shape: Shape, options: str = "", **settings: int) -> None:
        """Add an operation on the last tensor."""
        number = getattr(self.schema.BuiltinOperator, code)
        if number not in self.codes:
            self.codes.append(number)
        step = self.schema.OperatorT()
        step.opcodeIndex = self.codes.index(number)
        step.inputs = [self.last, *others]
        self.last, self.shape = self.tensor(shape), shape
        step.outputs = [self.last]
        if options:
            step.builtinOptionsType = getattr(self.schema.BuiltinOptions, options)
            step.builtinOptions = getattr(self.schema, f"{options}T")()
            for name, value in settings.items():
                setattr(step.builtinOptions, name, value)
        self.steps.append(step)

    def write(self, path: Path) -> None:
        """Write the file."""
        graph, model = self.schema.SubGraphT(), self.schema.ModelT()
        graph.tensors, graph.operators, graph.name = self.tensors, self.steps, b"main"
        graph.inputs, graph.outputs = [0], [self.last]
        model.version, model.subgraphs, model.buffers, model.description = 3, [graph], self.buffers, b"written by hand"
        model.operatorCodes = []
        for number in self.codes:
            code = self.schema.OperatorCodeT()
            code.builtinCode = code.deprecatedBuiltinCode = number
            code.version = 1
            model.operatorCodes.append(code)
        builder = import_module("flatbuffers").Builder(1024)
        builder.Finish(model.Pack(builder), b"TFL3")
        path.write_bytes(bytes(builder.Output()))


def write_tflite(network: Network, path: Path, *, softmax: bool, levels: bool = False) -> None:
    """Write .tflite, channels last, one photo at a time. levels: the input is stored as uint8, 0 to 255 for 0 to 1."""
    graph, side = Graph(), network.reading.height_px
    shape: Shape = (1, side, side, network.channels)
    graph.tensor(shape, kind=graph.schema.TensorType.UINT8 if levels else 0)
    graph.last, graph.shape = 0, shape
    if levels:
        stored = graph.schema.QuantizationParametersT()
        stored.scale, stored.zeroPoint = [1 / 255], [0]
        graph.tensors[0].quantization = stored
        graph.add("DEQUANTIZE", [], shape, "DequantizeOptions")
    if network.scaling:
        for code, values in zip(("MUL", "ADD"), network.scaling, strict=True):
            graph.add(code, [graph.constant(np.array(values, np.float32))], shape, f"{code.title()}Options")
    flat: Shape | None = None
    for module, (kind, _) in zip(network.module, network.layers, strict=True):
        if kind == "flatten":
            flat = graph.shape
        _add_layer(graph, module, kind, flat)
        flat = None if kind == "dense" else flat
    if softmax:
        graph.add("SOFTMAX", [], graph.shape, "SoftmaxOptions", beta=1)
    graph.write(path)


def _add_layer(graph: Graph, module: nn.Module, kind: str, flat: Shape | None) -> None:
    state, shape = weights_of(module), graph.shape
    steps = {"strideW": 1, "strideH": 1}
    if kind in ("first", "conv", "point"):
        kernel = state["weight"].transpose(0, 2, 3, 1)
        less = 2 if kind == "first" else 0
        out: Shape = (1, shape[1] - less, shape[2] - less, len(kernel))
        others = [graph.constant(kernel), graph.constant(state["bias"])]
        graph.add("CONV_2D", others, out, "Conv2DOptions", padding=1 if kind == "first" else 0, **steps)
    elif kind == "depthwise":
        others = [graph.constant(state["weight"].transpose(1, 2, 3, 0)), graph.constant(state["bias"])]
        graph.add("DEPTHWISE_CONV_2D", others, shape, "DepthwiseConv2DOptions", padding=0, depthMultiplier=1, **steps)
    elif kind == "bn":
        scale = state["weight"] / np.sqrt(state["running_var"] + 1e-3)
        graph.add("MUL", [graph.constant(scale)], shape, "MulOptions")
        graph.add("ADD", [graph.constant(state["bias"] - state["running_mean"] * scale)], shape, "AddOptions")
    elif kind in ("relu", "relu6"):
        graph.add(kind.upper(), [], shape)
    elif kind == "pool":
        out = (1, shape[1] // 2, shape[2] // 2, shape[3])
        sides = {"strideW": 2, "strideH": 2, "filterWidth": 2, "filterHeight": 2}
        graph.add("MAX_POOL_2D", [], out, "Pool2DOptions", padding=1, **sides)
    elif kind == "mean":
        graph.add("MEAN", [graph.whole([1, 2])], (1, shape[3]), "ReducerOptions", keepDims=0)
    elif kind == "flatten":
        out = (1, shape[1] * shape[2] * shape[3])
        graph.add("RESHAPE", [graph.whole(out)], out)
    else:
        weight = state["weight"]
        if flat:  # from channels first to channels last
            weight = weight.reshape(-1, flat[3], flat[1], flat[2]).transpose(0, 2, 3, 1).reshape(weight.shape)
        others = [graph.constant(weight), graph.constant(state["bias"])]
        graph.add("FULLY_CONNECTED", others, (1, len(weight)), "FullyConnectedOptions")
