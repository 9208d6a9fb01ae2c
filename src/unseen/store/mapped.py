"""Map byte ranges of pack files into memory as read-only arrays."""

import mmap
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from unseen.records import Uint8Array


@dataclass(frozen=True, slots=True)
class Place:
    """Where content lies: `size` bytes from `offset` on in the file `pack`, with their CRC-32."""

    pack: str
    offset: int
    size: int
    crc32: int


class MappedArrays(Sequence[Uint8Array]):
    """N uint8 arrays in pack files, read-only; the operating system pages them in and out.

    Goes to worker processes by path, not by content: each maps the files itself.
    """

    def __init__(self, folder: Path, places: Sequence[Place], shapes: Sequence[tuple[int, ...]]) -> None:
        self._folder = folder
        self._places, self._shapes = tuple(places), tuple(shapes)
        self._maps = {name: map_pack(folder / name) for name in {place.pack for place in places}}

    def __reduce__(self) -> tuple[type["MappedArrays"], tuple[Path, tuple[Place, ...], tuple[tuple[int, ...], ...]]]:
        return MappedArrays, (self._folder, self._places, self._shapes)

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> Uint8Array:  # type: ignore[override]  # slices would hide a copy
        """Return array `index`, a view that cannot be written."""
        place = self._places[index]
        flat = np.frombuffer(self._maps[place.pack], dtype=np.uint8, count=place.size, offset=place.offset)
        return flat.reshape(self._shapes[index])


def map_pack(path: Path) -> mmap.mmap:
    """Map a whole pack file for reading; raise `OSError` if it is absent, `ValueError` if it is empty."""
    with path.open("rb") as stream:
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)


def is_sound(mapped: mmap.mmap, place: Place) -> bool:
    """Say whether the bytes at `place` are the ones that were written."""
    end = place.offset + place.size
    return end <= len(mapped) and zlib.crc32(memoryview(mapped)[place.offset : end]) == place.crc32
