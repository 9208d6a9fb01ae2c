"""Keep images that lie in other files as files of their own, once, in the user's cache."""

import hashlib
import io
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from unseen.errors import UnreadablePhoto, UnseenError
from unseen.photos.class_names import photo_set, tidy
from unseen.photos.part_names import divides, part_named
from unseen.photos.sniff import HEAD_BYTES, identify
from unseen.records import Part, Photo, PhotoSet, Rejected, Uint8Array
from unseen.runs import read_rows, sha256, write_rows
from unseen.store.folder import cache_root, writable

_INDEX = "rows.csv"
_COLUMNS = ("path", "label", "group", "part", "file", "reason")
_IN_FOLDER = 1000  # folders of a million files are slow to list on some systems
_SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "GIF": ".gif", "BMP": ".bmp", "TIFF": ".tif", "WEBP": ".webp"}


@dataclass(frozen=True, slots=True)
class ImageRow:
    """One image of a container: its encoded bytes, or text that says why it cannot be used."""

    path: str
    label: str
    content: bytes | str
    group: str | None = None
    part: Part | None = None


def files_key(kind: str, files: Sequence[Path]) -> str:
    """Return a key that changes with the bytes of `files`, their names, and `kind`, the reader and its version."""
    listing = [f"{file.name} {sha256(file)}" for file in files]
    return hashlib.sha256("\n".join([kind, *listing]).encode()).hexdigest()


def keep_images(
    source: Path, key: str, rows: Callable[[], Iterable[ImageRow]], notes: Iterable[str], cache: Path | None = None
) -> PhotoSet:
    """Return the photos of `rows`, whose bytes are written under `cache` the first time that `key` is asked for.

    A row without a label or without an image is rejected. Raises `UnseenError` where the cache is full.
    """
    said = None
    if cache is None:
        cache, said = writable(cache_root())
    folder = cache / "images" / key
    if not (folder / _INDEX).is_file():
        _keep_all(source, folder, rows)
    photos, rejected = [], []
    for row in read_rows(folder / _INDEX):
        if row["reason"]:
            rejected.append(Rejected(row["path"], row["reason"], row["label"] or None))
        else:
            part = part_named(row["part"])
            photos.append(Photo(row["path"], folder / row["file"], row["label"], row["group"] or None, part))
    return photo_set(photos, rejected, [*notes, *([said] if said else [])])


def _keep_all(source: Path, folder: Path, rows: Callable[[], Iterable[ImageRow]]) -> None:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".keeping-"))
        try:
            index = [_kept(number, row, temporary) for number, row in enumerate(rows(), start=1)]
            write_rows(temporary / _INDEX, _COLUMNS, index)
            if not folder.exists():  # another process may have kept the same images meanwhile
                temporary.rename(folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise UnseenError(
            f"{source} cannot be read into {folder} ({error.strerror or error}): check the file and the space left"
        ) from None


def _kept(number: int, row: ImageRow, folder: Path) -> tuple[str | None, ...]:
    label, group = tidy(row.label), tidy(row.group or "")
    if not label or isinstance(row.content, str):
        return (
            row.path,
            label,
            group,
            row.part,
            "",
            row.content if label and isinstance(row.content, str) else "no label",
        )
    try:
        suffix = _SUFFIXES.get(identify(row.content[:HEAD_BYTES]), ".img")
    except UnreadablePhoto as error:
        return row.path, label, group, row.part, "", str(error)
    file = Path(f"{number // _IN_FOLDER:04d}") / f"{number:07d}{suffix}"
    (folder / file.parent).mkdir(exist_ok=True)
    (folder / file).write_bytes(row.content)
    return row.path, label, group, row.part, file.as_posix(), ""


def png(pixels: Uint8Array) -> bytes:
    """Return (H, W), (H, W, 3) or (H, W, 4) uint8 as a PNG file."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG", compress_level=1)
    return stream.getvalue()


def distinct_parts(photos: PhotoSet) -> PhotoSet:
    """Return the set as it is where it states training photos and others, else without parts."""
    if divides(photo.part for photo in photos.photos):
        return photos
    return replace(photos, photos=tuple(replace(photo, part=None) for photo in photos.photos))
