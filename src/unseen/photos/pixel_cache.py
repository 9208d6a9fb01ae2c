"""Decode photos once: their pixels, memory-mapped, and headers are kept by content for the next run."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from unseen.errors import UnreadablePhoto
from unseen.photos.decode import DECODER_VERSION, decode_with_header, read_photo
from unseen.photos.formats import decoders
from unseen.photos.generated_mark import REASON, is_marked
from unseen.photos.header import Header, Headers, header_columns
from unseen.progress import Progress
from unseen.records import Int64Array, Photo, Rejected, Uint8Array
from unseen.store.content_store import ContentStore, Entry, open_store
from unseen.store.mapped import MappedArrays
from unseen.threads import work_ahead

LIMIT_BYTES = 8 * 2**30
_COMMIT_BYTES = 64 * 2**20  # pixels at most lost to a kill
_COMMIT_PHOTOS = 1000
_FRESH_NS = 2_000_000_000  # a file this young may change again within one tick of a coarse clock (FAT: 2 s)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Pixels and headers of the usable photos, in the order given.

    pixels: n arrays (H, W, 4) uint8, RGBA. positions: (n,) int64, which of the given photos are usable. digests: n
    SHA-256 of the files, hexadecimal.
    """

    pixels: MappedArrays
    headers: Headers
    positions: Int64Array
    rejected: tuple[Rejected, ...]
    digests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """What a worker made of one file; `digest` is `None` where the file could not be opened."""

    stamp: dict[str, Any] | None
    digest: str | None
    result: tuple[Uint8Array, Header] | str | None  # pixels and header, a reason, or `None` where they are kept


class PixelCache:
    """Decoded photos under `folder` ($UNSEEN_CACHE or the user's cache folder by default)."""

    def __init__(self, folder: Path | None = None, limit_bytes: int = LIMIT_BYTES) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes

    def load(self, photos: Sequence[Photo], side_px: int, progress: Progress) -> Loaded:
        """Return `photos` reduced to `side_px` (see `decode`), decoding those that are not kept.

        A photo that cannot be used is a `Rejected` row. Pixels are never all in memory; a run that is killed
        loses the last photos at most. Earlier packs are kept to `limit_bytes`.
        """
        with open_store("pixels", self._limit_bytes, progress.say, self._folder) as store:
            return _Load(store, side_px).run(photos, progress)


class _Load:
    """One call of `PixelCache.load`: the entries found or made so far, by digest, and what is not committed yet."""

    def __init__(self, store: ContentStore, side_px: int) -> None:
        self._store = store
        self._side_px = side_px
        self._program = f"{side_px}/{DECODER_VERSION}/{decoders()}/"
        self._entries: dict[str, Entry] = {}
        self._kept = store.keys(self._program)
        self._new_bytes = self._new_photos = 0

    def run(self, photos: Sequence[Photo], progress: Progress) -> Loaded:
        with progress.task("read photos", len(photos), "photos") as task:
            digests = self._known_digests(photos)
            kept = self._store.find(self._key(digest) for digest in digests if digest)
            self._entries = {key.removeprefix(self._program): entry for key, entry in kept.items()}
            missing = [i for i, digest in enumerate(digests) if digest not in self._entries]
            task.advance(len(photos) - len(missing))
            refused: dict[int, str] = {}
            try:
                for i, read in self._read_all(photos, missing):
                    digests[i] = read.digest
                    if read.digest is None:
                        refused[i] = str(read.result)
                    else:
                        self._keep(read, photos[i].file)
                    task.advance()
            finally:
                self._store.commit()
        return self._loaded(photos, digests, refused)

    def _key(self, digest: str) -> str:
        return self._program + digest

    def _known_digests(self, photos: Sequence[Photo]) -> list[str | None]:
        """Return the digest of each file that is the one read before, by its path, size, time and inode."""
        known = self._store.find(_file_key(photo.file) for photo in photos)
        rows = [known.get(_file_key(photo.file)) for photo in photos]
        return [
            str(row.row["digest"]) if row is not None and row.row["stamp"] == _stamp(photo.file) else None
            for photo, row in zip(photos, rows, strict=True)
        ]

    def _read_all(self, photos: Sequence[Photo], positions: Sequence[int]) -> Iterator[tuple[int, _Read]]:
        """Yield reads in the order of `positions`; a few per thread are ahead, so memory stays bounded."""
        return zip(positions, work_ahead(lambda i: self._read(photos[i].file), positions, "decode"), strict=True)

    def _read(self, file: Path) -> _Read:
        stamp = _stamp(file)  # before the bytes: a change in between makes the stamp old, not the pixels wrong
        try:
            content = read_photo(file)
        except UnreadablePhoto as error:
            return _Read(None, None, str(error))
        digest = hashlib.sha256(content).hexdigest()
        named = {"path": _file_key(file), "stamp": stamp}
        if digest in self._entries or self._key(digest) in self._kept:
            return _Read(named, digest, None)
        return _Read(named, digest, self._decode(content))

    def _decode(self, content: bytes | Path) -> tuple[Uint8Array, Header] | str:
        try:
            content = content if isinstance(content, bytes) else read_photo(content)
            if is_marked(content):
                return REASON
            return decode_with_header(content, self._side_px)
        except UnreadablePhoto as error:
            return str(error)

    def _keep(self, read: _Read, file: Path) -> None:
        assert read.digest is not None
        assert read.stamp is not None
        key = self._key(read.digest)
        if read.digest not in self._entries:
            entry = self._store.find([key]).get(key) if read.result is None else None
            result = self._decode(file) if read.result is None and entry is None else read.result  # it was damaged
            if isinstance(result, str):
                entry = self._store.add(key, {"reason": result})
            elif result is not None:
                pixels, header = result
                entry = self._store.add(key, {"shape": pixels.shape, "header": header}, pixels.tobytes())
                self._new_bytes += pixels.nbytes
            assert entry is not None
            self._entries[read.digest] = entry
        stamp = read.stamp["stamp"]
        if stamp is not None and time.time_ns() - stamp[1] > _FRESH_NS:
            self._store.add(read.stamp["path"], {"stamp": stamp, "digest": read.digest})
            self._new_photos += 1
        if self._new_bytes >= _COMMIT_BYTES or self._new_photos >= _COMMIT_PHOTOS:
            self._store.commit()
            self._new_bytes = self._new_photos = 0

    def _loaded(self, photos: Sequence[Photo], digests: Sequence[str | None], refused: dict[int, str]) -> Loaded:
        usable: list[tuple[int, str, Entry]] = []
        rejected: list[Rejected] = []
        for i, (photo, digest) in enumerate(zip(photos, digests, strict=True)):
            reason = refused[i] if digest is None else self._entries[digest].row.get("reason")
            if reason is not None:
                rejected.append(Rejected(photo.path, reason))
            elif digest is not None:
                usable.append((i, digest, self._entries[digest]))
        return Loaded(
            self._store.arrays([entry for _, _, entry in usable]),
            header_columns([Header(*entry.row["header"]) for _, _, entry in usable]),
            np.array([i for i, _, _ in usable], dtype=np.int64),
            tuple(rejected),
            tuple(digest for _, digest, _ in usable),
        )


def _file_key(file: Path) -> str:
    return f"file:{file.absolute()}"


def _stamp(file: Path) -> list[int] | None:
    """Return size in bytes, time of the last change in ns and inode: what tells that a file is the one read before."""
    try:
        status = file.stat()
    except (OSError, ValueError):
        return None
    return [status.st_size, status.st_mtime_ns, status.st_ino]
