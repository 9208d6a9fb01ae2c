"""Write a reading as a part of a graph: uint8 photos of any size become what a network is given.

The formulas are those of `resizers` and `scaling`.
"""

import math

import numpy as np
import onnx
import onnx.parser
from onnx import numpy_helper

from unseen.diagnosing.photo_reading import Reading
from unseen.diagnosing.resizers import CROP_MARGIN, PADDING
from unseen.diagnosing.scaling import AFFINE, LUMA
from unseen.diagnosing.wrapping.axis_graph import axis_lines
from unseen.models.onnx_graph import OPSET
from unseen.models.onnx_parts import IR_VERSION

GIVEN, PIXELS = "given", "pixels"

_GRAPH = """
<ir_version: {ir}, opset_import: ["": {opset}]>
prepare (uint8[N, H, W, 3] photos) => (float[N, a, b, c] given, uint8[N, {h}, {w}, 3] pixels) {{
    zero = Constant <value_ints = [0]> ()
    one = Constant <value_ints = [1]> ()
    zero_d = Constant <value = double {{0.0}}> ()
    one_d = Constant <value = double {{1.0}}> ()
    half = Constant <value = double {{0.5}}> ()
    half_f = Constant <value = float {{0.5}}> ()
    black = Constant <value = float {{0.0}}> ()
    white = Constant <value = float {{255.0}}> ()
    high_in = Shape <start = 1, end = 2> (photos)
    wide_in = Shape <start = 2, end = 3> (photos)
    h_length = Cast <to = 11> (high_in)
    w_length = Cast <to = 11> (wide_in)
    h_out = Constant <value = double[1] {{{h}.0}}> ()
    w_out = Constant <value = double[1] {{{w}.0}}> ()
    h_ratio = Div (h_out, h_length)
    w_ratio = Div (w_out, w_length)
    {fit}
    {high}
    {wide}
    side_by_side = Constant <value_ints = [0, 0, -1]> ()
    in_colours = Constant <value_ints = [0, 0, -1, 3]> ()
    floats = Cast <to = 1> (photos)
    planes = Transpose <perm = [0, 1, 3, 2]> (floats)
    turned = Transpose <perm = [1, 0]> (w_matrix)
    across = MatMul (planes, turned)
    {between}
    upright = Transpose <perm = [0, 1, 3, 2]> (columns)
    flat = Reshape (upright, side_by_side)
    down = MatMul (h_matrix, flat)
    {levels}
    inner = Reshape (clipped, in_colours)
    {pad}
    pixels = Cast <to = 2> (whole)
    {numbers}
}}
"""
# inner: the sides that a photo is resized to. shift: of its first output from the first input that is kept.
_FIT = """
    ratio_{axis} = Mul (common, {axis}_length)
    round_{axis} = Round (ratio_{axis})
    {axis}_inner = {limits}
    over_{axis} = Sub ({axis}_{more}, {axis}_{less})
    halved_{axis} = Mul (over_{axis}, half)
    floor_{axis} = Floor (halved_{axis})
    {axis}_shift = {sign} (floor_{axis})
"""


def prepare_part(reading: Reading, channels: int) -> onnx.ModelProto:
    """Return photos (N, H, W, 3) uint8 to `given`, the network's input, and `pixels` (N, h, w, 3) uint8 RGB."""
    pillow = reading.interpolation in ("bilinear-antialias", "bicubic-antialias", "lanczos")
    text = _GRAPH.format(
        ir=IR_VERSION, opset=OPSET, h=reading.height_px, w=reading.width_px, fit=_fit(reading),
        high=axis_lines("h", "high_in", reading.height_px, reading.interpolation),
        wide=axis_lines("w", "wide_in", reading.width_px, reading.interpolation),
        between=_levels("across", "columns", pillow) if pillow else "columns = Identity (across)",
        levels=_levels("down", "clipped", pillow),
        pad=_pad(reading), numbers=_numbers(reading, channels),
    )  # fmt: skip
    model = onnx.parser.parse_model(text)
    for name, value in _tables(reading, channels).items():
        model.graph.initializer.append(numpy_helper.from_array(value, name))
    return model


