"""Find what reads a source in which photos are not files of their own."""

from collections.abc import Callable
from pathlib import Path

from unseen.containers.arrow_files import is_saved, parquet_files, read_parquet, read_saved
from unseen.containers.hub import read_hub
from unseen.containers.npy_pairs import find_pairs, read_npy
from unseen.containers.tfds_folder import is_tfds, read_tfds
from unseen.records import PhotoSet

Reader = Callable[[Path], PhotoSet]

# What a source is called -> what reads it.
PREFIXES: dict[str, Reader] = {"tfds:": read_tfds, "hf:": read_hub}
SUFFIXES: dict[str, Reader] = {".npy": read_npy, ".parquet": read_parquet}
# What a folder holds -> what reads it.
FOLDERS: tuple[tuple[Callable[[Path], object], Reader], ...] = (
    (is_tfds, read_tfds),
    (is_saved, read_saved),
    (parquet_files, read_parquet),
    (find_pairs, read_npy),
)


def reader_of(source: Path) -> Reader | None:
    """Return the function that reads `source`, `None` where it is a folder, zip or table of photos."""
    prefix, colon, _ = source.as_posix().partition(":")
    if (reader := PREFIXES.get(prefix + colon)) and not source.exists():
        return reader
    if source.is_dir():
        return next((reader for holds, reader in FOLDERS if holds(source)), None)
    return SUFFIXES.get(source.suffix.lower()) if source.is_file() else None
