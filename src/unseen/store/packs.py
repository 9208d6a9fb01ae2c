"""Decoded photos in; appended pack files and their places out; which packs to trust and which to drop."""

import os
import time
import uuid
import zlib
from collections.abc import Collection, Mapping
from pathlib import Path

from unseen.records import Uint8Array
from unseen.store.index import Index, Outcome
from unseen.store.pixels import Place, is_sound, map_pack

_ORPHAN_SECONDS = 3600.0  # a pack that no index knows may be one that another process has just begun


class PackWriter:
    """Appends pixels to a pack of its own, so two processes never write one file; made on the first photo."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / f"{uuid.uuid4().hex}.pack"
        self._descriptor: int | None = None
        self._end = 0

    def append(self, pixels: Uint8Array) -> Place:
        """Write (H, W, 4) uint8 pixels and return their place; they are safe on disk after `commit`."""
        if self._descriptor is None:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            self._descriptor = os.open(self._path, flags, 0o600)
        content = memoryview(pixels.tobytes())
        place = Place(self._path.name, self._end, pixels.shape[0], pixels.shape[1], zlib.crc32(content))
        while content:
            content = content[os.write(self._descriptor, content) :]
        self._end = place.end
        return place

    def flush(self, index: Index) -> None:
        """Force pixels to disk before the index speaks of them: a power cut must not leave zeros behind."""
        if self._descriptor is not None:
            os.fsync(self._descriptor)
            status = os.fstat(self._descriptor)
            index.put_pack(self._path.name, status.st_size, status.st_mtime_ns)

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def damaged(folder: Path, index: Index, wanted: Mapping[str, Outcome]) -> set[str]:
    """Return the content hashes in `wanted` whose pixels are gone or changed.

    A pack of the size and time it had when last found sound is trusted: to sum 7 GB takes seconds a start.
    Any other pack has the CRC-32 of each wanted photo checked; `wanted` must be all that the pack holds, as the
    pack is trusted from then on.
    """
    known = {row.name: row for row in index.packs()}
    by_pack: dict[str, list[tuple[str, Place]]] = {}
    for digest, outcome in wanted.items():
        if isinstance(outcome, Place):
            by_pack.setdefault(outcome.pack, []).append((digest, outcome))
    bad: set[str] = set()
    for name, places in by_pack.items():
        try:
            status = (folder / name).stat()
            row = known.get(name)
            trusted = row is not None and (row.size_bytes, row.mtime_ns) == (
                status.st_size,
                status.st_mtime_ns,
            )
            if not trusted:
                with map_pack(folder / name) as mapped:
                    bad.update(digest for digest, place in places if not is_sound(mapped, place))
                index.put_pack(name, status.st_size, status.st_mtime_ns)
        except (OSError, ValueError):  # absent, unreadable or empty
            bad.update(digest for digest, _ in places)
    return bad


def prune(folder: Path, index: Index, limit_bytes: int, in_use: Collection[str]) -> None:
    """Drop packs that no index knows, and the longest unused, not in use, until all fit in `limit_bytes`."""
    rows = index.packs()
    on_disk = {path.name: path.stat() for path in folder.glob("*.pack")}
    total = sum(status.st_size for status in on_disk.values())
    dropped = [row.name for row in rows if row.name not in on_disk]
    for row in rows:
        if total <= limit_bytes:
            break
        if row.name in on_disk and row.name not in in_use:
            dropped.append(row.name)
            total -= on_disk[row.name].st_size
    named = {row.name for row in rows}
    old = time.time() - _ORPHAN_SECONDS
    orphans = [name for name, status in on_disk.items() if name not in named and status.st_mtime < old]
    index.drop_packs(dropped)
    for name in (*dropped, *orphans):
        try:
            (folder / name).unlink(missing_ok=True)
        except OSError:
            continue  # Windows keeps a file that another process has mapped; the next start tries again
