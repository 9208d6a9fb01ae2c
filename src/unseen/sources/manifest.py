"""Label photos by the rows of a table: find the files it names and say which rows cannot be used."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from unseen.photos.class_names import photo_set, tidy
from unseen.photos.part_names import divides, part_named
from unseen.photos.scan import Found, refusal
from unseen.records import Part, Photo, PhotoSet, Rejected
from unseen.sources.find_files import FileFinder, is_elsewhere
from unseen.sources.label_rows import LabelFile, LabelRow
from unseen.text import count

_LONGEST = 4096  # characters of a path on Linux; nothing longer is there
_UNASSIGNED = ("unassigned", "none", "")


def label_by_table(
    table: Path,
    labels: LabelFile,
    files: Callable[[], Sequence[Found]],
    *,
    part: Part | None = None,
    inside: Path | None = None,
    prefix: str = "",
) -> PhotoSet:
    """Return the photos that the rows of `table` name; paths are relative to it, absolute ones are taken as written.

    files: all that lies below the folder that was named, asked for where a path leads nowhere: its file is then looked
    for by name. part: of the rows that state none. inside: the folder of an unpacked zip, which a path must not leave.
    prefix: put before what the table writes, the way to its folder.
    A row with an empty cell, an absent file or an unknown part is rejected; so is every row of a photo with two
    different labels.
    """
    reader = _Reader(table, files, part, inside, prefix)
    results = [reader.read(row) for row in labels.rows]
    photos = [result for result in results if isinstance(result, Photo)]
    rejected = [result for result in results if isinstance(result, Rejected)]
    once, again = _once(photos)
    notes = [f"labels read from {table.name}", *labels.notes]
    if reader.moved:
        notes.append(f"{table.name}: {count(reader.moved, 'photo')} found by name, not where the table says")
    elsewhere = [row.path for row in rejected if is_elsewhere(row.path) and "another machine" in row.reason]
    if elsewhere:
        notes.append(f"{table.name} has paths of another machine, such as {elsewhere[0]}")
    return photo_set(once, [*rejected, *again], notes)


class _Reader:
    """Reads rows of one table. moved: how many files were found elsewhere than where the table says."""

    def __init__(
        self, table: Path, files: Callable[[], Sequence[Found]], part: Part | None, inside: Path | None, prefix: str
    ) -> None:
        self._table, self._files, self._part, self._inside, self._prefix = table, files, part, inside, prefix
        self._finder: FileFinder | None = None
        self.moved = 0

    def read(self, row: LabelRow) -> Photo | Rejected:
        label, part = tidy(row.label), row.part
        if row.reason or not row.path or not label:
            reason = row.reason or ("no label" if row.path else "no path")
            return Rejected(row.path or row.where, reason)
        if part.lower() not in _UNASSIGNED and part_named(part) is None:
            return Rejected(row.path, f"part is {part!r}, not train, validation or test", label)
        found = self._find(row.path)
        if isinstance(found, str):
            return Rejected(row.path, found, label)
        if found.reason:
            return Rejected(found.path, found.reason, label)
        return Photo(found.path, found.file, label, tidy(row.group) or None, part_named(part) or self._part)

    def _find(self, written: str) -> Found | str:
        path = written.replace("\\", "/")  # tables made on Windows
        file = self._table.parent / path
        if "\0" in path or len(path) > _LONGEST:
            return "file is not there"
        if self._inside is not None and not file.resolve().is_relative_to(self._inside.resolve()):
            return "path leads out of the zip"
        if _is_file(file):
            shown = path if Path(path).is_absolute() else self._prefix + path
            return Found(shown, file, (), refusal(path))
        if self._finder is None:
            self._finder = FileFinder(self._files())
        found = self._finder.find(written)
        if isinstance(found, Found) and found.file != file:
            self.moved += 1
        return found


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name longer than file systems know
        return False


def with_parts_of_paths(photos: PhotoSet) -> PhotoSet:
    """Return the set with the parts that the folders in its paths name (train/1.png), where no row states one."""
    if any(photo.part for photo in photos.photos):
        return photos
    folders = [photo.path.split("/")[:-1] for photo in photos.photos]
    parts: list[Part | None] = [next((part for name in names if (part := part_named(name))), None) for names in folders]
    if None in parts or not divides(parts):
        return photos
    stated = tuple(replace(photo, part=part) for photo, part in zip(photos.photos, parts, strict=True))
    return replace(photos, photos=stated, notes=(*photos.notes, "parts taken from the folders in the paths"))


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
