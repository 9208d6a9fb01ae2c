"""Mattes by content key in; a memory-mapped pack of alphas and their places out, kept for the next run."""

import os
import sqlite3
import time
import uuid
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from unseen.masks.mask import Mask, Method
from unseen.store.pixels import map_pack

LIMIT_BYTES = 4 * 2**30
_TABLES = """
CREATE TABLE IF NOT EXISTS mattes (
  key TEXT PRIMARY KEY, sure REAL, method TEXT, height INTEGER, width INTEGER, pack TEXT, at INTEGER, crc32 INTEGER
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS packs (name TEXT PRIMARY KEY, used REAL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """A matte in the store: height * width bytes of alpha from `at` on in the file `pack`, none where unusable."""

    sure: float
    method: Method
    height: int
    width: int
    pack: str | None
    at: int
    crc32: int


class MatteStore:
    """One connection to the mattes under `folder`; each process appends to a pack of its own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._connection = _connect(folder / "mattes.sqlite")
        self._pack = f"{uuid.uuid4().hex}.pack"
        self._descriptor: int | None = None
        self._end = 0
        self._new: list[tuple[str, Kept]] = []

    def close(self) -> None:
        """Commit and close."""
        self.commit()
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        self._connection.close()

    def known(self, keys: Sequence[str]) -> dict[str, Kept]:
        """Return what is kept of `keys` and still sound; packs that others hold are dropped beyond the limit."""
        wanted = set(keys)
        rows = self._connection.execute("SELECT * FROM mattes")
        found = {row[0]: Kept(*row[1:]) for row in rows if row[0] in wanted}
        bad = self._damaged(found)
        self._prune({kept.pack for kept in found.values() if kept.pack})
        return {key: kept for key, kept in found.items() if key not in bad}

    def add(self, key: str, matte: Mask) -> Kept:
        """Append a matte; it is safe on disk after `commit`. The alpha of an unusable one is not kept."""
        height, width = matte.alpha.shape
        pack, at, crc = None, 0, 0
        if matte.usable:
            if self._descriptor is None:
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
                self._descriptor = os.open(self.folder / self._pack, flags, 0o600)
            content = memoryview(matte.alpha.tobytes())
            pack, at, crc = self._pack, self._end, zlib.crc32(content)
            while content:
                written = os.write(self._descriptor, content)
                content, self._end = content[written:], self._end + written
        kept = Kept(matte.confidence, matte.method, height, width, pack, at, crc)
        self._new.append((key, kept))
        return kept

    def commit(self) -> None:
        """Force what was added to disk, alphas before the rows that speak of them."""
        if self._descriptor is not None:
            os.fsync(self._descriptor)
        with self._connection:
            self._connection.executemany(
                "INSERT OR REPLACE INTO mattes VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                ((key, k.sure, k.method, k.height, k.width, k.pack, k.at, k.crc32) for key, k in self._new),
            )
            self._touch({kept.pack for _, kept in self._new if kept.pack})
        self._new = []

    def _touch(self, packs: Iterable[str]) -> None:
        now = time.time()
        self._connection.executemany("INSERT OR REPLACE INTO packs VALUES (?, ?)", ((name, now) for name in packs))

    def _damaged(self, found: Mapping[str, Kept]) -> set[str]:
        """Return the keys whose alphas are gone or changed; a sum over 1 GB takes a third of a second."""
        by_pack: dict[str, list[tuple[str, Kept]]] = {}
        for key, kept in found.items():
            if kept.pack:
                by_pack.setdefault(kept.pack, []).append((key, kept))
        bad: set[str] = set()
        for name, entries in by_pack.items():
            try:
                with map_pack(self.folder / name) as mapped, memoryview(mapped) as content:
                    bad.update(key for key, k in entries if zlib.crc32(content[k.at : k.at + _bytes(k)]) != k.crc32)
            except (OSError, ValueError):  # absent, unreadable or empty
                bad.update(key for key, _ in entries)
        return bad

    def _prune(self, in_use: set[str]) -> None:
        """Drop the packs longest unused until the rest fit in the limit."""
        with self._connection:
            self._touch(in_use)
            rows = self._connection.execute("SELECT name FROM packs ORDER BY used, name").fetchall()
            sizes = {path.name: path.stat().st_size for path in self.folder.glob("*.pack")}
            total = sum(sizes.values())
            for (name,) in rows:
                if total <= LIMIT_BYTES:
                    break
                if name not in in_use:
                    self._connection.execute("DELETE FROM mattes WHERE pack = ?", (name,))
                    self._connection.execute("DELETE FROM packs WHERE name = ?", (name,))
                    (self.folder / name).unlink(missing_ok=True)
                    total -= sizes.get(name, 0)


def _bytes(kept: Kept) -> int:
    return kept.height * kept.width


def _connect(path: Path) -> sqlite3.Connection:
    """Open the index; a damaged one is begun anew, since all of it can be made again."""
    for _ in range(2):
        connection = sqlite3.connect(path, timeout=60.0)  # seconds to wait for another process's commit
        try:
            connection.executescript(_TABLES)
            connection.execute("SELECT count(*) FROM mattes").fetchone()
        except sqlite3.OperationalError:  # locked, or the disk is full: not damaged
            connection.close()
            raise
        except sqlite3.DatabaseError:
            connection.close()
            path.unlink(missing_ok=True)
        else:
            return connection
    raise sqlite3.DatabaseError(f"{path} cannot be made")
