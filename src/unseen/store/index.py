"""The cache's SQLite index: file and content hashes in; where the pixels lie, or why there are none, out."""

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from unseen.store.pixels import Place

_TABLES = """
CREATE TABLE IF NOT EXISTS photos (
  digest TEXT, side_px INTEGER, decoder TEXT, reason TEXT,
  pack TEXT, at INTEGER, height INTEGER, width INTEGER, crc32 INTEGER,
  PRIMARY KEY (digest, side_px, decoder)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (
  path TEXT PRIMARY KEY, bytes INTEGER, mtime_ns INTEGER, inode INTEGER, digest TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS packs (
  name TEXT PRIMARY KEY, bytes INTEGER, mtime_ns INTEGER, used REAL) WITHOUT ROWID;
"""

Outcome = Place | str  # where the pixels are, or the reason why the photo was rejected


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What says that a file is the one read before, without reading it again."""

    path: str
    size_bytes: int
    mtime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class PackRow:
    """A pack as it was when last found sound; `used` is in seconds since 1970."""

    name: str
    size_bytes: int
    mtime_ns: int
    used: float


class Index:
    """One connection to `index.sqlite`; a damaged file is removed and begun anew."""

    def __init__(self, path: Path) -> None:
        try:
            self._connection = _connect(path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):  # locked, or the disk is full: not damaged
                raise
            path.unlink(missing_ok=True)
            self._connection = _connect(path)

    def close(self) -> None:
        """Close the connection; what was not committed is lost."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit at the end of the block, or nothing of it."""
        with self._connection:
            yield

    def digests(self) -> dict[FileStamp, str]:
        """Return the content hash of every file seen before."""
        rows = self._connection.execute("SELECT path, bytes, mtime_ns, inode, digest FROM files")
        return {FileStamp(*row[:4]): row[4] for row in rows}

    def outcomes(self, side_px: int, decoder: str) -> dict[str, Outcome]:
        """Return what is known of each content hash at this side and decoder."""
        rows = self._connection.execute(
            "SELECT digest, reason, pack, at, height, width, crc32 FROM photos WHERE side_px = ? AND decoder = ?",
            (side_px, decoder),
        )
        return {row[0]: row[1] if row[1] is not None else Place(*row[2:]) for row in rows}

    def add_files(self, stamps: Iterable[tuple[FileStamp, str]]) -> None:
        """Remember the content hash of files."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)",
            ((stamp.path, stamp.size_bytes, stamp.mtime_ns, stamp.inode, digest) for stamp, digest in stamps),
        )

    def add_outcomes(self, side_px: int, decoder: str, outcomes: Iterable[tuple[str, Outcome]]) -> None:
        """Remember where pixels lie, or why there are none, by content hash."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO photos VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            ((digest, side_px, decoder, *_columns(outcome)) for digest, outcome in outcomes),
        )

    def forget(self, side_px: int, decoder: str, digests: Iterable[str]) -> None:
        """Drop entries whose pixels were found damaged."""
        self._connection.executemany(
            "DELETE FROM photos WHERE side_px = ? AND decoder = ? AND digest = ?",
            ((side_px, decoder, digest) for digest in digests),
        )

    def packs(self) -> list[PackRow]:
        """Return all packs, the longest unused first."""
        return [PackRow(*row) for row in self._connection.execute("SELECT * FROM packs ORDER BY used, name")]

    def put_pack(self, name: str, size_bytes: int, mtime_ns: int) -> None:
        """Remember a pack as sound at this size and time; a new one counts as used now."""
        self._connection.execute(
            "INSERT INTO packs VALUES (?, ?, ?, ?) "
            "ON CONFLICT (name) DO UPDATE SET bytes = excluded.bytes, mtime_ns = excluded.mtime_ns",
            (name, size_bytes, mtime_ns, time.time()),
        )

    def touch_packs(self, names: Iterable[str]) -> None:
        """Remember packs as used now."""
        now = time.time()
        self._connection.executemany("UPDATE packs SET used = ? WHERE name = ?", ((now, name) for name in names))

    def drop_packs(self, names: Sequence[str]) -> None:
        """Forget packs and all that lies in them."""
        for name in names:
            self._connection.execute("DELETE FROM photos WHERE pack = ?", (name,))
            self._connection.execute("DELETE FROM packs WHERE name = ?", (name,))


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=60.0)  # seconds to wait for another process's commit
    try:
        connection.executescript(_TABLES)
        connection.execute("SELECT count(*) FROM photos").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _columns(outcome: Outcome) -> tuple[str | int | None, ...]:
    if isinstance(outcome, str):
        return outcome, None, None, None, None, None
    return None, outcome.pack, outcome.offset, outcome.height, outcome.width, outcome.crc32
