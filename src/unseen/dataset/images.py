"""Select from decoded photos and join them without copying a pixel."""

from collections.abc import Sequence
from dataclasses import dataclass

from unseen.records import Images, Uint8Array


@dataclass(frozen=True, slots=True)
class SelectedImages:
    """The photos at `positions` of `images`, in that order; an `Images`."""

    images: Images
    positions: Sequence[int]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.positions)

    def __getitem__(self, position: int, /) -> Uint8Array:
        """Return one photo."""
        return self.images[self.positions[position]]


@dataclass(frozen=True, slots=True)
class JoinedImages:
    """The photos of `first`, then those of `second`; an `Images`."""

    first: Images
    second: Images

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.first) + len(self.second)

    def __getitem__(self, position: int, /) -> Uint8Array:
        """Return one photo; raise `IndexError` beyond the last."""
        if not 0 <= position < len(self):
            raise IndexError(position)
        start = len(self.first)
        return self.first[position] if position < start else self.second[position - start]
