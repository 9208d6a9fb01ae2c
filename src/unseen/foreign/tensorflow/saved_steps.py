"""Write each kind of step of a TensorFlow graph as nodes of ONNX."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from unseen.errors import UnseenError
from unseen.foreign.tensorflow.graph_def import Node
from unseen.foreign.tensorflow.growing_graph import LAST
from unseen.foreign.tensorflow.step_graph import Spread, StepGraph, Value, known, wholes
from unseen.foreign.tensorflow.stored_numbers import element_type, tensor
from unseen.foreign.tensorflow.strided_slice import strided

_PASSED = {"Identity", "IdentityN", "StopGradient", "PreventGradient", "CheckNumerics", "EnsureShape", "Snapshot",
           "PlaceholderWithDefault"}  # fmt: skip


def convert(graph: StepGraph, node: Node, inputs: Sequence[Value]) -> Sequence[Value]:
    """Add the nodes of a step; return what they compute. Raise `UnseenError` for a kind not known."""
    if node.op in _PASSED:
        return inputs
    if node.op == "Const":
        return [tensor(node.tensor())]
    if node.word("data_format").startswith("NC") and not node.op.startswith("FusedBatchNorm"):
        raise UnseenError(
            f"its step {node.op[:80]!r} has the channels first, which nothing here converts: export it to .onnx"
        )
    if node.op in STEPS:
        made = STEPS[node.op](graph, node, inputs)
    else:
        names = [graph.name(one) for one in inputs]
        plain = graph.plain(node.op, names)
        if plain is None and len(inputs) == 2 and isinstance(inputs[1], np.ndarray):
            plain = graph.reduced(node.op, names[0], inputs[1], kept=node.yes("keep_dims"))
        if plain is None:
            raise UnseenError(
                f"it has a step of the kind {node.op[:80]!r}, which nothing here converts: export it to .onnx"
            )
        made = plain
    if isinstance(made, str) and made not in graph.channels:
        stated = [graph.channels_of(one) for one in inputs]
        if any(stated) and node.op not in _OTHER_CHANNELS:
            graph.channels[made] = next(filter(None, stated))
    return [made]


def _frame(graph: StepGraph, node: Node, picture: Value, dilated: Spread | None) -> tuple[str, dict[str, Any]]:
    """Return the picture with what is padded by hand, and the strides and the padding of a window over it."""
    padding, name = node.word("padding"), dilated.picture if dilated else graph.name(picture)
    if padding == "EXPLICIT":
        name = graph.padded(name, np.reshape(node.wholes("explicit_paddings"), (4, 2)))
    return name, {"strides": node.wholes("strides")[1:3], "same": padding == "SAME"}


def _convolution(graph: StepGraph, node: Node, inputs: Sequence[Value]) -> Value:
    kernel, dilated = known(inputs[1], node), inputs[0] if isinstance(inputs[0], Spread) else None
    picture, settings = _frame(graph, node, inputs[0], dilated)
    settings["dilations"] = list(dilated.every) if dilated else (node.wholes("dilations") or [1, 1, 1, 1])[1:3]
    height, width, taken, given = kernel.shape
    if node.op == "Conv2D":
        groups = (graph.channels_of(picture) or taken) // taken
        made = graph.convolution(picture, kernel.transpose(3, 2, 0, 1), groups=groups, **settings)
    else:
        each = kernel.transpose(2, 3, 0, 1).reshape(taken * given, 1, height, width)
        made = graph.convolution(picture, each, groups=taken, **settings)
    graph.channels[made] = given if node.op == "Conv2D" else taken * given
    return Spread(made, dilated.every) if dilated else made


def _spread(graph: StepGraph, node: Node, inputs: Sequence[Value]) -> Value:
    ends = np.pad(known(inputs[2], node), ((1, 1), (0, 0)))
    made = graph.padded(graph.name(inputs[0]), ends)
    graph.channels[made] = graph.channels_of(inputs[0])
    return Spread(made, tuple(wholes(inputs[1], node)))


def _gathered(graph: StepGraph, node: Node, inputs: Sequence[Value]) -> Value:
    if not isinstance(inputs[0], Spread):
        raise UnseenError("its step BatchToSpaceND follows no convolution: export it to .onnx")
    cut = known(inputs[2], node)
    made = graph.cut(inputs[0].picture, [(1 + axis, int(first), -int(last) or LAST, 1)
                                             for axis, (first, last) in enumerate(cut)])  # fmt: skip
    graph.channels[made] = graph.channels_of(inputs[0].picture)
    return made


def _transposed(graph: StepGraph, node: Node, inputs: Sequence[Value]) -> Value:
    kernel = known(inputs[1], node)
    picture, settings = _frame(graph, node, inputs[2], None)
    made = graph.transposed(picture, kernel.transpose(3, 2, 0, 1), **settings)
    graph.channels[made] = kernel.shape[2]
    return made


def _pooled(graph: StepGraph, node: Node, inputs: Sequence[Value]) -> Value:
    picture, settings = _frame(graph, node, inputs[0], None)
    kind = "MaxPool" if node.op.startswith("Max") else "AveragePool"
    return graph.pooled(kind, picture, node.wholes("ksize")[1:3], **settings)


def _normalised(graph: StepGraph, node: Node, inputs: Sequence[Value]) -> Value:
    """Batch norm. Keras 2 writes its layer norm as one that learns, over pictures with the channels first."""
    first = node.word("data_format").startswith("NC")
    picture, *stated = (graph.name(one) for one in inputs)
    epsilon = node.decimal("epsilon", 1e-4)
    if not node.yes("is_training", default=True):
        wanted = graph.node if first else graph.on_pictures
        return wanted("BatchNormalization", picture, *stated, epsilon=epsilon)
    axes = graph.whole([0, 2, 3] if first else [0, 1, 2])
    scale, offset = (graph.node("Reshape", one, graph.whole([1, -1, 1, 1] if first else [1, 1, 1, -1]))
                     for one in stated[:2])  # fmt: skip
    off = graph.node("Sub", picture, graph.node("ReduceMean", picture, axes))
    spread = graph.node("ReduceMean", graph.node("Mul", off, off), axes)
    least = graph.node("Sqrt", graph.node("Add", spread, graph.keep(np.float32(epsilon))))
    return graph.node("Add", graph.node("Mul", graph.node("Div", off, least), scale), offset)


def _product(graph: StepGraph, node: Node, inputs: Sequence[Value]) -> Value:
    sides = []
    for value, flags in zip(inputs, (("transpose_a", "adj_x"), ("transpose_b", "adj_y")), strict=True):
        name = graph.name(value)
        if any(node.yes(flag) for flag in flags):
            if node.op != "MatMul":
                raise UnseenError(f"its step {node.op} turns a matrix, which nothing here converts: export it to .onnx")
            name = graph.node("Transpose", name, perm=[1, 0])
        sides.append(name)
    return graph.node("MatMul", *sides)


def _padded(graph: StepGraph, node: Node, inputs: Sequence[Value]) -> Value:
    mode = "reflect" if node.op == "MirrorPad" else "constant"
    if mode == "reflect" and node.word("mode") != "REFLECT":
        raise UnseenError("its step MirrorPad repeats the edge, which nothing here converts: export it to .onnx")
    value = float(known(inputs[2], node)) if len(inputs) > 2 else 0.0
    return graph.padded(graph.name(inputs[0]), known(inputs[1], node), value, mode)


def _resized(graph: StepGraph, node: Node, inputs: Sequence[Value]) -> Value:
    kind = "linear" if node.op == "ResizeBilinear" else "nearest"
    half, corners = node.yes("half_pixel_centers"), node.yes("align_corners")
    picture = graph.node("Cast", graph.name(inputs[0]), to=element_type(1)) if kind == "linear" else inputs[0]
    return graph.resized(kind, graph.name(picture), graph.name(inputs[1]), half_pixels=half, corners=corners)


def _packed(graph: StepGraph, node: Node, inputs: Sequence[Value]) -> Value:
    axis = node.whole("axis")
    rows = [graph.node("Unsqueeze", graph.name(one), graph.whole([axis])) for one in inputs]
    return graph.node("Concat", *rows, axis=axis)


def _joined(graph: StepGraph, node: Node, inputs: Sequence[Value]) -> Value:
    *many, axis = inputs
    made = graph.node("Concat", *(graph.name(one) for one in many), axis=wholes(axis, node)[0])
    stated = [graph.channels_of(one) for one in many]
    if all(stated):
        graph.channels[made] = sum(stated) if wholes(axis, node)[0] in (3, -1) else stated[0]
    return made


def _squeezed(graph: StepGraph, node: Node, inputs: Sequence[Value]) -> Value:
    axes = node.wholes("squeeze_dims")
    return graph.node("Squeeze", graph.name(inputs[0]), *([graph.whole(axes)] if axes else []))


def _cast(graph: StepGraph, node: Node, inputs: Sequence[Value]) -> Value:
    wanted = element_type(node.kind("DstT"))
    if isinstance(inputs[0], np.ndarray) and inputs[0].dtype == np.float32 and wanted == element_type(1):
        return inputs[0]  # weights of half the bits are computed with as floats
    return graph.node("Cast", graph.name(inputs[0]), to=wanted)


STEPS: dict[str, Callable[[StepGraph, Node, Sequence[Value]], Value]] = {
    "Conv2D": _convolution, "DepthwiseConv2dNative": _convolution, "Conv2DBackpropInput": _transposed,
    "SpaceToBatchND": _spread, "BatchToSpaceND": _gathered, "MaxPool": _pooled, "AvgPool": _pooled,
    "FusedBatchNorm": _normalised, "FusedBatchNormV2": _normalised, "FusedBatchNormV3": _normalised,
    "MatMul": _product, "BatchMatMul": _product, "BatchMatMulV2": _product, "Pad": _padded, "PadV2": _padded,
    "MirrorPad": _padded, "ResizeBilinear": _resized, "ResizeNearestNeighbor": _resized, "StridedSlice": strided,
    "Pack": _packed, "ConcatV2": _joined, "Squeeze": _squeezed, "Cast": _cast,
    "Reshape": lambda graph, _, given: graph.node("Reshape", *map(graph.name, given), allowzero=1),
    "ExpandDims": lambda graph, node, given: graph.node(
        "Unsqueeze", graph.name(given[0]), graph.whole(known(given[1], node))
    ),
    "Transpose": lambda graph, node, given: graph.node(
        "Transpose", graph.name(given[0]), perm=wholes(given[1], node)
    ),
    "ReverseV2": lambda graph, node, given: graph.cut(
        graph.name(given[0]), [(axis, -1, -LAST, -1) for axis in wholes(given[1], node)]
    ),
    "GatherV2": lambda graph, node, given: graph.node(
        "Gather", *map(graph.name, given[:2]), axis=wholes(given[2], node)[0]
    ),
    "Fill": lambda graph, _, given: graph.node("Expand", graph.name(given[1]), graph.name(given[0])),
    "Shape": lambda graph, _, given: graph.node("Shape", graph.name(given[0])),
    "Softmax": lambda graph, _, given: graph.node("Softmax", graph.name(given[0]), axis=-1),
    "LeakyRelu": lambda graph, node, given: graph.node(
        "LeakyRelu", graph.name(given[0]), alpha=node.decimal("alpha", 0.2)
    ),
}  # fmt: skip
_OTHER_CHANNELS = {
    "MatMul", "BatchMatMul", "BatchMatMulV2", "Pack", "ConcatV2", "Reshape", "Transpose", "StridedSlice", "Squeeze",
    "ExpandDims", "GatherV2", "Shape", "Tile", "Mean", "Sum", "Max", "Min", "Prod",
}  # fmt: skip
