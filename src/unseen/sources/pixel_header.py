"""Tell which columns of a table hold a label and the pixels of a picture."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from unseen.containers.field_names import LABEL_NAMES

_COUNTERS = frozenset(("", "id", "index", "unnamed: 0"))  # what pandas and spreadsheets put before a row
_PIXEL = re.compile(r"(?:pixel|px|p)?[ _]?[0-9]+|[0-9]+x[0-9]+")
_NUMBER = re.compile(r"[0-9]+(?:\.0*)?")
LEAST_PIXELS = 16  # fewer numbers in a row without names are measurements, not a picture


@dataclass(frozen=True, slots=True)
class PixelColumns:
    """Positions of the columns, and whether the first line is a row, for want of a header."""

    label: int
    pixels: tuple[int, ...]
    first_is_row: bool


def pixel_columns(header: Sequence[str]) -> PixelColumns | None:
    """Read the first line of a table, in lower case; `None` where it is no table of pixels.

    With names: one of label, class, target or y, and `pixel1`, `1x1` or `1` for each pixel. Without: whole numbers
    alone, the label first, then as many as a square picture has.
    """
    if len(header) > LEAST_PIXELS and all(map(_NUMBER.fullmatch, header)):
        if picture_shape(len(header) - 1) is None:
            return None
        counted = [float(cell) for cell in header] == list(range(len(header)))  # what pandas writes for want of names
        return PixelColumns(0, tuple(range(1, len(header))), first_is_row=not counted)
    label = next((header.index(name) for name in LABEL_NAMES if name in header), None)
    if label is None:
        return None
    others = [at for at, name in enumerate(header) if at != label and name not in _COUNTERS]
    named = bool(others) and all(_PIXEL.fullmatch(header[at]) for at in others)
    return PixelColumns(label, tuple(others), first_is_row=False) if named else None


def picture_shape(values: int) -> tuple[int, ...] | None:
    """Return (side, side), or (side, side, 3) for a colour picture; `None` where so many values make neither."""
    side = math.isqrt(values)
    if side * side == values:
        return side, side
    side = math.isqrt(values // 3)
    return (side, side, 3) if side * side * 3 == values else None
