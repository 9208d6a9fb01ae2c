"""Pack files of raw RGBA pixels and where each photo lies in them in; read-only mapped arrays out."""

import mmap
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from unseen.records import Int64Array, Uint8Array


@dataclass(frozen=True, slots=True)
class Place:
    """Where the pixels of one photo lie: 4 * height * width bytes from `offset` on in the file `pack`."""

    pack: str
    offset: int
    height: int
    width: int
    crc32: int

    @property
    def end(self) -> int:
        """First byte after the photo."""
        return self.offset + 4 * self.height * self.width


class PixelStore(Sequence[Uint8Array]):
    """N decoded photos as a read-only sequence of (H, W, 4) RGBA uint8; the system pages them in and out.

    Goes to worker processes by path, not by content: each maps the files itself.
    """

    def __init__(self, folder: Path, places: Sequence[Place]) -> None:
        self._folder = folder
        self._places = tuple(places)
        self._maps = {name: map_pack(folder / name) for name in {place.pack for place in places}}

    def __reduce__(self) -> tuple[type["PixelStore"], tuple[Path, tuple[Place, ...]]]:
        return PixelStore, (self._folder, self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> Uint8Array:  # type: ignore[override]  # slices would hide a copy
        """Return photo `index` as (H, W, 4) uint8, a view that cannot be written."""
        place = self._places[index]
        return view(self._maps[place.pack], place)

    @property
    def shapes(self) -> Int64Array:
        """Height and width of each photo in pixels, (N, 2) int64."""
        return np.array([(place.height, place.width) for place in self._places], dtype=np.int64).reshape(-1, 2)


def map_pack(path: Path) -> mmap.mmap:
    """Map a whole pack file for reading; raise `OSError` if it is absent, `ValueError` if it is empty."""
    with path.open("rb") as stream:
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)


def view(mapped: mmap.mmap, place: Place) -> Uint8Array:
    """Return the pixels at `place` as (H, W, 4) uint8 without copying them."""
    flat = np.frombuffer(mapped, dtype=np.uint8, count=place.end - place.offset, offset=place.offset)
    return flat.reshape(place.height, place.width, 4)


def is_sound(mapped: mmap.mmap, place: Place) -> bool:
    """Say whether the bytes at `place` are the ones that were written."""
    if place.end > len(mapped):
        return False
    return zlib.crc32(memoryview(mapped)[place.offset : place.end]) == place.crc32
