"""Read the variables of a SavedModel: an index, a table of LevelDB's format, and the files of numbers that it names.

The formats: tensorflow/core/util/tensor_bundle and leveldb/doc/table_format.md. Nothing is taken on trust: every place
and size is compared with what there is before it is read.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from unseen.errors import UnseenError
from unseen.foreign.tensorflow.stored_numbers import DTYPES, Numbers, as_computed, dims
from unseen.models import wire

_FOOTER, _MAGIC = 48, bytes.fromhex("57fb808b247547db")
_MAX_INDEX_BYTES, _MAX_KEY_BYTES = 2**22, 1024
_SHARDS, _DTYPE, _SHAPE, _SHARD, _PLACE, _BYTES, _SLICES = 1, 1, 2, 3, 4, 5, 7
_DAMAGED = "variables.index is damaged or ends too early: copy the folder again"


@dataclass(frozen=True, slots=True)
class Bundle:
    """The entries of an index by key, and the files that they lie in."""

    entries: dict[str, bytes]
    files: tuple[Path, ...]

    def read(self, key: str) -> Numbers:
        """Return the numbers of a variable, as a view of its file where that can be."""
        entry = self.entries.get(key)
        if entry is None:
            raise UnseenError(f"its files hold no variable {key[:80]!r}: copy the folder again")
        shape, kind = dims(b"".join(wire.parts(entry, _SHAPE))), wire.whole(entry, _DTYPE)
        place, held, shard = (wire.whole(entry, number) for number in (_PLACE, _BYTES, _SHARD))
        if kind not in DTYPES or wire.parts(entry, _SLICES):
            raise UnseenError(f"variable {key[:80]!r} is stored in parts or is no number: export the model again")
        dtype = np.dtype(DTYPES[kind])
        if math.prod(shape) * dtype.itemsize != held:
            raise UnseenError(f"variable {key[:80]!r} has {held:,} bytes and a shape of {shape}: copy the folder again")
        if shard >= len(self.files) or not self.files[shard].is_file():
            raise UnseenError("a file of its variables is missing: copy the whole folder, variables/ with it")
        if place + held > self.files[shard].stat().st_size:
            raise UnseenError(f"{self.files[shard].name} ends before variable {key[:80]!r}: copy the folder again")
        if not held:
            return np.zeros(shape, np.float32)
        return as_computed(np.memmap(self.files[shard], dtype.newbyteorder("<"), "r", place, shape), kind)


def open_bundle(folder: Path) -> Bundle:
    """Return the bundle `variables` of a SavedModel's folder."""
    index = folder / "variables" / "variables.index"
    if not index.is_file():
        raise UnseenError("variables/variables.index is missing: copy the whole folder, variables/ with it")
    if index.stat().st_size > _MAX_INDEX_BYTES:
        raise UnseenError("variables.index is larger than that of any classifier: export the model again")
    entries = {key.decode("utf-8", "replace"): value for key, value in _table(index.read_bytes())}
    shards = wire.whole(entries.pop("", b""), _SHARDS, 1)
    if not 0 < shards <= len(entries) + 1:
        raise UnseenError(_DAMAGED)
    names = [f"variables.data-{number:05d}-of-{shards:05d}" for number in range(shards)]
    return Bundle(entries, tuple(index.with_name(name) for name in names))


def _table(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the keys and values of a table: its last block lists the others."""
    if len(content) < _FOOTER or content[-8:] != _MAGIC:
        raise UnseenError(_DAMAGED)
    footer = content[-_FOOTER:]
    _, place = _handle(footer, 0)  # of a block that nothing is in
    blocks, _ = _handle(footer, place)
    seen = 0
    for _, where in _entries(_block(content, *blocks)):
        (start, held), _ = _handle(where, 0)
        seen += held
        if seen > len(content):  # one block listed again and again
            raise UnseenError(_DAMAGED)
        yield from _entries(_block(content, start, held))


def _handle(content: bytes, place: int) -> tuple[tuple[int, int], int]:
    start, place = wire.varint(content, place)
    held, place = wire.varint(content, place)
    return (start, held), place


def _block(content: bytes, start: int, held: int) -> bytes:
    if start + held + 1 > len(content):
        raise UnseenError(_DAMAGED)
    if content[start + held]:
        raise UnseenError("variables.index is compressed, which TensorFlow's own writer never does: export it again")
    return content[start : start + held]


def _entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the keys and values of a block; a key has so many letters of the one before it."""
    restarts = int.from_bytes(block[-4:], "little") if len(block) >= 4 else 0
    end, place, key = len(block) - 4 * (restarts + 1), 0, b""
    if end < 0:
        raise UnseenError(_DAMAGED)
    while place < end:
        shared, place = wire.varint(block, place)
        own, place = wire.varint(block, place)
        held, place = wire.varint(block, place)
        if shared > len(key) or shared + own > _MAX_KEY_BYTES or place + own + held > end:
            raise UnseenError(_DAMAGED)
        key = key[:shared] + block[place : place + own]
        yield key, block[place + own : place + own + held]
        place += own + held
