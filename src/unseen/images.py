"""Read photos as another set of photos: some of them, each changed, one set after another.

Nothing is read or computed before a photo is asked for.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from unseen.records import Images, Int64Array, Uint8Array


@dataclass(frozen=True, slots=True)
class LazyImages:
    """`count` photos that `read` returns by position, (H, W, 3 or 4) uint8 each; an `Images`."""

    count: int
    read: Callable[[int], Uint8Array]

    def __len__(self) -> int:
        """Return how many there are."""
        return self.count

    def __getitem__(self, position: int, /) -> Uint8Array:
        """Return one photo; raise `IndexError` beyond the last, so that a loop over the photos ends."""
        if not -self.count <= position < self.count:
            raise IndexError(f"photo {position} of {self.count}")
        return self.read(position % self.count)


def subset(images: Images, positions: Int64Array | Sequence[int]) -> LazyImages:
    """Return the photos at `positions`, in that order."""
    return LazyImages(len(positions), lambda i: images[int(positions[i])])


def transform(images: Images, change: Callable[[Uint8Array], Uint8Array]) -> LazyImages:
    """Return each photo as `change` makes it, contiguous in memory."""
    return LazyImages(len(images), lambda i: np.ascontiguousarray(change(images[i])))


def concat(parts: Sequence[Images]) -> LazyImages:
    """Return the photos of the first part, then those of the next."""
    ends = np.cumsum([len(part) for part in parts])

    def read(position: int) -> Uint8Array:
        which = int(np.searchsorted(ends, position, side="right"))
        return parts[which][position - int(ends[which]) + len(parts[which])]

    return LazyImages(int(ends[-1]) if len(ends) else 0, read)


def substitute(images: Images, others: Images, positions: Mapping[int, int]) -> LazyImages:
    """Return `images`, but at the keys of `positions` the photo of `others` at their value."""
    return LazyImages(len(images), lambda i: others[positions[i]] if i in positions else images[i])
