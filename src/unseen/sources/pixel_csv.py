"""Turn a table `label,pixel1..pixelN` (Sign Language MNIST) into PNG photos in the user's cache."""

import math
import shutil
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from unseen.errors import UnseenError
from unseen.photos.class_names import photo_set, tidy
from unseen.records import Part, Photo, PhotoSet, Rejected, Uint8Array
from unseen.runs import read_rows, sha256, write_rows
from unseen.sources.csv_table import open_table

_INDEX = "rows.csv"
_IN_FOLDER = 1000  # folders of a million files are slow to list on some systems


def read_pixel_csv(table: Path, cache: Path, part: Part | None = None) -> PhotoSet:
    """Return one photo a row, drawn as PNG under `cache` once for the same bytes; labels stay as written.

    N is a square (grey, row by row) or three times one (RGB, the three values of a pixel side by side).
    Rows with a wrong number of values, or values that are not whole numbers 0..255, are rejected.
    """
    folder = cache / "drawn" / sha256(table)
    if not (folder / _INDEX).is_file():
        _draw_all(table, folder)
    photos, rejected = [], []
    for row in read_rows(folder / _INDEX):
        path = f"{table.name}/{row['row']}.png"
        if row["reason"]:
            rejected.append(Rejected(path, row["reason"]))
        else:
            photos.append(Photo(path, _file(folder, int(row["row"])), row["label"], None, part))
    return photo_set(photos, rejected, [f"{table.name}: one photo a row, {len(photos)} drawn"])


def _file(folder: Path, row: int) -> Path:
    return folder / f"{row // _IN_FOLDER:04d}" / f"{row:07d}.png"


def _draw_all(table: Path, folder: Path) -> None:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".drawing-"))
        try:
            _draw_rows(table, temporary)
            if not folder.exists():  # another process may have drawn the same table meanwhile
                temporary.rename(folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise UnseenError(f"{table} cannot be drawn in {folder} ({error.strerror}): free some space") from None


def _draw_rows(table: Path, folder: Path) -> None:
    index: list[tuple[int, str, str]] = []
    with open_table(table) as (header, rows):
        shape = _shape(table, len(header) - 1)
        at_label = header.index("label")
        for row, (_, cells) in enumerate(rows, start=1):
            label = tidy(cells[at_label]) if at_label < len(cells) else ""
            values = cells[:at_label] + cells[at_label + 1 :]
            drawn = _pixels(values, shape) if label else "no label"
            if isinstance(drawn, str):
                index.append((row, label, drawn))
                continue
            file = _file(folder, row)
            file.parent.mkdir(exist_ok=True)
            Image.fromarray(drawn).save(file, format="PNG", compress_level=1)
            index.append((row, label, ""))
    write_rows(folder / _INDEX, ("row", "label", "reason"), index)


def _shape(table: Path, values: int) -> tuple[int, ...]:
    side = math.isqrt(values)
    if side * side == values:
        return side, side
    side = math.isqrt(values // 3)
    if side * side * 3 == values:
        return side, side, 3
    raise UnseenError(
        f"{table} has {values} pixels a row, neither a square nor three times one: a column may be missing"
    )


def _pixels(cells: list[str], shape: tuple[int, ...]) -> Uint8Array | str:
    """Return the pixels of a row, or the reason why it has none."""
    if len(cells) != math.prod(shape):
        return f"{len(cells)} pixels, {math.prod(shape)} asked"
    try:
        values = np.array(list(map(float, cells)))
    except ValueError:
        return "a pixel is not a number"
    if not ((values >= 0) & (values <= 255) & (values == np.floor(values))).all():  # NaN fails too
        return "a pixel is not a whole number 0..255"
    return values.astype(np.uint8).reshape(shape)
