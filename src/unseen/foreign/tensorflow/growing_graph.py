"""Grow an ONNX graph step by step after one of TensorFlow's, whose pictures have their channels last: (N, H, W, C)."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from unseen.models.graph_parts import IR_VERSION, OPSET

LAST = int(np.iinfo(np.int64).max)  # to the end of an axis
# Of one or more tensors, with nothing to set. The names of both formats, in small letters without underlines.
PLAIN = {
    "add": "Add", "addv2": "Add", "biasadd": "Add", "addn": "Sum", "sub": "Sub", "mul": "Mul", "div": "Div",
    "realdiv": "Div", "floordiv": "Div", "maximum": "Max", "minimum": "Min", "pow": "Pow", "prelu": "PRelu",
    "relu": "Relu", "logistic": "Sigmoid", "sigmoid": "Sigmoid", "tanh": "Tanh", "hardswish": "HardSwish",
    "elu": "Elu", "selu": "Selu", "softplus": "Softplus", "softsign": "Softsign", "erf": "Erf", "exp": "Exp",
    "sqrt": "Sqrt", "abs": "Abs", "neg": "Neg", "log": "Log", "floor": "Floor", "quantize": "Identity",
    "dequantize": "Identity", "greater": "Greater", "greaterequal": "GreaterOrEqual", "less": "Less",
    "lessequal": "LessOrEqual", "equal": "Equal", "select": "Where", "selectv2": "Where", "tile": "Tile",
    "clipbyvalue": "Clip", "logsoftmax": "LogSoftmax",
}  # fmt: skip
LIMITS = {"relu6": (0.0, 6.0), "relun1to1": (-1.0, 1.0), "relu0to1": (0.0, 1.0)}
REDUCED = {
    "mean": "ReduceMean", "sum": "ReduceSum", "reducemax": "ReduceMax", "max": "ReduceMax", "reducemin": "ReduceMin",
    "min": "ReduceMin", "prod": "ReduceProd",
}  # fmt: skip


class GrowingGraph:
    """Nodes and numbers of an ONNX graph; a tensor is known by its name."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.stored: dict[str, Any] = {}

    def node(self, kind: str, *inputs: str, **settings: Any) -> str:
        """Add a node; return the name of its result."""
        made = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [made], **settings))
        return made

    def keep(self, values: Any) -> str:
        """Add numbers; return their name."""
        name = f"c{len(self.stored)}"
        self.stored[name] = np.asarray(values)
        return name

    def whole(self, values: Any) -> str:
        """Add whole numbers in a row; return their name."""
        return self.keep(np.asarray(values, np.int64).ravel())

    def plain(self, name: str, inputs: Sequence[str]) -> str | None:
        """Add the node of a step that has nothing to set; `None` for any other step."""
        key = name.replace("_", "").lower()
        if key in PLAIN:
            return self.node(PLAIN[key], *inputs)
        if key in LIMITS:
            return self.node("Clip", inputs[0], *(self.keep(np.float32(limit)) for limit in LIMITS[key]))
        if key == "rsqrt":
            return self.node("Reciprocal", self.node("Sqrt", inputs[0]))
        if key == "square":
            return self.node("Mul", inputs[0], inputs[0])
        if key == "squareddifference":
            return self.plain("square", [self.node("Sub", *inputs)])
        if key == "erfc":
            return self.node("Sub", self.keep(np.float32(1)), self.node("Erf", inputs[0]))
        return None

    def reduced(self, name: str, tensor: str, axes: Any, *, kept: bool) -> str | None:
        """Add a mean, sum, product or extreme over axes; `None` for any other step."""
        kind = REDUCED.get(name.replace("_", "").lower())
        if kind is None:
            return None
        if not np.size(axes):
            return tensor
        return self.node(kind, tensor, self.whole(axes), keepdims=int(kept))

    def on_pictures(self, kind: str, picture: str, *others: str, **settings: Any) -> str:
        """Add a node that wants the channels first."""
        moved = self.node("Transpose", picture, perm=[0, 3, 1, 2])
        return self.node("Transpose", self.node(kind, moved, *others, **settings), perm=[0, 2, 3, 1])

    def convolution(
        self, picture: str, kernel: Any, biases: Sequence[str] = (), *, groups: int, strides: Sequence[int],
        dilations: Sequence[int], same: bool,
    ) -> str:  # fmt: skip
        """Add a convolution. kernel: (out, in of a group, height, width)."""
        return self.on_pictures(
            "Conv", picture, self.keep(np.ascontiguousarray(kernel)), *biases, group=groups, strides=list(strides),
            dilations=list(dilations), auto_pad=_padding(same),
        )  # fmt: skip

    def transposed(
        self, picture: str, kernel: Any, biases: Sequence[str] = (), *, strides: Sequence[int], same: bool
    ) -> str:
        """Add a transposed convolution. kernel: (in, out, height, width). `same`: its result has stride x the sides.

        TensorFlow's is the gradient of a convolution, which puts an odd pixel of its padding behind.
        """
        over = [side - stride for side, stride in zip(kernel.shape[2:], strides, strict=True)]
        cut = [max(one, 0) if same else 0 for one in over]
        return self.on_pictures(
            "ConvTranspose", picture, self.keep(np.ascontiguousarray(kernel)), *biases, strides=list(strides),
            pads=[one // 2 for one in cut] + [one - one // 2 for one in cut],
            output_padding=[max(-one, 0) for one in over],
        )  # fmt: skip

    def pooled(self, kind: str, picture: str, sides: Sequence[int], strides: Sequence[int], *, same: bool) -> str:
        """Add a `MaxPool` or `AveragePool`; what is padded counts in neither."""
        return self.on_pictures(kind, picture, kernel_shape=list(sides), strides=list(strides), auto_pad=_padding(same))

    def padded(self, tensor: str, ends: Any, value: float = 0.0, mode: str = "constant") -> str:
        """Add a frame. ends: (rank, 2), before and behind each axis."""
        number = [self.keep(np.float32(value))] if mode == "constant" else []
        return self.node("Pad", tensor, self.whole(np.asarray(ends).T), *number, mode=mode)

    def cut(self, tensor: str, parts: Sequence[tuple[int, int, int, int]]) -> str:
        """Cut out parts: (axis, start, end, step) each."""
        if not parts:
            return tensor
        axes, starts, ends, steps = zip(*parts, strict=True)
        return self.node("Slice", tensor, *map(self.whole, (starts, ends, axes, steps)))

    def resized(self, kind: str, picture: str, sides: str, *, half_pixels: bool, corners: bool) -> str:
        """Resize pictures to `sides` (height, width), "linear" or "nearest", without antialias."""
        where = "align_corners" if corners else "half_pixel" if half_pixels else "asymmetric"
        nearest = "round_prefer_ceil" if corners or half_pixels else "floor"
        number, channels = self.node("Shape", picture, end=1), self.node("Shape", picture, start=3)
        # all four lengths: ONNX Runtime 1.32 loses those of `axes` where it moves the transposition
        lengths = self.node("Concat", number, channels, sides, axis=0)
        return self.on_pictures(
            "Resize", picture, "", "", lengths, mode=kind, coordinate_transformation_mode=where, nearest_mode=nearest
        )

    def written(self, given: Mapping[str, tuple[int, Any]], results: Mapping[str, tuple[int, Any]]) -> bytes:
        """Return the bytes of the ONNX file. given, results: element type and shape of each input and output."""
        inputs, outputs = (
            [helper.make_tensor_value_info(name, *stated) for name, stated in some.items()] for some in (given, results)
        )
        numbers = [numpy_helper.from_array(values, name) for name, values in self.stored.items()]
        graph = helper.make_graph(self.nodes, "main", inputs, outputs, numbers)
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        content: bytes = made.SerializeToString()
        return content


def _padding(same: bool) -> str:
    return "SAME_UPPER" if same else "VALID"  # TensorFlow's SAME puts an odd pixel behind
