"""Store an ONNX model's weights in 16 or 8 bits; runtimes turn them into floats when they load them, or use them.

Weights of convolutions and linear layers alone: ONNX Runtime's own converters also change what preprocessing
computes with, where a rounded weight is another pixel, or add up in whole numbers, which is slower on most processors.
"""

from collections.abc import Iterator
from typing import Literal, get_args

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

Small = Literal["fp16", "int8"]
SMALL: tuple[Small, ...] = get_args(Small)
# Smaller tensors weigh nothing and may be sensitive: scales, biases, the first layer's filters.
LEAST_VALUES = 1024
_LARGEST_HALF = float(np.finfo(np.float16).max)


def small_graph(content: bytes, kind: Small) -> bytes:
    """Return the model `content` with its layers' weights stored as `kind`; inputs and outputs stay as they are."""
    model = onnx.load_from_string(content)
    axes = dict(_weights(model.graph))
    kept, nodes = [], []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if tensor.name not in axes or values.dtype != np.float32 or values.size < LEAST_VALUES:
            kept.append(tensor)
            continue
        stored, opened = _stored(values, tensor.name, kind, axes[tensor.name])
        kept += stored
        nodes.append(opened)
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    others = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*nodes, *others])
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _weights(graph: onnx.GraphProto) -> Iterator[tuple[str, int]]:
    """Yield the names of weights, and the axis of their outputs, in branches too."""
    for node in graph.node:
        if node.op_type in ("Conv", "Gemm", "MatMul"):
            across = node.op_type == "Gemm" and any(a.name == "transB" and a.i for a in node.attribute)
            yield node.input[1], 0 if node.op_type == "Conv" or across else 1
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                yield from _weights(attribute.g)


def _stored(values: np.ndarray, name: str, kind: Small, axis: int) -> tuple[list[TensorProto], NodeProto]:
    """Return what is stored, and the node that makes the weight `name` of it."""
    if kind == "fp16":
        halves = np.clip(values, -_LARGEST_HALF, _LARGEST_HALF).astype(np.float16)
        node = helper.make_node("Cast", [f"{name} fp16"], [name], to=TensorProto.FLOAT)
        return [numpy_helper.from_array(halves, f"{name} fp16")], node
    others = tuple(i for i in range(values.ndim) if i != axis)
    scales = np.maximum(np.abs(values).max(axis=others, keepdims=True) / 127, 1e-12).astype(np.float32)
    names = [f"{name} int8", f"{name} scale"]
    arrays = [np.rint(values / scales).astype(np.int8), scales.reshape(-1)]
    node = helper.make_node("DequantizeLinear", names, [name], axis=axis)
    return [numpy_helper.from_array(array, one) for array, one in zip(arrays, names, strict=True)], node
