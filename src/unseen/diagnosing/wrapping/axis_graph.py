"""Write in a graph how one axis of a photo is resized, cut and padded: one matrix, a row for each output.

Its formulas are those of `resizers.weights` and of Pillow. The matrix (out, length) has a fixed side, so that nothing
else in a graph depends on how large a photo is and how it is fitted.
"""

import math

from unseen.diagnosing.photo_reading import Interpolation

_AXIS = """
    {axis}_count = Squeeze ({whole}, zero)
    {axis}_last_d = Sub ({axis}_length, one_d)
    {axis}_end = Squeeze ({axis}_length, zero)
    {axis}_range = Range (zero_d, {axis}_end, one_d)
    {axis}_inputs = Unsqueeze ({axis}_range, zero)
    {axis}_outputs = Constant <value = double[{out}, 1] {{{places}}}> ()
    {axis}_place = Add ({axis}_outputs, {axis}_shift)
    {axis}_step = Div ({axis}_length, {axis}_inner)
    {axis}_middle = Add ({axis}_place, half)
    {axis}_centre = Mul ({axis}_middle, {axis}_step)
    {axis}_pixel = Sub ({axis}_centre, half)
    {kernel}
    {axis}_sum = ReduceSum <keepdims = 1> ({axis}_table, one)
    {axis}_share = Div ({axis}_table, {axis}_sum)
    {axis}_early = Less ({axis}_place, zero_d)
    {axis}_late = GreaterOrEqual ({axis}_place, {axis}_inner)
    {axis}_outside = Or ({axis}_early, {axis}_late)
    {axis}_kept = Where ({axis}_outside, zero_d, {axis}_share)
    {axis}_matrix = Cast <to = 1> ({axis}_kept)
"""


def axis_lines(axis: str, whole: str, out: int, interpolation: Interpolation) -> str:
    """Return the lines that make `AXIS_matrix` (out, length) and `AXIS_outside` (out, 1): what lies beyond the photo.

    They need `AXIS_length`, `AXIS_inner` and `AXIS_shift` (1,) float64. whole: name of the length as (1,) int64.
    """
    places = ", ".join(f"{i}.0" for i in range(out))
    return _AXIS.format(axis=axis, whole=whole, out=out, places=places, kernel=_kernel(axis, interpolation))


def _kernel(axis: str, interpolation: Interpolation) -> str:
    """Return the lines that make `table` (out, length) of one axis: what each input weighs in each output."""
    a = axis
    if interpolation in ("nearest", "nearest-corner"):
        lines = [f"{a}_from = Mul ({a}_place, {a}_step)"] if interpolation == "nearest-corner" else [
            f"{a}_from = Identity ({a}_centre)"]  # fmt: skip
        lines += [f"{a}_floor = Floor ({a}_from)", f"{a}_above = Max ({a}_floor, zero_d)"]
        lines += [f"{a}_chosen = Min ({a}_above, {a}_last_d)", f"{a}_is = Equal ({a}_inputs, {a}_chosen)"]
        return "\n".join([*lines, f"{a}_table = Cast <to = 11> ({a}_is)"])
    if interpolation == "bilinear":
        return _triangle(a, f"{a}_table")
    if interpolation == "area":
        return _area(a)
    if interpolation == "bicubic":
        return _cubic_taps(a)
    lines = [f"{a}_wider = Max ({a}_step, one_d)", f"{a}_apart = Sub ({a}_inputs, {a}_pixel)"]
    lines += [f"{a}_far = Abs ({a}_apart)", f"{a}_t = Div ({a}_far, {a}_wider)"]
    if interpolation == "bilinear-antialias":
        return "\n".join([*lines, f"{a}_less = Sub (one_d, {a}_t)", f"{a}_table = Max ({a}_less, zero_d)"])
    if interpolation == "bicubic-antialias":
        return "\n".join([*lines, *_cubic(a, f"{a}_t", f"{a}_table", -0.5)])
    return "\n".join([*lines, *_lanczos(a)])


def _triangle(a: str, table: str) -> str:
    return "\n".join([
        f"{a}_low = Max ({a}_pixel, zero_d)", f"{a}_held = Min ({a}_low, {a}_last_d)",
        f"{a}_off = Sub ({a}_inputs, {a}_held)", f"{a}_off_by = Abs ({a}_off)",
        f"{a}_left = Sub (one_d, {a}_off_by)", f"{table} = Max ({a}_left, zero_d)",
    ])  # fmt: skip


