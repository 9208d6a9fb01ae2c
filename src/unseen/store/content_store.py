"""Keep what can be made again under a key of its content: its bytes in pack files, a JSON row in an index.

Each process appends to a pack of its own, so two never write one file. Bytes are on disk before the index speaks of
them. Damaged or absent content is forgotten, and the packs longest unused go when there are too many bytes.
"""

import json
import os
import sqlite3
import time
import uuid
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unseen.errors import CannotWrite
from unseen.store.folder import cache_root, writable
from unseen.store.mapped import MappedArrays, Place, is_sound, map_pack

INDEX = "store.sqlite"
_TABLES = """
CREATE TABLE IF NOT EXISTS entries (
  key TEXT PRIMARY KEY, row TEXT, pack TEXT, at INTEGER, bytes INTEGER, crc32 INTEGER) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entries_by_pack ON entries (pack);
CREATE TABLE IF NOT EXISTS packs (
  name TEXT PRIMARY KEY, bytes INTEGER, mtime_ns INTEGER, used REAL) WITHOUT ROWID;
"""
_ORPHAN_SECONDS = 3600.0  # a file that the index does not know may be a pack that another process has just begun


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that is kept. row: JSON-ready facts. place: where its bytes lie, `None` where it has none."""

    row: Mapping[str, Any]
    place: Place | None = None


@contextmanager
def open_store(
    kind: str, limit_bytes: int, say: Callable[[str], None] = lambda _: None, folder: Path | None = None
) -> Iterator["ContentStore"]:
    """Open the store of `kind` under the cache folder, a temporary one where that cannot be written (`say` is told).

    folder: see `cache_root`. Raises `UnseenError` where the store cannot be used, such as on a full disk.
    """
    root, notice = writable(cache_root(folder))
    if notice:
        say(notice)
    try:
        (root / kind).mkdir(exist_ok=True)
        with closing(ContentStore(root / kind, limit_bytes)) as store:
            yield store
    except (OSError, sqlite3.Error) as error:
        what = f"cache {root / kind} cannot be used ({error})"
        raise CannotWrite(what, "free some space, delete it, or set UNSEEN_CACHE to another folder") from None


class ContentStore:
    """One connection to the index in `folder`.

    limit_bytes: of all packs; those that this connection found or wrote stay even if they alone are more.
    """

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self.folder = folder
        self._limit_bytes = limit_bytes
        self._connection = _connect(folder / INDEX)
        self._pack = f"{uuid.uuid4().hex}.pack"
        self._descriptor: int | None = None
        self._end = 0
        self._new: list[tuple[str, Entry]] = []
        self._trusted: set[str] = set()  # packs in use that were found sound, or are this connection's own

    def find(self, keys: Iterable[str]) -> dict[str, Entry]:
        """Return what is kept under each of `keys`, as far as it is committed and sound."""
        listed = json.dumps(list(dict.fromkeys(keys)))
        rows = self._connection.execute(
            "SELECT entries.* FROM json_each(?) JOIN entries ON entries.key = json_each.value", (listed,)
        )
        found = {row[0]: Entry(json.loads(row[1]), Place(*row[2:]) if row[2] else None) for row in rows}
        named = {entry.place.pack for entry in found.values() if entry.place} - self._trusted
        bad = {key for name in sorted(named) for key in self._damaged(name)}
        self._trusted |= named
        return {key: entry for key, entry in found.items() if key not in bad}

    def keys(self, prefix: str) -> set[str]:
        """Return the committed keys that begin with `prefix`; whether their content is sound only `find` tells."""
        rows = self._connection.execute(
            "SELECT key FROM entries WHERE key >= ? AND key < ?", (prefix, prefix + "\U0010ffff")
        )
        return {row[0] for row in rows}

    def add(self, key: str, row: Mapping[str, Any], content: bytes | memoryview | None = None) -> Entry:
        """Append `content` and keep it with `row` under `key`, in place of what was there; safe after `commit`."""
        entry = Entry(row, None if content is None else self._append(memoryview(content)))
        self._new.append((key, entry))
        return entry

    def commit(self) -> None:
        """Force what was added to disk: a power cut must not leave zeros behind that the index calls content."""
        with self._connection:
            if self._descriptor is not None:
                os.fsync(self._descriptor)
                self._trust(self._pack, os.fstat(self._descriptor))
            self._connection.executemany(
                "INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?, ?)",
                ((key, json.dumps(entry.row), *_columns(entry.place)) for key, entry in self._new),
            )
            self._new = []

    def arrays(self, entries: Sequence[Entry]) -> MappedArrays:
        """Return the content of `entries`, each in the shape that its row states as `shape`, else flat."""
        places = [entry.place for entry in entries if entry.place is not None]
        shapes = [tuple(e.row.get("shape") or [e.place.size]) for e in entries if e.place is not None]
        return MappedArrays(self.folder, places, shapes)

    def close(self) -> None:
        """Commit, drop the packs that are too many, and close."""
        try:
            self.commit()
            self._prune()
        finally:
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None
            self._connection.close()

    def _append(self, content: memoryview) -> Place:
        if self._descriptor is None:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            self._descriptor = os.open(self.folder / self._pack, flags, 0o600)
            self._trusted.add(self._pack)
        place = Place(self._pack, self._end, content.nbytes, zlib.crc32(content))
        while content:
            content = content[os.write(self._descriptor, content) :]
        self._end += place.size
        return place

    def _trust(self, name: str, status: os.stat_result) -> None:
        """Remember a pack as sound at this size and time; a new one counts as used now."""
        self._connection.execute(
            "INSERT INTO packs VALUES (?, ?, ?, ?) "
            "ON CONFLICT (name) DO UPDATE SET bytes = excluded.bytes, mtime_ns = excluded.mtime_ns",
            (name, status.st_size, status.st_mtime_ns, time.time()),
        )

    def _damaged(self, name: str) -> set[str]:
        """Forget the entries of a pack whose bytes are gone or changed; return their keys.

        A pack of the size and time it had when last found sound is trusted: to sum 7 GB takes seconds a start. Of any
        other each entry is checked.
        """
        known = self._connection.execute("SELECT bytes, mtime_ns FROM packs WHERE name = ?", (name,)).fetchone()
        rows = "SELECT key, pack, at, bytes, crc32 FROM entries WHERE pack = ?"
        with self._connection:
            try:
                status = (self.folder / name).stat()
                if known == (status.st_size, status.st_mtime_ns):
                    return set()
                with map_pack(self.folder / name) as mapped:
                    entries = self._connection.execute(rows, (name,))
                    bad = {row[0] for row in entries if not is_sound(mapped, Place(*row[1:]))}
                self._trust(name, status)
            except (OSError, ValueError):  # absent, unreadable or empty
                bad = {row[0] for row in self._connection.execute(rows, (name,))}
            self._connection.executemany("DELETE FROM entries WHERE key = ?", ((key,) for key in bad))
        return bad

    def _prune(self) -> None:
        """Drop files that the index does not know, and the packs longest unused, until the rest fit in the limit."""
        on_disk = {path.name: path.stat() for path in self.folder.iterdir() if not path.name.startswith(INDEX)}
        now, total = time.time(), sum(status.st_size for status in on_disk.values())
        with self._connection:
            touched = ((now, name) for name in self._trusted)
            self._connection.executemany("UPDATE packs SET used = ? WHERE name = ?", touched)
            known = [row[0] for row in self._connection.execute("SELECT name FROM packs ORDER BY used, name")]
            dropped = [name for name in known if name not in on_disk]
            for name in known:
                if total > self._limit_bytes and name in on_disk and name not in self._trusted:
                    dropped.append(name)
                    total -= on_disk[name].st_size
            self._connection.executemany("DELETE FROM entries WHERE pack = ?", ((name,) for name in dropped))
            self._connection.executemany("DELETE FROM packs WHERE name = ?", ((name,) for name in dropped))
        orphans = set(on_disk) - set(known) - self._trusted
        dropped += [name for name in orphans if on_disk[name].st_mtime < now - _ORPHAN_SECONDS]
        for name in dropped:
            try:
                (self.folder / name).unlink(missing_ok=True)
            except OSError:
                continue  # Windows keeps a file that another process has mapped; the next start tries again


def _connect(path: Path) -> sqlite3.Connection:
    """Open an index; a damaged one is begun again, since all of it can be made again."""
    try:
        return _open(path)
    except sqlite3.OperationalError:  # locked, or the disk is full: not damaged
        raise
    except sqlite3.DatabaseError:
        path.unlink(missing_ok=True)
        return _open(path)


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=60.0)  # seconds to wait for another process's commit
    try:
        connection.executescript(_TABLES)
        connection.execute("SELECT count(*) FROM packs").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _columns(place: Place | None) -> tuple[str | int | None, ...]:
    return (None, None, None, None) if place is None else (place.pack, place.offset, place.size, place.crc32)
