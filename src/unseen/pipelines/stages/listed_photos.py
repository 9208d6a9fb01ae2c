"""List the photos that are meant where labels do not matter: files, folders, and every other source of photos."""

import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from unseen.containers.readers import reader_of
from unseen.photos.scan import list_photos, refusal, scan
from unseen.records import Rejected
from unseen.sources.open_photos import TABLES, open_table_of_labels
from unseen.sources.unzip import unpack
from unseen.store.folder import cache_root, writable


def listed_photos(paths: Sequence[Path]) -> tuple[dict[Path, str], list[Rejected]]:
    """Return the photos of `paths`, each with what it is called, and what is no photo.

    paths: files, clips and folders as they are; of zips, tables of labels, arrays, Parquet files, tfds: and hf: what
    they hold, called SOURCE/NAME.
    """
    called: dict[Path, str] = {}
    rejected: list[Rejected] = []
    for path in paths:
        held = _held(path)
        if held is None:
            files, rows = list_photos([path])
            called |= {file: str(file) for file in files if file not in called}
        else:
            names, rows = held
            kept, _ = writable(cache_root())  # what a table names lies where it is
            called |= {
                file: f"{path}/{name}" if file.is_relative_to(kept) else str(file) for file, name in names.items()
            }
            rows = [replace(row, path=f"{path}/{row.path}") for row in rows]
        rejected += rows
    return called, rejected


def _held(path: Path) -> tuple[dict[Path, str], list[Rejected]] | None:
    """Return the photos that `path` holds and what they are called in it; `None` for a photo, or a folder of photos."""
    if refusal(path.name) is None and path.is_file():
        return None
    reader = reader_of(path)
    if path.is_dir():
        reader = None if scan(path).found else reader
    if reader:
        photos = reader(path)
    elif path.suffix.lower() in TABLES and path.is_file():
        photos = open_table_of_labels(path)
    elif path.is_file() and zipfile.is_zipfile(path):
        below = scan(unpack(path, writable(cache_root())[0]))
        return {found.file: found.path for found in below.found}, below.refused
    else:
        return None
    return {photo.file: photo.path for photo in photos.photos}, list(photos.rejected)
