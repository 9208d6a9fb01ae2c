"""Turn a table of pixels, one picture a row (Sign Language MNIST), into PNG photos in the user's cache."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np

from unseen.containers.kept_images import ImageRow, files_key, keep_images, png
from unseen.errors import UnseenError
from unseen.records import Part, PhotoSet, Uint8Array
from unseen.sources.csv_table import open_table
from unseen.sources.pixel_header import picture_shape, pixel_columns
from unseen.text import count


def read_pixel_csv(table: Path, cache: Path, part: Part | None = None) -> PhotoSet:
    """Return one photo a row, drawn as PNG under `cache` once for the same bytes; labels stay as written.

    A row has as many values as a square has pixels (grey, row by row), or three times as many (RGB, the three values
    of a pixel side by side). Rows with a wrong number of values, or values that are not whole numbers 0..255, are
    rejected.
    """
    drawn = keep_images(table, files_key("pixel table 2", [table]), lambda: _rows(table), [], cache)
    note = f"{table.name}: one photo a row, {count(len(drawn.photos), 'photo')} drawn"
    return replace(drawn, photos=tuple(replace(photo, part=part) for photo in drawn.photos), notes=(*drawn.notes, note))


def _rows(table: Path) -> Iterator[ImageRow]:
    with open_table(table) as (header, numbered):
        columns = pixel_columns(header)
        if columns is None:
            raise UnseenError(f"{table} has no columns label and pixel1..: name the columns so")
        shape = picture_shape(len(columns.pixels))
        if shape is None:
            raise UnseenError(
                f"{table} has {len(columns.pixels)} pixels a row, neither a square nor three times one: "
                "a column may be missing"
            )
        lines = (cells for _, cells in numbered)
        for row, cells in enumerate(chain([header] if columns.first_is_row else [], lines), start=1):
            label = cells[columns.label] if columns.label < len(cells) else ""
            if missing := len(header) - len(cells):
                drawn: Uint8Array | str = f"{len(columns.pixels) - missing} pixels, {len(columns.pixels)} asked"
            else:
                drawn = _pixels([cells[at] for at in columns.pixels], shape)
            yield ImageRow(f"{table.name}/{row}.png", label, drawn if isinstance(drawn, str) else png(drawn))


def _pixels(cells: list[str], shape: tuple[int, ...]) -> Uint8Array | str:
    """Return the pixels of a row, or the reason why it has none."""
    try:
        values = np.array(list(map(float, cells)))
    except ValueError:
        return "a pixel is not a number"
    if not ((values >= 0) & (values <= 255) & (values == np.floor(values))).all():  # NaN fails too
        return "a pixel is not a whole number 0..255"
    return values.astype(np.uint8).reshape(shape)
