"""Write each kind of step of a TensorFlow Lite graph as nodes of ONNX. Pictures are (1, H, W, C)."""

from typing import TYPE_CHECKING, Any

import numpy as np

from unseen.errors import UnseenError

if TYPE_CHECKING:
    from unseen.foreign.tensorflow.tflite_graph import Graph

_SAME = 0  # Padding
SHAPED = ("RESHAPE", "SQUEEZE", "EXPAND_DIMS")


def convert(graph: "Graph", name: str, step: Any) -> str:
    """Add the nodes of a step; return the name of what they compute. Raise `UnseenError` for a kind not known."""
    inputs = [int(one) for one in step.inputs]
    options, first = step.builtinOptions, graph.value(inputs[0])
    if name in SHAPED:
        return graph.node("Reshape", first, graph.keep(_shape(graph, step)))
    if name in ("CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV"):
        return _convolution(graph, name, inputs, options)
    if name in ("MAX_POOL_2D", "AVERAGE_POOL_2D"):
        kind = "MaxPool" if name == "MAX_POOL_2D" else "AveragePool"
        return graph.pooled(kind, first, [options.filterHeight, options.filterWidth], **_steps(options))
    if name == "FULLY_CONNECTED":
        return _dense(graph, inputs)
    made = graph.plain(name, [graph.value(one) for one in inputs])
    if made is None and hasattr(options, "keepDims"):
        made = graph.reduced(name, first, graph.constant(inputs[1]), kept=options.keepDims)
    return made or _other(graph, name, inputs, options)


def _other(graph: "Graph", name: str, inputs: list[int], options: Any) -> str:
    first = graph.value(inputs[0])
    if name == "SOFTMAX":
        return graph.node("Softmax", graph.node("Mul", first, graph.keep(np.float32(options.beta))), axis=-1)
    if name == "LEAKY_RELU":
        return graph.node("LeakyRelu", first, alpha=float(options.alpha))
    if name == "CONCATENATION":
        return graph.node("Concat", *(graph.value(one) for one in inputs), axis=int(options.axis))
    if name == "TRANSPOSE":
        return graph.node("Transpose", first, perm=[int(one) for one in graph.constant(inputs[1])])
    if name in ("PAD", "PADV2"):
        value = float(graph.constant(inputs[2]).ravel()[0]) if name == "PADV2" else 0.0
        return graph.padded(first, graph.constant(inputs[1]), value)
    if name in ("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR") and graph.constant(inputs[1]) is not None:
        return graph.resized(
            "linear" if name == "RESIZE_BILINEAR" else "nearest", first, graph.whole(graph.constant(inputs[1])),
            half_pixels=options.halfPixelCenters, corners=options.alignCorners,
        )  # fmt: skip
    raise UnseenError(f"it has a step of the kind {name}, which nothing here converts")


def _shape(graph: "Graph", step: Any) -> Any:
    """Return the shape that a step's result has, of one photo."""
    return np.array([int(side) for side in graph.tensors[int(step.outputs[0])].shape], np.int64)


def _steps(options: Any) -> dict[str, Any]:
    return {"strides": [options.strideH, options.strideW], "same": options.padding == _SAME}


def _convolution(graph: "Graph", name: str, inputs: list[int], options: Any) -> str:
    kernel = graph.constant(inputs[1])
    if kernel is None:
        raise UnseenError("it has a convolution whose weights are computed, which nothing here converts")
    if name == "TRANSPOSE_CONV":
        biases = [graph.value(one) for one in inputs[3:] if one >= 0]
        return graph.transposed(graph.value(inputs[2]), kernel.transpose(3, 0, 1, 2), biases, **_steps(options))
    depthwise = name == "DEPTHWISE_CONV_2D"
    channels = int(graph.tensors[inputs[0]].shape[3])
    return graph.convolution(
        graph.value(inputs[0]), kernel.transpose((3, 0, 1, 2) if depthwise else (0, 3, 1, 2)),
        [graph.value(one) for one in inputs[2:3] if one >= 0],
        groups=channels if depthwise else channels // kernel.shape[3],
        dilations=[options.dilationHFactor, options.dilationWFactor], **_steps(options),
    )  # fmt: skip


def _dense(graph: "Graph", inputs: list[int]) -> str:
    kernel = graph.constant(inputs[1])
    if kernel is None:
        raise UnseenError("it has a dense layer whose weights are computed, which nothing here converts")
    rows = graph.node("Reshape", graph.value(inputs[0]), graph.keep(np.array([-1, kernel.shape[1]], np.int64)))
    biases = [graph.value(inputs[2])] if len(inputs) > 2 and inputs[2] >= 0 else []
    return graph.node("Gemm", rows, graph.value(inputs[1]), *biases, transB=1)
