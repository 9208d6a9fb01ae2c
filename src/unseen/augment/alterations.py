"""What a camera or a hand may do to whole photos: the named alterations, and photos altered by them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from unseen.records import Images, Int64Array, Uint8Array

# What a camera or a hand may do to a whole set of photos; each (H, W, C) uint8 to the same photo altered.
ALTERATIONS: Mapping[str, Callable[[Uint8Array], Uint8Array]] = {
    "mirrored": lambda photo: photo[:, ::-1],
    "turned left": lambda photo: np.rot90(photo),
    "turned right": lambda photo: np.rot90(photo, 3),
    "upside down": lambda photo: photo[::-1, ::-1],
}


@dataclass(frozen=True, slots=True)
class Altered:
    """The photos at `positions`, all as the first of `hows` makes them, then all as the next: one pass for all."""

    photos: Images
    positions: Int64Array
    hows: tuple[Callable[[Uint8Array], Uint8Array], ...]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.positions) * len(self.hows)

    def __getitem__(self, position: int, /) -> Uint8Array:
        """Return one altered photo."""
        how, which = divmod(position, len(self.positions))
        return np.ascontiguousarray(self.hows[how](self.photos[int(self.positions[which])]))
