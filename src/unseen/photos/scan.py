"""List the photos below folders in natural order; count every other file as rejected.

No photo is opened: a name's extension is all that is looked at, and the first bytes of a file without one. Hidden and
system files are passed over, and so is what this program wrote.
"""

import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from unseen.errors import UnreadablePhoto, UnseenError
from unseen.photos.generated_mark import RECORD
from unseen.photos.natural import natural_key
from unseen.photos.sniff import HEAD_BYTES, convert_reason, identify
from unseen.records import Rejected

PHOTO_SUFFIXES = frozenset(
    f".{name}"
    for name in (
        *("jpg", "jpeg", "jpe", "jfif", "mpo", "png", "apng", "webp", "bmp", "dib", "gif", "tif", "tiff"),
        *("heic", "heif", "hif", "heics", "heifs", "avif", "avifs"),
        *("pbm", "pgm", "ppm", "pnm", "jp2", "j2k", "j2c", "jpc", "jpx", "jpf"),
    )
)
CLIP_SUFFIXES = frozenset((".mp4", ".m4v", ".mov", ".webm", ".avi", ".mkv", ".3gp", ".mts", ".mpg", ".mpeg"))
_RAW_SUFFIXES = (".arw", ".cr2", ".cr3", ".dng", ".nef", ".orf", ".pef", ".raf", ".raw", ".rw2", ".srw")
_CONVERT: Mapping[str, str] = MappingProxyType(
    {".jxl": "JPEG XL", ".psd": "PSD", ".svg": "SVG", ".pdf": "PDF"}
    | {suffix: f"RAW ({suffix[1:].upper()})" for suffix in _RAW_SUFFIXES}
)
_RECORDS = ("run.json", "audit.json", "bundle.json", RECORD)  # a folder that this program wrote holds one of them
_WRITTEN_HERE = re.compile(rb'\{\s*"schema":')  # how `runs.write_json` begins
_TABLES = (".csv", ".tsv", ".json", ".jsonl")
_ICLOUD = ".icloud"  # macOS leaves .IMG_1.HEIC.icloud where a photo lies in the cloud alone
_ADDRESSES = ("http:", "https:")  # the first part of an address that was taken for a path
_SYSTEM_NAMES = frozenset(
    (
        *("thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "@eadir", "#recycle", "$recycle.bin"),
        *("system volume information", "lost+found"),
    )
)


@dataclass(frozen=True, slots=True)
class Found:
    """A file with a photo's extension; `parts` are the folder names between the root and it.

    reason: why it cannot be used (a format that is not read, a broken link, a folder that cannot be read): it still
    says that its folder is one of photos.
    """

    path: str  # POSIX, relative to the root
    file: Path
    parts: tuple[str, ...]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Scan:
    """What lies below one root, in natural order."""

    found: list[Found] = field(default_factory=list)
    unusable: list[Found] = field(default_factory=list)  # with the reason; not in `rejected`
    tables: list[Path] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    empty_folders: list[str] = field(default_factory=list)
    own: list[str] = field(default_factory=list)  # runs, audits and sheets of this program, which are no photos

    @property
    def refused(self) -> list[Rejected]:
        """All that is no usable photo, each with the reason."""
        return [*self.rejected, *(Rejected(found.path, found.reason or "") for found in self.unusable)]


def scan(root: Path) -> Scan:
    """Return everything below the folder `root`; links are followed, each real folder once.

    Photos of a format that is not read, folders that cannot be read and broken links are `unusable`, files that are no
    photos `Rejected` rows; CSV files are in `tables` as well. Raises `UnseenError` where `root` itself cannot be read.
    """
    result = Scan()
    seen: set[tuple[int, int]] = set()
    waiting: list[tuple[Path, tuple[str, ...]]] = [(root, ())]
    linked: list[tuple[Path, tuple[str, ...]]] = []  # after all real folders, so that a photo has its real path
    while waiting or linked:
        folder, parts = waiting.pop() if waiting else linked.pop(0)
        try:
            status = folder.stat()
            if (status.st_dev, status.st_ino) in seen:
                result.rejected.append(Rejected("/".join(parts), "link to a folder already read"))
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(folder) as listing:
                entries = [entry for entry in listing if _is_elsewhere(entry.name) or not is_passed_over(entry.name)]
        except OSError as error:
            if not parts:
                raise UnseenError(f"{root} cannot be read ({error.strerror}): check its permissions") from None
            reason = f"folder cannot be read ({error.strerror})"
            result.unusable.append(Found("/".join(parts), folder, parts, reason))
            continue
        if parts and _is_own(entries):
            result.own.append("/".join(parts))
            continue
        if not entries and parts:
            result.empty_folders.append("/".join(parts))
        for entry in entries:
            _sort_in(entry, parts, result, waiting, linked)
    for files in (result.found, result.unusable):
        files.sort(key=lambda found: natural_key(found.path))
    result.rejected.sort(key=lambda row: natural_key(row.path))
    result.empty_folders.sort(key=natural_key)
    result.own.sort(key=natural_key)
    result.tables.sort(key=lambda path: natural_key(path.as_posix()))
    return result


def _sort_in(
    entry: os.DirEntry[str],
    parts: tuple[str, ...],
    result: Scan,
    waiting: list[tuple[Path, tuple[str, ...]]],
    linked: list[tuple[Path, tuple[str, ...]]],
) -> None:
    name = entry.name.encode("utf-8", "backslashreplace").decode()  # as it is, where it is text
    path = "/".join((*parts, name))
    try:
        is_folder, is_file = entry.is_dir(), entry.is_file()
    except OSError as error:
        result.unusable.append(Found(path, Path(entry.path), parts, f"cannot be read ({error.strerror})"))
        return
    if reason := _why_unusable(entry, is_folder=is_folder, is_file=is_file):
        inside = (*parts, name) if is_folder else parts  # a folder may be a class, which must not get lost
        shown = "/".join((*parts, name[1 : -len(_ICLOUD)])) if _is_elsewhere(name) else path
        result.unusable.append(Found(shown, Path(entry.path), inside, reason))
    elif parts and parts[-1] == "runs" and name.endswith("-segments.png"):
        result.own.append(path)  # the sheet of `unseen segment`
    elif is_folder:
        (linked if entry.is_symlink() else waiting).append((Path(entry.path), (*parts, name)))
    elif not is_file:
        result.rejected.append(Rejected(path, "broken link" if entry.is_symlink() else "not a file"))
    elif (refused := refusal(name)) and (_suffix(name) or not _begins_as_photo(entry.path)):
        result.rejected.append(Rejected(path, refused, is_photo=False))
        if name.lower().endswith(_TABLES):
            result.tables.append(Path(entry.path))
    else:
        result.found.append(Found(path, Path(entry.path), parts))


def _why_unusable(entry: os.DirEntry[str], *, is_folder: bool, is_file: bool) -> str | None:
    """Return why a photo or a folder of photos cannot be used; `None` where it can, or where it is none."""
    is_photo = refusal(entry.name) is None
    if (is_folder or is_photo) and not entry.name.isascii():
        try:
            entry.name.encode()
        except UnicodeEncodeError:
            return "name is not valid text: rename it"
    if _is_elsewhere(entry.name):
        return "only in iCloud: download it"
    if is_photo and not is_file and not is_folder:
        return "broken link" if entry.is_symlink() else "not a file"
    return refusal(entry.name) if is_file and _suffix(entry.name) in _CONVERT else None


def _begins_as_photo(path: str | Path) -> bool:
    try:
        with Path(path).open("rb") as stream:
            return bool(identify(stream.read(HEAD_BYTES)))
    except (OSError, UnreadablePhoto):
        return False


def is_own(folder: Path) -> bool:
    """Say whether `folder` is a run, an audit or a bundle."""
    if not folder.is_dir():
        return False
    with os.scandir(folder) as entries:
        return _is_own(list(entries))


def _is_own(entries: Sequence[os.DirEntry[str]]) -> bool:
    """Say whether a folder is a run, an audit or a bundle; one with photos of the user's beside a bundle is not."""
    for entry in entries:
        if entry.name in _RECORDS and not (
            entry.name == "bundle.json" and any(refusal(e.name) is None for e in entries)
        ):
            with suppress(OSError), Path(entry).open("rb") as stream:
                if _WRITTEN_HERE.match(stream.read(64)):
                    return True
    return False


def is_passed_over(name: str) -> bool:
    """Say whether a file or folder name is hidden or the system's own, and so not even counted."""
    return name.startswith(".") or name.lower() in _SYSTEM_NAMES


def _is_elsewhere(name: str) -> bool:
    """Say whether a name is that of the placeholder for a photo that the cloud holds."""
    return name.startswith(".") and name.endswith(_ICLOUD) and refusal(name[: -len(_ICLOUD)]) is None


def refusal(name: str) -> str | None:
    """Return why a file of this name is not taken for a photo, `None` where it is."""
    suffix = _suffix(name)
    if suffix in PHOTO_SUFFIXES or suffix in CLIP_SUFFIXES:
        return None
    if suffix in _CONVERT:
        return convert_reason(_CONVERT[suffix])
    return f"not a photo: {suffix or 'no extension'}"


def _suffix(name: str) -> str:
    return os.path.splitext(name)[1].lower()  # noqa: PTH122 - Path() is 20 times slower


def not_there(path: Path) -> str:
    """Return what is wrong with a path that leads to nothing, and what to do."""
    return "an address, not a file: download it" if path.parts[0] in _ADDRESSES else "not there: check the path"


def list_photos(paths: Sequence[Path]) -> tuple[list[Path], list[Rejected]]:
    """Return the photos named by `paths`, folders read recursively in natural order, and what is no photo.

    A photo that is named twice is listed once. A path that is not there is a row too.
    """
    photos: dict[Path, None] = {}
    rejected: list[Rejected] = []
    for path in paths:
        if path.is_dir():
            below = scan(path)
            photos.update(dict.fromkeys(found.file for found in below.found))
            rejected += [replace(row, path=(path / row.path).as_posix()) for row in below.refused]
        elif not path.exists():
            rejected.append(Rejected(path.as_posix(), not_there(path)))
        elif (reason := refusal(path.name)) and (_suffix(path.name) in _CONVERT or not _begins_as_photo(path)):
            rejected.append(Rejected(path.as_posix(), reason, is_photo=_suffix(path.name) in _CONVERT))
        else:
            photos[path] = None
    return list(photos), rejected
