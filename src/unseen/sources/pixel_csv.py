"""Turn a table of pixels, one picture a row (Sign Language MNIST), into PNG photos in the user's cache."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np

from unseen.containers.kept_images import ImageRow, files_key, keep_images, png
from unseen.errors import UnseenError
from unseen.photos.class_names import photo_set
from unseen.photos.part_names import divides, split_part
from unseen.records import Part, PhotoSet, Uint8Array
from unseen.sources.csv_table import open_table
from unseen.sources.pixel_header import picture_shape, pixel_columns
from unseen.store.folder import cache_root, writable
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
                drawn: Uint8Array | str = f"{len(columns.pixels) - missing} pixels, {len(columns.pixels)} expected"
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


def read_pixel_tables(tables: Sequence[Path]) -> PhotoSet:
    """Join tables of pixels; a file name with train, validation or test in it states the part of its rows."""
    cache, said = writable(cache_root())
    parts: dict[Path, Part | None] = {table: split_part(table.stem)[0] for table in tables}
    if not divides(parts.values()) or None in parts.values():
        parts = dict.fromkeys(tables)
    seen: set[str] = set()
    sets = []
    for table in tables:
        drawn = read_pixel_csv(table, cache, parts[table])
        first = drawn.photos[0].file.parent.parent.name if drawn.photos else ""
        if first not in seen:  # Kaggle's zip holds each table twice
            sets.append(drawn)
        seen.add(first)
    return photo_set(
        [photo for one in sets for photo in one.photos],
        [row for one in sets for row in one.rejected],
        [*(note for one in sets for note in one.notes), *([said] if said else [])],
    )
