"""Read labelled photos from a CSV file `path,label[,group][,part]`."""

from collections import defaultdict
from pathlib import Path

from unseen.errors import UnseenError
from unseen.photos.class_names import part_named, photo_set, tidy
from unseen.photos.scan import refusal
from unseen.records import Photo, PhotoSet, Rejected
from unseen.sources.csv_table import open_table

COLUMNS = ("path", "label", "group", "part")


def read_manifest(table: Path, inside: Path | None = None) -> PhotoSet:
    """Return the photos that `table` lists; paths are relative to it, absolute ones are taken as written.

    With `inside` (the folder of an unpacked zip) a path that leads out of it is rejected. A row with an empty
    cell, an absent file or an unknown part is rejected; so is every row of a photo with two different labels.
    """
    with open_table(table) as (header, rows):
        if header.count("path") != 1 or header.count("label") != 1:
            raise UnseenError(f"{table} has the header {','.join(header[:6])}: it must be path,label[,group][,part]")
        column = {name: header.index(name) for name in COLUMNS if name in header}
        unknown = [name for name in header if name not in COLUMNS]
        results = [_row(table, line, cells, column, inside) for line, cells in rows]
    photos = [result for result in results if isinstance(result, Photo)]
    rejected = [result for result in results if isinstance(result, Rejected)]
    once, again = _once(photos)
    notes = [f"labels read from {table.name}"]
    if unknown:
        notes.append(f"{table.name}: columns not used: {', '.join(unknown)}")
    return photo_set(once, [*rejected, *again], notes)


def _row(table: Path, line: int, cells: list[str], column: dict[str, int], inside: Path | None) -> Photo | Rejected:
    cell = {name: cells[at].strip() if at < len(cells) else "" for name, at in column.items()}
    written, label, part = cell["path"], tidy(cell["label"]), cell.get("part", "")
    if not written or not label:
        return Rejected(written or f"{table.name} line {line}", f"no {'label' if written else 'path'}")
    path = written.replace("\\", "/")  # tables made on Windows
    file = table.parent / path
    if inside is not None and not file.resolve().is_relative_to(inside.resolve()):
        return Rejected(written, "path leads out of the zip")
    if part and part_named(part) is None:
        return Rejected(written, f"part is {part!r}, not train, validation or test")
    if "\0" in path or not file.is_file():
        return Rejected(written, "file is not there")
    if reason := refusal(path):
        return Rejected(written, reason)
    return Photo(path, file, label, tidy(cell.get("group", "")) or None, part_named(part))


def _once(photos: list[Photo]) -> tuple[list[Photo], list[Rejected]]:
    rows: dict[Path, list[Photo]] = defaultdict(list)
    for photo in photos:
        rows[photo.file].append(photo)
    kept, rejected = [], []
    for same in rows.values():
        labels = dict.fromkeys(photo.label for photo in same)
        if len(labels) > 1:
            rejected += [Rejected(photo.path, f"labelled both {' and '.join(labels)}") for photo in same]
        else:
            kept.append(same[0])
            rejected += [Rejected(photo.path, "listed twice") for photo in same[1:]]
    return kept, rejected
