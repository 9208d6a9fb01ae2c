"""Photos in; their decoded pixels out, memory-mapped, kept by content so that a second run starts at once."""

import hashlib
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PIL

from unseen.errors import UnreadablePhoto, UnseenError
from unseen.photos.decode import DECODER_VERSION, decode, read_photo
from unseen.progress import Progress
from unseen.records import Int64Array, Photo, Rejected, Uint8Array
from unseen.store.folder import cache_root, writable
from unseen.store.index import FileStamp, Index, Outcome
from unseen.store.packs import PackWriter, damaged, prune
from unseen.store.pixels import PixelStore, Place
from unseen.threads import work_ahead

LIMIT_BYTES = 8 * 2**30
_COMMIT_BYTES = 64 * 2**20  # pixels at most lost to a kill
_COMMIT_PHOTOS = 1000
_FRESH_NS = 2_000_000_000  # a file this young may change again within one tick of a coarse clock (FAT: 2 s)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Pixels of the usable photos, in the order given.

    positions: (n,) int64, which of the given photos are usable. digests: n SHA-256 of the files, hexadecimal.
    """

    pixels: PixelStore
    positions: Int64Array
    rejected: tuple[Rejected, ...]
    digests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """What a worker made of one file; `digest` is `None` where the file could not be opened."""

    stamp: FileStamp | None
    digest: str | None
    result: Uint8Array | str | None  # pixels, a reason, or None where the outcome is known already


class PixelCache:
    """Decoded photos under `folder` ($UNSEEN_CACHE or the user's cache folder by default)."""

    def __init__(self, folder: Path | None = None, limit_bytes: int = LIMIT_BYTES) -> None:
        self._root = cache_root(folder)
        self._limit_bytes = limit_bytes

    def load(self, photos: Sequence[Photo], side_px: int, progress: Progress) -> Loaded:
        """Return the pixels of `photos` reduced to `side_px` (see `decode`), decoding those not seen before.

        A photo that cannot be used is a `Rejected` row. Pixels are never all in memory; a run that is killed
        loses the last photos at most. Earlier packs are kept to `limit_bytes`, this load's come on top.
        """
        self._root, said = writable(self._root)
        if said:
            progress.say(said)
        folder = self._root / "pixels"
        try:
            folder.mkdir(exist_ok=True)
            with closing(Index(folder / "index.sqlite")) as index:
                return _Load(folder, index, side_px).run(photos, progress, self._limit_bytes)
        except (OSError, sqlite3.Error) as error:
            raise UnseenError(
                f"cache {folder} cannot be used ({error}): free some space, delete it, or set UNSEEN_CACHE"
            ) from None


class _Load:
    """One call of `PixelCache.load`: what is known, and what is not committed yet."""

    def __init__(self, folder: Path, index: Index, side_px: int) -> None:
        self._folder = folder
        self._index = index
        self._side_px = side_px
        self._decoder = f"{DECODER_VERSION}/pillow-{PIL.__version__}"
        self._outcomes: dict[str, Outcome] = {}
        self._new: list[tuple[str, Outcome]] = []
        self._new_files: list[tuple[FileStamp, str]] = []
        self._new_bytes = 0

    def run(self, photos: Sequence[Photo], progress: Progress, limit_bytes: int) -> Loaded:
        with progress.task("read photos", len(photos), "photos") as task:
            stamps = [_stamp(photo.file) for photo in photos]
            known_files = self._index.digests()
            digests = [known_files.get(stamp) if stamp else None for stamp in stamps]
            self._recall(limit_bytes, {digest for digest in digests if digest})
            missing = [i for i, digest in enumerate(digests) if digest is None or digest not in self._outcomes]
            task.advance(len(photos) - len(missing))
            refused: dict[int, str] = {}
            writer = PackWriter(self._folder)
            try:
                for i, read in self._read_all(photos, missing):
                    digests[i] = read.digest
                    if read.digest is None:
                        refused[i] = str(read.result)
                    else:
                        self._keep(read, writer)
                    task.advance()
            finally:
                self._commit(writer)
                writer.close()
        return self._loaded(photos, digests, refused)

    def _recall(self, limit_bytes: int, wanted: set[str]) -> None:
        """Learn what earlier runs left, check it, and drop old packs that this load has no use for."""
        outcomes = self._index.outcomes(self._side_px, self._decoder)
        with self._index.transaction():
            bad = damaged(self._folder, self._index, outcomes)
            self._index.forget(self._side_px, self._decoder, bad)
            sound = {digest: outcome for digest, outcome in outcomes.items() if digest not in bad}
            used = {digest: sound[digest] for digest in wanted if digest in sound}
            in_use = {place.pack for place in used.values() if isinstance(place, Place)}
            prune(self._folder, self._index, limit_bytes, in_use)
            left = {row.name for row in self._index.packs()}
        self._outcomes = {
            digest: outcome
            for digest, outcome in sound.items()
            if not isinstance(outcome, Place) or outcome.pack in left
        }

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
        if digest in self._outcomes:
            return _Read(stamp, digest, None)
        try:
            return _Read(stamp, digest, decode(content, self._side_px))
        except UnreadablePhoto as error:
            return _Read(stamp, digest, str(error))

    def _keep(self, read: _Read, writer: PackWriter) -> None:
        assert read.digest is not None
        if read.digest not in self._outcomes and read.result is not None:
            outcome = read.result if isinstance(read.result, str) else writer.append(read.result)
            self._outcomes[read.digest] = outcome
            self._new.append((read.digest, outcome))
            self._new_bytes += 0 if isinstance(read.result, str) else read.result.nbytes
        if read.stamp is not None and time.time_ns() - read.stamp.mtime_ns > _FRESH_NS:
            self._new_files.append((read.stamp, read.digest))
        if self._new_bytes >= _COMMIT_BYTES or len(self._new_files) >= _COMMIT_PHOTOS:
            self._commit(writer)

    def _commit(self, writer: PackWriter) -> None:
        with self._index.transaction():
            if self._new:
                writer.flush(self._index)
            self._index.add_outcomes(self._side_px, self._decoder, self._new)
            self._index.add_files(self._new_files)
        self._new, self._new_files, self._new_bytes = [], [], 0

    def _loaded(self, photos: Sequence[Photo], digests: Sequence[str | None], refused: dict[int, str]) -> Loaded:
        positions: list[int] = []
        places: list[Place] = []
        kept: list[str] = []
        rejected: list[Rejected] = []
        for i, (photo, digest) in enumerate(zip(photos, digests, strict=True)):
            outcome = refused[i] if digest is None else self._outcomes[digest]
            if isinstance(outcome, str):
                rejected.append(Rejected(photo.path, outcome))
            elif digest is not None:
                positions.append(i)
                places.append(outcome)
                kept.append(digest)
        with self._index.transaction():
            self._index.touch_packs({place.pack for place in places})
        pixels = PixelStore(self._folder, places)
        return Loaded(pixels, np.array(positions, dtype=np.int64), tuple(rejected), tuple(kept))


def _stamp(file: Path) -> FileStamp | None:
    try:
        status = file.stat()
    except (OSError, ValueError):
        return None
    return FileStamp(str(file.absolute()), status.st_size, status.st_mtime_ns, status.st_ino)
