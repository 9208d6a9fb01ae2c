"""Open a folder, zip, manifest or table of pixels as labelled photos, not yet decoded."""

import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from unseen.containers.readers import reader_of
from unseen.errors import UnseenError
from unseen.photos.class_names import part_named, photo_set
from unseen.photos.scan import Scan, scan
from unseen.records import Part, PhotoSet, Rejected
from unseen.sources.csv_table import kind_of
from unseen.sources.folders import label_by_folder
from unseen.sources.manifest import read_manifest
from unseen.sources.pixel_csv import read_pixel_csv
from unseen.sources.unzip import unpack
from unseen.store.folder import cache_root, writable
from unseen.text import listed


def open_photos(source: Path, *, layout: str = "auto", least_classes: int = 2) -> PhotoSet:
    """Return the labelled photos of `source`, what was rejected, and notes that say what was understood.

    source: a folder of class folders (or of train, validation and test folders of those), a zip of one, a CSV
    manifest `path,label[,group][,part]`, a CSV table `label,pixel1..pixelN`, or what `containers/readers.py` lists.
    layout: auto, class/group (ROOT/CLASS/PERSON/photo.jpg) or group/class (ROOT/PERSON/CLASS/photo.jpg).

    Raises `UnseenError` where the path is absent, holds no photos, or fewer than `least_classes` classes.
    """
    if not source.is_dir() and (reader := reader_of(source)):
        return _checked(reader(source), source, least_classes)
    if not source.exists():
        raise UnseenError(f"{source} is not there: check the path")
    if source.is_dir():
        photos = _open_folder(source, source, layout, is_unpacked=False)
    elif source.suffix.lower() == ".csv" and (kind := kind_of(source)):
        photos = _open_tables([source], None) if kind == "pixels" else read_manifest(source)
    elif source.is_file() and zipfile.is_zipfile(source):
        cache, said = writable(cache_root())
        photos = _with_notes(_open_folder(unpack(source, cache), source, layout, is_unpacked=True), said)
    else:
        raise UnseenError(_no_source(source))
    return _checked(photos, source, least_classes)


def _no_source(source: Path) -> str:
    if source.suffix.lower() == ".csv":
        return f"{source} has neither path and label nor label and pixel1.. in its header: write path,label"
    if source.suffix.lower() == ".zip":
        return f"{source} is not a zip file, or only a part of one: download it again"
    return f"{source} is not a folder, zip or CSV file: name the folder that holds the class folders"


def _open_folder(folder: Path, named: Path, layout: str, *, is_unpacked: bool) -> PhotoSet:
    """Read an existing folder; messages call it `named`, what the person typed."""
    below = scan(folder)
    for root in (folder, _only_child(folder)):
        if root and not below.found and (reader := reader_of(root)):
            return reader(root)
    kinds = {table: _kind_or_none(table) for table in below.tables}
    manifests = [table for table, kind in kinds.items() if kind == "manifest"]
    tables = [table for table, kind in kinds.items() if kind == "pixels"]
    at_top = [table for table in manifests if table.parent in (folder, _only_child(folder))]
    if len(at_top) > 1:
        names = ", ".join(table.name for table in at_top)
        raise UnseenError(f"{named} holds {len(at_top)} manifests ({names}): keep one, or name the one to use")
    if at_top:
        return read_manifest(at_top[0], inside=folder if is_unpacked else None)
    labelled = label_by_folder(below.found, layout)
    if tables and len({photo.label for photo in labelled.photos}) < 2:
        return _open_tables(tables, below)
    notes = [*labelled.notes, *_scan_notes(below)]
    return photo_set(labelled.photos, [*labelled.rejected, *below.rejected], notes)


def _kind_or_none(table: Path) -> Literal["manifest", "pixels"] | None:
    try:
        return kind_of(table)
    except UnseenError:
        return None  # a table beside photos, that nobody named, may be anything


def _only_child(folder: Path) -> Path | None:
    inside = [path for path in folder.iterdir() if path.is_dir()]
    return inside[0] if len(inside) == 1 else None


def _open_tables(tables: Sequence[Path], below: Scan | None) -> PhotoSet:
    """Join tables of pixels; a file name with train, validation or test in it states the part of its rows."""
    cache, said = writable(cache_root())
    words = {table: table.stem.lower().replace("-", "_").split("_") for table in tables}
    parts: dict[Path, Part | None] = {
        table: next(filter(None, map(part_named, words[table])), None) for table in tables
    }
    if "train" not in parts.values() or None in parts.values() or len(set(parts.values())) < 2:
        parts = dict.fromkeys(tables)
    seen: set[str] = set()
    sets = []
    for table in tables:
        drawn = read_pixel_csv(table, cache, parts[table])
        first = drawn.photos[0].file.parent.parent.name if drawn.photos else ""
        if first not in seen:  # Kaggle's zip holds each table twice
            sets.append(drawn)
        seen.add(first)
    others = [row for row in below.rejected if not row.path.lower().endswith(".csv")] if below else []
    others += [Rejected(found.path, "beside a table of pixels") for found in below.found] if below else []
    return _with_notes(
        photo_set(
            [photo for one in sets for photo in one.photos],
            [*(row for one in sets for row in one.rejected), *others],
            [note for one in sets for note in one.notes],
        ),
        said,
    )


def _with_notes(photos: PhotoSet, said: str | None) -> PhotoSet:
    notes = (*photos.notes, said) if said else photos.notes
    return PhotoSet(photos.photos, photos.rejected, photos.classes, notes)


def _scan_notes(below: Scan) -> list[str]:
    notes = []
    if below.empty_folders:
        shown = listed(below.empty_folders, 5)
        notes.append(f"empty folders: {shown}")
    if below.own:
        notes.append(f"passed over, as unseen wrote it: {listed(below.own, 5)}")
    if below.rejected:
        notes.append(f"{len(below.rejected)} other files not used: {common_reasons(below.rejected)}")
    return notes


def common_reasons(rejected: Sequence[Rejected], most: int = 3) -> str:
    """Return the `most` common reasons with their counts, for a message."""
    common = Counter(row.reason for row in rejected).most_common(most)
    return ", ".join(f"{count} {reason}" for reason, count in common)


def _checked(photos: PhotoSet, source: Path, least_classes: int) -> PhotoSet:
    if not photos.photos:
        why = f" ({common_reasons(photos.rejected)})" if photos.rejected else ""
        raise UnseenError(f"no usable photos in {source}{why}: put them in class folders, {source}/CLASS/photo.jpg")
    if len(photos.classes) < least_classes:
        raise UnseenError(
            f"one class only in {source}, {photos.classes[0]!r}: add a folder of photos for a second class"
        )
    return photos