def _levels(value: str, result: str, pillow: bool) -> str:
    """Return lines that round to grey levels: a half upwards as Pillow, after each of its passes, else to the even."""
    rounded = f"{value}_up = Add ({value}, half_f)\n{value}_round = Floor ({value}_up)"
    return "\n".join([rounded if pillow else f"{value}_round = Round ({value})",
                      f"{result} = Clip ({value}_round, black, white)"])  # fmt: skip


def _fit(reading: Reading) -> str:
    if reading.fit == "squash":
        return "\n".join(f"{axis}_inner = Identity ({axis}_out)\n{axis}_shift = Constant <value = double {{0.0}}> ()"
                         for axis in "hw")  # fmt: skip
    padded = reading.fit in PADDING
    lines = [f"shared = {'Min' if padded else 'Max'} (h_ratio, w_ratio)"]
    margin = CROP_MARGIN if reading.fit == "crop-256" else 1.0
    lines += [f"margin = Constant <value = double {{{margin!r}}}> ()", "common = Mul (shared, margin)"]
    for axis in "hw":
        lines.append(_FIT.format(
            axis=axis, limits=f"Max (round_{axis}, {axis}_out)" if not padded else f"Min (least_{axis}, {axis}_out)",
            more="out" if padded else "inner", less="inner" if padded else "out",
            sign="Neg" if padded else "Identity",
        ).replace(f"    {axis}_inner", f"    least_{axis} = Max (round_{axis}, one_d)\n    {axis}_inner"))  # fmt: skip
    return "\n".join(lines)


def _pad(reading: Reading) -> str:
    if reading.fit not in PADDING:
        return "whole = Identity (inner)"
    return "\n".join([
        "across_outside = Transpose <perm = [1, 0]> (w_outside)", "bars = Or (h_outside, across_outside)",
        "minus_one = Constant <value_ints = [-1]> ()", "bars_of = Unsqueeze (bars, minus_one)",
        f"bar = Constant <value = float {{{PADDING[reading.fit]}.0}}> ()", "whole = Where (bars_of, bar, inner)",
    ])  # fmt: skip


def _numbers(reading: Reading, channels: int) -> str:
    lines = ["values = Identity (whole)"]
    if reading.order == "grey":
        lines = ["luma = MatMul (whole, luma_weights)", "grey = Round (luma)"]
        lines.append("values = Identity (grey)" if channels == 1 else "values = Concat <axis = 3> (grey, grey, grey)")
    if reading.scale == "standardise":
        least = 1 / math.sqrt(reading.height_px * reading.width_px * channels)
        lines += ["axes = Constant <value_ints = [1, 2, 3]> ()", "own_mean = ReduceMean (values, axes)",
                  "from_mean = Sub (values, own_mean)", "squared = Mul (from_mean, from_mean)",
                  "variance = ReduceMean (squared, axes)", "own_std = Sqrt (variance)",
                  f"least_std = Constant <value = float {{{least!r}}}> ()", "divisor = Max (own_std, least_std)",
                  "scaled = Div (from_mean, divisor)"]  # fmt: skip
    else:
        lines += ["centred = Sub (values, mean)", "scaled = Div (centred, std)"]
    lines.append("ordered = Gather <axis = 3> (scaled, turned_round)" if reading.order == "bgr" else
                 "ordered = Identity (scaled)")  # fmt: skip
    last = "Transpose <perm = [0, 3, 1, 2]> (ordered)" if reading.layout == "nchw" else "Identity (ordered)"
    return "\n".join([*lines, f"given = {last}"])


def _tables(reading: Reading, channels: int) -> dict[str, np.ndarray]:
    mean, std = statistics(reading, channels)
    return {
        "luma_weights": np.array(LUMA, np.float32)[:, None], "mean": mean, "std": std,
        "turned_round": np.array([2, 1, 0], np.int64),
    }  # fmt: skip


def statistics(reading: Reading, channels: int) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and deviation in grey levels, by channel; those of 'standardise' are each photo's own."""
    rows = AFFINE.get(reading.scale, AFFINE["1/127.5-1"])
    mean, std = (np.array(row, np.float32) for row in rows)
    return (mean, std) if channels == 3 else (mean.mean(keepdims=True), std.mean(keepdims=True))
