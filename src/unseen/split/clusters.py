"""Cluster similar photos by union-find that knows how similar its clusters are."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from unseen.records import Float32Array, Int64Array

SUMMED = 16  # photos from which on a cluster's sum is kept: at most N / 16 sums of 4 kB, instead of one a photo
GATHERED = 1024  # thumbnails in memory at once, 4 MB

Thumbs = Callable[[Sequence[int]], Float32Array]


class Clusters:
    """Disjoint sets of N photos, whose thumbnails `thumbs(positions)` returns at unit norm, (n, D) float32.

    The dot product of two clusters' mean thumbnails is the mean correlation over all pairs across them
    (average link), so a merge can be judged by whole clusters at the price of one product.
    """

    def __init__(self, photos: int, thumbs: Thumbs | None = None) -> None:
        self._root = np.arange(photos, dtype=np.int64)
        self._members: dict[int, list[int]] = {}
        self._thumbs = thumbs
        self._sums: dict[int, Float32Array] = {}

    @property
    def roots(self) -> Int64Array:
        """The representative of each photo's cluster, (N,) int64; always up to date, read only."""
        return self._root

    def members(self, position: int) -> list[int]:
        """Return the positions of every photo in the cluster of `position`."""
        root = int(self._root[position])
        return self._members.get(root, [root])

    def average_link(self, a: int, b: int) -> float:
        """Return the mean correlation between the photos of the clusters of `a` and `b`."""
        dot = float(self._sum(int(self._root[a])) @ self._sum(int(self._root[b])))
        return dot / (len(self.members(a)) * len(self.members(b)))

    def merge(self, a: int, b: int) -> bool:
        """Join the clusters of `a` and `b`; return whether they were apart."""
        large, small = int(self._root[a]), int(self._root[b])
        if large == small:
            return False
        if len(self.members(large)) < len(self.members(small)):
            large, small = small, large
        # Small into large: a photo is relabelled at most log2(N) times, and `roots` stays one array to compare.
        moved = self._members.pop(small, [small])
        self._root[moved] = large
        self._members.setdefault(large, [large]).extend(moved)
        if large in self._sums:
            self._sums[large] += self._sum(small, moved)
        self._sums.pop(small, None)
        return True

    def _sum(self, root: int, members: list[int] | None = None) -> Float32Array:
        """Return the sum of the thumbnails of one cluster, (D,) float32."""
        if root in self._sums:
            return self._sums[root]
        if self._thumbs is None:
            raise ValueError("clusters made without thumbnails have no average link")
        members = self.members(root) if members is None else members
        total: Float32Array = np.zeros_like(self._thumbs(members[:1])[0])
        for start in range(0, len(members), GATHERED):
            total += self._thumbs(members[start : start + GATHERED]).sum(axis=0)
        if len(members) >= SUMMED:
            self._sums[root] = total
        return total

    def merge_equal(self, keys: Sequence[str | None]) -> None:
        """Join all photos with the same key; `None` joins nothing."""
        first: dict[str, int] = {}
        for i, key in enumerate(keys):
            if key is not None:
                self.merge(first.setdefault(key, i), i)

    def together(self, a: Int64Array, b: Int64Array) -> npt.NDArray[np.bool_]:
        """Say which pairs are in one cluster, (n,) bool."""
        same: npt.NDArray[np.bool_] = self._root[a] == self._root[b]
        return same