def _area(a: str) -> str:
    """Return what share of an output each input covers; enlarging is bilinear."""
    return "\n".join([
        _triangle(a, f"{a}_linear"),
        f"{a}_begin = Mul ({a}_place, {a}_step)", f"{a}_next = Add ({a}_place, one_d)",
        f"{a}_stop = Mul ({a}_next, {a}_step)", f"{a}_after = Add ({a}_inputs, one_d)",
        f"{a}_until = Min ({a}_after, {a}_stop)", f"{a}_since = Max ({a}_inputs, {a}_begin)",
        f"{a}_common = Sub ({a}_until, {a}_since)", f"{a}_cover = Max ({a}_common, zero_d)",
        f"{a}_smaller = Greater ({a}_step, one_d)", f"{a}_table = Where ({a}_smaller, {a}_cover, {a}_linear)",
    ])  # fmt: skip


def _cubic_taps(a: str) -> str:
    """Return four taps; what would lie beyond an edge is the edge's pixel."""
    lines = [f"{a}_base = Floor ({a}_pixel)", f"{a}_total0 = Mul ({a}_inputs, zero_d)"]
    for tap in range(4):
        t = f"{a}_tap{tap}"
        lines += [
            f"{t}_by = Constant <value = double {{{tap - 1}.0}}> ()", f"{t}_at = Add ({a}_base, {t}_by)",
            f"{t}_apart = Sub ({t}_at, {a}_pixel)", f"{t}_t = Abs ({t}_apart)",
            *_cubic(t, f"{t}_t", f"{t}_weight", -0.75),
            f"{t}_low = Max ({t}_at, zero_d)", f"{t}_held = Min ({t}_low, {a}_last_d)",
            f"{t}_is = Equal ({a}_inputs, {t}_held)", f"{t}_there = Where ({t}_is, {t}_weight, zero_d)",
            f"{a}_total{tap + 1} = Add ({a}_total{tap}, {t}_there)",
        ]  # fmt: skip
    return "\n".join([*lines, f"{a}_table = Identity ({a}_total4)"])


def _cubic(name: str, t: str, result: str, a: float) -> list[str]:
    """Return Keys's cubic kernel of a distance `t`."""
    n = f"{name}_c"
    numbers = {"near3": a + 2, "near2": -(a + 3), "far3": a, "far2": -5 * a, "far1": 8 * a, "far0": -4 * a, "two": 2.0}
    return [
        *(f"{n}_{key} = Constant <value = double {{{value!r}}}> ()" for key, value in numbers.items()),
        f"{n}_tt = Mul ({t}, {t})", f"{n}_ttt = Mul ({n}_tt, {t})",
        f"{n}_a = Mul ({n}_near3, {n}_ttt)", f"{n}_b = Mul ({n}_near2, {n}_tt)",
        f"{n}_near = Sum ({n}_a, {n}_b, one_d)",
        f"{n}_d = Mul ({n}_far3, {n}_ttt)", f"{n}_e = Mul ({n}_far2, {n}_tt)", f"{n}_f = Mul ({n}_far1, {t})",
        f"{n}_far = Sum ({n}_d, {n}_e, {n}_f, {n}_far0)",
        f"{n}_is_near = LessOrEqual ({t}, one_d)", f"{n}_is_far = Less ({t}, {n}_two)",
        f"{n}_outer = Where ({n}_is_far, {n}_far, zero_d)", f"{result} = Where ({n}_is_near, {n}_near, {n}_outer)",
    ]  # fmt: skip


def _lanczos(a: str) -> list[str]:
    """Return sinc(t) * sinc(t / 3) for t below 3."""
    lines = [f"{a}_three = Constant <value = double {{3.0}}> ()",
             f"{a}_pi = Constant <value = double {{{math.pi!r}}}> ()",
             f"{a}_tiny = Constant <value = double {{1e-12}}> ()", f"{a}_t_safe = Max ({a}_t, {a}_tiny)",
             f"{a}_third = Div ({a}_t_safe, {a}_three)"]  # fmt: skip
    for name, value in (("first", f"{a}_t_safe"), ("second", f"{a}_third")):
        lines += [f"{a}_{name}_x = Mul ({value}, {a}_pi)", f"{a}_{name}_s = Sin ({a}_{name}_x)",
                  f"{a}_{name} = Div ({a}_{name}_s, {a}_{name}_x)"]  # fmt: skip
    return [*lines, f"{a}_both = Mul ({a}_first, {a}_second)", f"{a}_in = Less ({a}_t, {a}_three)",
            f"{a}_table = Where ({a}_in, {a}_both, zero_d)"]  # fmt: skip
