"""Unpack a zip file once, by content, into the user's cache.

Nothing that a zip states is believed: names are checked before any byte is written, sizes against the bytes
that really come out.
"""

import os
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from unseen.errors import UnseenError
from unseen.photos.scan import is_passed_over
from unseen.runs import sha256
from unseen.text import listed

_CHUNK = 2**20
_DRIVE = re.compile(r"^[A-Za-z]:")
_UTF8_FLAG = 0x800
# Common Chinese characters in GBK: pairs of high bytes. Letters with accents in the DOS code pages are below 0xA6.
_GBK = re.compile(rb"(?:[\x00-\x7f]|[\xa1-\xa9\xb0-\xf7][\xa1-\xfe])+")


@dataclass(frozen=True, slots=True)
class ZipLimits:
    """What a zip of photos stays under; photos hardly compress, tables of pixels about eightfold."""

    total_bytes: int = 32 * 2**30
    ratio: int = 100
    files: int = 1_000_000
    free_bytes: int = 64 * 2**20  # the ratio is looked at only above this


def unpack(source: Path, cache: Path, limits: ZipLimits | None = None) -> Path:
    """Return the folder under `cache` that holds the unpacked `source`; a second call finds it there.

    Hidden and system files are left out. Raises `UnseenError` for a damaged or encrypted zip, for a name that
    leads out of it, for links, and above `limits`; nothing is left behind then.
    """
    try:
        folder = cache / "unzipped" / sha256(source)
        if folder.is_dir():
            return folder
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".unpacking-"))
        try:
            with zipfile.ZipFile(source) as archive:
                _extract(source, archive, temporary, limits or ZipLimits())
            return _settle(temporary, folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise UnseenError(f"{source} is damaged ({error}): download or make the zip again") from None
    except OSError as error:
        raise UnseenError(f"{source} cannot be unpacked ({error.strerror or error}): unpack it yourself") from None


def _settle(temporary: Path, folder: Path) -> Path:
    try:
        temporary.rename(folder)
    except OSError:
        if not folder.is_dir():  # another process may have unpacked the same zip meanwhile
            raise
    return folder


def _extract(source: Path, archive: zipfile.ZipFile, folder: Path, limits: ZipLimits) -> None:
    entries = archive.infolist()
    if len(entries) > limits.files:
        raise UnseenError(f"{source} holds {len(entries)} files, {limits.files} are the most: unpack it yourself")
    encoding = _encoding(entries)
    wanted = [(entry, _safe_name(source, entry, encoding)) for entry in entries]
    wanted = [(entry, name) for entry, name in wanted if not any(map(is_passed_over, name.parts))]
    _refuse_zips_alone(source, [name for entry, name in wanted if not entry.is_dir()])
    most = min(limits.total_bytes, max(limits.free_bytes, limits.ratio * source.stat().st_size))
    written = 0
    for entry, name in wanted:
        target = folder.joinpath(*name.parts)
        if entry.filename.endswith(("/", "\\")):
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(target):
            raise UnseenError(f"{source} holds {str(name)!r} twice: unpack it yourself")
        with archive.open(entry) as packed, target.open("xb") as stream:
            while chunk := packed.read(_CHUNK):
                written += len(chunk)
                if written > most:
                    raise UnseenError(
                        f"{source} unpacks to over {most // 2**20} MiB: unpack it yourself if you trust it"
                    )
                stream.write(chunk)


def _encoding(entries: Sequence[zipfile.ZipInfo]) -> str:
    """Return how names without the UTF-8 flag are written: UTF-8 (macOS, many scripts), GBK, or cp437, the standard."""
    raw = b"/".join(entry.orig_filename.encode("cp437") for entry in entries if not entry.flag_bits & _UTF8_FLAG)
    try:
        raw.decode()
    except UnicodeDecodeError:
        return "gbk" if _GBK.fullmatch(raw) else "cp437"
    return "utf-8"


def _refuse_zips_alone(source: Path, names: Sequence[PurePosixPath]) -> None:
    """Raise where a zip holds zips and nothing that photos could be in."""
    zips = [name for name in names if name.suffix.lower() == ".zip"]
    texts = {".txt", ".md", ".pdf", ".html", ".json", ""}
    if zips and all(name.suffix.lower() in {".zip", *texts} for name in names):
        listing = listed([str(name) for name in zips], 3)
        raise UnseenError(
            f"{source} holds zips instead of photos ({listing}): unpack it and them, and name the folder they make"
        )


def _safe_name(source: Path, entry: zipfile.ZipInfo, encoding: str) -> PurePosixPath:
    """Return the entry's name with / between folders; raise `UnseenError` unless it is a plain file inside."""
    if entry.flag_bits & 0x1:
        raise UnseenError(f"{source} is encrypted: unpack it yourself and name the folder")
    written = entry.orig_filename
    raw = written if entry.flag_bits & _UTF8_FLAG else written.encode("cp437").decode(encoding)
    raw = raw.replace("\\", "/")
    name = PurePosixPath(raw)
    is_outside = name.is_absolute() or ".." in name.parts or _DRIVE.match(raw) or "\0" in raw
    if is_outside or (os.name == "nt" and ":" in raw):
        raise UnseenError(f"{source} holds a name that leads out of it ({raw!r}): do not use it")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise UnseenError(f"{source} holds a link or device ({raw!r}): make the zip again with plain files")
    return name
