"""Open whatever a person named as labelled photos, not yet decoded."""

import zipfile
from collections.abc import Collection
from pathlib import Path

from unseen.clips.clip_photos import expand_clips
from unseen.containers.readers import reader_of
from unseen.containers.unread_formats import advice_for, advice_for_most
from unseen.errors import UnseenError
from unseen.photos.scan import is_own, not_there, scan
from unseen.records import PhotoSet, common_reasons
from unseen.sources.csv_table import open_table, table_kind
from unseen.sources.label_rows import read_label_file
from unseen.sources.manifest import label_by_table, with_parts_of_paths
from unseen.sources.name_labels import suggest_pattern
from unseen.sources.open_folder import open_folder
from unseen.sources.pixel_csv import read_pixel_tables
from unseen.sources.tables_beside import unread_table
from unseen.sources.unzip import unpack
from unseen.store.folder import cache_root, writable

TABLES = (".csv", ".tsv", ".json", ".jsonl")


def open_photos(
    source: Path,
    *,
    layout: str = "auto",
    labels_from: str | None = None,
    least_classes: int = 2,
    known: Collection[str] = (),
) -> PhotoSet:
    """Return the labelled photos of `source`, what was rejected, and notes that say what was understood.

    source: a folder of class folders (or of train, validation and test folders of those), a zip of one, a table of
    labels (see `read_label_file`), a CSV table `label,pixel1..pixelN`, or what `containers/readers.py` lists.
    layout: auto, class/group (ROOT/CLASS/PERSON/photo.jpg), group/class (ROOT/PERSON/CLASS/photo.jpg), or boxes: a
    detection export, whose boxes become photos. labels_from: a pattern for the labels in file names, see
    `label_by_name`. known: names that are surely classes, such as those of a model.

    Raises `UnseenError` where the path is absent, holds no photos, fewer than `least_classes` classes, or could be read
    in two ways: the message then says what was seen and which setting decides.
    """
    if not source.is_dir() and (reader := reader_of(source)):
        return _checked(reader(source), source, least_classes, known)
    if not source.exists():
        raise UnseenError(f"{source} is {not_there(source)}")
    if source.is_dir():
        photos = open_folder(source, source, layout, known, labels_from=labels_from)
    elif source.suffix.lower() in TABLES:
        photos = open_table_of_labels(source)
    elif source.is_file() and zipfile.is_zipfile(source):
        cache, said = writable(cache_root())
        folder = unpack(source, cache)
        photos = open_folder(folder, source, layout, known, labels_from=labels_from, is_unpacked=True)
        photos = PhotoSet(photos.photos, photos.rejected, photos.classes, (*photos.notes, *([said] if said else [])))
    elif source.suffix.lower() == ".zip":
        raise UnseenError(f"{source} is not a zip file, or only a part of one: download it again")
    else:
        known = advice_for(source)
        raise UnseenError(
            known or f"{source} is not a folder, zip or table: name the folder that holds the class folders"
        )
    return _checked(expand_clips(photos), source, least_classes, known)


def open_table_of_labels(table: Path) -> PhotoSet:
    """Read a table that was named itself: of pixels, or of labels."""
    header: list[str] = []
    if table.suffix.lower() in (".csv", ".tsv"):
        with open_table(table) as (header, _):
            if table_kind(header) == "pixels":
                return read_pixel_tables([table])
    labels = read_label_file(table)
    if labels is None:
        seen = f"has the header {','.join(header[:6])}" if header else "labels no photos in a form that is known"
        raise UnseenError(
            f"{table} {seen}: it must be path,label[,group][,part], or label,pixel1,...; write path,label"
        )
    photos = with_parts_of_paths(label_by_table(table, labels, lambda: _below(table.parent)))
    if not photos.photos and any("another machine" in row.reason for row in photos.rejected):
        example = next(row.path for row in photos.rejected if "another machine" in row.reason)
        raise UnseenError(
            f"{table} has paths of another machine, such as {example}, and no file of such a name is below "
            f"{table.parent}: put the table beside the photos"
        )
    if not photos.photos and any(row.reason == "file is not there" for row in photos.rejected):
        example = next(row.path for row in photos.rejected if row.reason == "file is not there")
        raise UnseenError(
            f"{table} names {len(labels.rows)} photos, such as {example}, and none is below {table.parent}: put the "
            "table beside the photos, or write paths from its folder on"
        )
    return photos


def _below(folder: Path) -> list:  # type: ignore[type-arg]
    below = scan(folder)
    return [*below.found, *below.unusable]


def _put_in_folders(source: Path, photos: PhotoSet, known: Collection[str]) -> str:
    if is_own(source):
        return "it is what unseen wrote: name the folder of the photos"
    if source.name in known:
        return f"it is called like a class: name the folder that holds it, {source.parent}"
    advice = f"put them in class folders, {source}/CLASS/photo.jpg"
    if any(row.is_photo and "/" not in row.path for row in photos.rejected):
        return f"{advice}, or read classes off the file names, --labels-from '^(?P<label>[A-Z]+)_' for A_001.jpg"
    return advice


def _checked(photos: PhotoSet, source: Path, least_classes: int, known: Collection[str]) -> PhotoSet:
    if not photos.photos:
        why = f" ({common_reasons(photos.rejected)})" if photos.rejected else ""
        beside = unread_table(source) if source.is_dir() and not is_own(source) else ""
        advice = beside or advice_for_most(row.path for row in photos.rejected if not row.is_photo)
        raise UnseenError(f"no usable photos in {source}{why}: {advice or _put_in_folders(source, photos, known)}")
    if len(photos.classes) < least_classes:
        beside = unread_table(source) if source.is_dir() else ""
        lost = [row for row in photos.rejected if row.is_photo]
        why = f" ({common_reasons(lost)})" if lost else ""
        seen = suggest_pattern([Path(photo.path).name for photo in photos.photos])
        advice = f"file names look like {seen[0]}, use --labels-from '{seen[1]}'" if seen else ""
        advice = "; ".join(filter(None, (beside, advice))) or "add a folder of photos for a second class"
        raise UnseenError(f"one class only in {source}, {photos.classes[0]!r}{why}: {advice}")
    return photos
