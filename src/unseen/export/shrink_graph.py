"""Write `photos.working_size.reduce_photo` as a part of the graph, so that it takes photos of any size by itself."""

import onnx
import onnx.parser

from unseen.models.onnx_graph import OPSET
from unseen.models.onnx_parts import IR_VERSION
from unseen.photos.working_size import LONG_OVER_SHORT, WEIGHT_UNIT

WORKING = "working"

# Written by hand: torch takes seconds to export it, and a photo at working size must pass at no cost.
_GRAPH = """
<ir_version: {ir}, opset_import: ["": {opset}]>
shrink (uint8[N, H, W, 3] photos) => (uint8[N, h, w, 3] {working}) {{
    sides = Shape <start = 1, end = 3> (photos)
    zero = Constant <value_ints = [0]> ()
    one = Constant <value_ints = [1]> ()
    two = Constant <value_ints = [2]> ()
    four = Constant <value_ints = [{ratio}]> ()
    most = Constant <value_ints = [{most}]> ()
    unit = Constant <value_ints = [{unit}]> ()
    two_units = Constant <value_ints = [{two_units}]> ()
    float_unit = Constant <value_float = {unit}.0> ()
    none = Constant <value_int = 0> ()
    single = Constant <value_int = 1> ()
    side_by_side = Constant <value_ints = [0, 0, -1]> ()
    in_colours = Constant <value_ints = [0, 0, -1, 3]> ()
    shortest = ReduceMin <keepdims = 1> (sides)
    longer = ReduceMax <keepdims = 1> (sides)
    widened = Mul (shortest, four)
    longest = Max (widened, longer)
    is_large = Greater (longest, most)
    must_shrink = Squeeze (is_large)
    {working} = If (must_shrink) <
        then_branch = smaller () => (uint8[N, h, w, 3] shrunk) {{
            twice = Mul (two, longest)
            scaled = Mul (sides, most)
            doubled = Mul (two, scaled)
            raised = Add (doubled, longest)
            rounded_sides = Div (raised, twice)
            new_sides = Max (rounded_sides, one)
            {down}
            {across}
            floats = Cast <to = 1> (photos)
            flat = Reshape (floats, side_by_side)
            row_sums = MatMul (down_weights, flat)
            row_pixels = Round (row_sums)
            rows = Reshape (row_pixels, in_colours)
            planes = Transpose <perm = [0, 1, 3, 2]> (rows)
            turned = Transpose <perm = [1, 0]> (across_weights)
            column_sums = MatMul (planes, turned)
            columns = Round (column_sums)
            whole = Transpose <perm = [0, 1, 3, 2]> (columns)
            shrunk = Cast <to = 2> (whole)
        }},
        else_branch = same () => (uint8[N, h, w, 3] unchanged) {{
            unchanged = Identity (photos)
        }}
    >
}}
"""
_AXIS = """
            {axis}_place = Constant <value_ints = [{index}]> ()
            {axis}_in = Gather <axis = 0> (sides, {axis}_place)
            {axis}_out = Gather <axis = 0> (new_sides, {axis}_place)
            {axis}_in_count = Squeeze ({axis}_in)
            {axis}_out_count = Squeeze ({axis}_out)
            {axis}_ins = Range (none, {axis}_in_count, single)
            {axis}_outs = Range (none, {axis}_out_count, single)
            {axis}_ins_row = Unsqueeze ({axis}_ins, zero)
            {axis}_outs_column = Unsqueeze ({axis}_outs, one)
            {axis}_ins_twice = Mul ({axis}_ins_row, two)
            {axis}_ins_odd = Add ({axis}_ins_twice, one)
            {axis}_positions = Mul ({axis}_ins_odd, {axis}_out)
            {axis}_outs_twice = Mul ({axis}_outs_column, two)
            {axis}_outs_odd = Add ({axis}_outs_twice, one)
            {axis}_centres = Mul ({axis}_outs_odd, {axis}_in)
            {axis}_apart = Sub ({axis}_positions, {axis}_centres)
            {axis}_distance = Abs ({axis}_apart)
            {axis}_reach = Mul ({axis}_in, two)
            {axis}_within = Sub ({axis}_reach, {axis}_distance)
            {axis}_triangle = Max ({axis}_within, zero)
            {axis}_total = ReduceSum <keepdims = 1> ({axis}_triangle, one)
            {axis}_total_twice = Mul ({axis}_total, two)
            {axis}_in_units = Mul ({axis}_triangle, two_units)
            {axis}_raised = Add ({axis}_in_units, {axis}_total)
            {axis}_rounded = Div ({axis}_raised, {axis}_total_twice)
            {axis}_sum = ReduceSum <keepdims = 1> ({axis}_rounded, one)
            {axis}_lost = Sub (unit, {axis}_sum)
            {axis}_largest = ArgMax <axis = 1, keepdims = 1> ({axis}_triangle)
            {axis}_is_largest = Equal ({axis}_ins_row, {axis}_largest)
            {axis}_once = Cast <to = 7> ({axis}_is_largest)
            {axis}_given_back = Mul ({axis}_once, {axis}_lost)
            {axis}_whole = Add ({axis}_rounded, {axis}_given_back)
            {axis}_floats = Cast <to = 1> ({axis}_whole)
            {axis}_weights = Div ({axis}_floats, float_unit)
"""


def shrink_part(side_px: int) -> onnx.ModelProto:
    """Return photos (N, H, W, 3) uint8 to the same at working size; unchanged where they are not larger."""
    text = _GRAPH.format(
        ir=IR_VERSION, opset=OPSET, working=WORKING, ratio=LONG_OVER_SHORT, most=LONG_OVER_SHORT * side_px,
        unit=WEIGHT_UNIT, two_units=2 * WEIGHT_UNIT,
        down=_AXIS.format(axis="down", index=0), across=_AXIS.format(axis="across", index=1),
    )  # fmt: skip
    return onnx.parser.parse_model(text)
