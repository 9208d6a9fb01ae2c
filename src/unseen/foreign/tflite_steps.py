"""Write each kind of step of a TensorFlow Lite graph as nodes of ONNX. Pictures are (1, H, W, C)."""

from typing import TYPE_CHECKING, Any

import numpy as np

from unseen.errors import UnseenError

if TYPE_CHECKING:
    from unseen.foreign.tflite_graph import Graph

_SAME = 0  # Padding
_CHANNELS_FIRST, _CHANNELS_LAST = [0, 3, 1, 2], [0, 2, 3, 1]
# Of one or two tensors, with nothing to set.
PLAIN = {
    "ADD": "Add", "SUB": "Sub", "MUL": "Mul", "DIV": "Div", "MAXIMUM": "Max", "MINIMUM": "Min", "POW": "Pow",
    "PRELU": "PRelu", "RELU": "Relu", "LOGISTIC": "Sigmoid", "TANH": "Tanh", "HARD_SWISH": "HardSwish", "ELU": "Elu",
    "EXP": "Exp", "SQRT": "Sqrt", "ABS": "Abs", "NEG": "Neg", "LOG": "Log", "QUANTIZE": "Identity",
    "DEQUANTIZE": "Identity",
}  # fmt: skip
LIMITS = {"RELU6": (0.0, 6.0), "RELU_N1_TO_1": (-1.0, 1.0), "RELU_0_TO_1": (0.0, 1.0)}
SHAPED = ("RESHAPE", "SQUEEZE", "EXPAND_DIMS")
REDUCED = {"MEAN": "ReduceMean", "SUM": "ReduceSum", "REDUCE_MAX": "ReduceMax", "REDUCE_MIN": "ReduceMin"}


def convert(graph: "Graph", name: str, step: Any) -> str:
    """Add the nodes of a step; return the name of what they compute. Raise `UnseenError` for a kind not known."""
    inputs = [int(one) for one in step.inputs]
    options, first = step.builtinOptions, graph.value(inputs[0])
    if name in PLAIN:
        return graph.node(PLAIN[name], *(graph.value(one) for one in inputs))
    if name in LIMITS:
        return graph.node("Clip", first, *(graph.keep(np.float32(limit)) for limit in LIMITS[name]))
    if name in SHAPED:
        return graph.node("Reshape", first, graph.keep(_shape(graph, step)))
    if name in REDUCED:
        axes = graph.keep(np.asarray(graph.constant(inputs[1]), np.int64).ravel())
        return graph.node(REDUCED[name], first, axes, keepdims=int(options.keepDims))
    if name in ("CONV_2D", "DEPTHWISE_CONV_2D"):
        return _convolution(graph, inputs, options, depthwise=name != "CONV_2D")
    if name in ("MAX_POOL_2D", "AVERAGE_POOL_2D"):
        sides = {"kernel_shape": [options.filterHeight, options.filterWidth], **_steps(options)}
        kind = "MaxPool" if name == "MAX_POOL_2D" else "AveragePool"
        return _last(graph, graph.node(kind, _first(graph, first), **sides))
    if name == "FULLY_CONNECTED":
        return _dense(graph, inputs)
    return _other(graph, name, inputs, options)


def _other(graph: "Graph", name: str, inputs: list[int], options: Any) -> str:
    first = graph.value(inputs[0])
    if name == "SOFTMAX":
        return graph.node("Softmax", graph.node("Mul", first, graph.keep(np.float32(options.beta))), axis=-1)
    if name == "LEAKY_RELU":
        return graph.node("LeakyRelu", first, alpha=float(options.alpha))
    if name == "RSQRT":
        return graph.node("Reciprocal", graph.node("Sqrt", first))
    if name == "CONCATENATION":
        return graph.node("Concat", *(graph.value(one) for one in inputs), axis=int(options.axis))
    if name == "TRANSPOSE":
        return graph.node("Transpose", first, perm=[int(one) for one in graph.constant(inputs[1])])
    if name in ("PAD", "PADV2"):
        ends = np.asarray(graph.constant(inputs[1]), np.int64)
        value = graph.constant(inputs[2]) if name == "PADV2" else np.zeros(1)
        return graph.node("Pad", first, graph.keep(ends.T.ravel()), graph.keep(np.float32(value.ravel()[0])))
    raise UnseenError(f"it has a step of the kind {name}, which nothing here converts")


def _shape(graph: "Graph", step: Any) -> Any:
    """Return the shape that a step's result has, of one photo."""
    return np.array([int(side) for side in graph.tensors[int(step.outputs[0])].shape], np.int64)


def _first(graph: "Graph", name: str) -> str:
    return graph.node("Transpose", name, perm=_CHANNELS_FIRST)


def _last(graph: "Graph", name: str) -> str:
    return graph.node("Transpose", name, perm=_CHANNELS_LAST)


def _steps(options: Any) -> dict[str, Any]:
    """Return strides and padding: TensorFlow's SAME puts an odd pixel behind, as SAME_UPPER does."""
    padding = "SAME_UPPER" if options.padding == _SAME else "VALID"
    return {"strides": [options.strideH, options.strideW], "auto_pad": padding}


def _convolution(graph: "Graph", inputs: list[int], options: Any, *, depthwise: bool) -> str:
    kernel = graph.constant(inputs[1])
    if kernel is None:
        raise UnseenError("it has a convolution whose weights are computed, which nothing here converts")
    weights = kernel.transpose(3, 0, 1, 2) if depthwise else kernel.transpose(0, 3, 1, 2)
    channels = int(graph.tensors[inputs[0]].shape[3])
    groups = channels if depthwise else channels // kernel.shape[3]
    biases = [graph.value(inputs[2])] if len(inputs) > 2 and inputs[2] >= 0 else []
    made = graph.node(
        "Conv", _first(graph, graph.value(inputs[0])), graph.keep(np.ascontiguousarray(weights)), *biases, group=groups,
        dilations=[options.dilationHFactor, options.dilationWFactor], **_steps(options),
    )  # fmt: skip
    return _last(graph, made)


def _dense(graph: "Graph", inputs: list[int]) -> str:
    kernel = graph.constant(inputs[1])
    if kernel is None:
        raise UnseenError("it has a dense layer whose weights are computed, which nothing here converts")
    rows = graph.node("Reshape", graph.value(inputs[0]), graph.keep(np.array([-1, kernel.shape[1]], np.int64)))
    biases = [graph.value(inputs[2])] if len(inputs) > 2 and inputs[2] >= 0 else []
    return graph.node("Gemm", rows, graph.value(inputs[1]), *biases, transB=1)
