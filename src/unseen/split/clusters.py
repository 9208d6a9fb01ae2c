"""Union-find over photos that knows how alike its clusters are: links in, cluster roots out."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from unseen.records import Float32Array, Int64Array


class Clusters:
    """Disjoint sets of N photos, each with the sum of its thumbnails.

    The dot product of two clusters' mean thumbnails is the mean correlation over all pairs across them
    (average link), so a merge can be judged by whole clusters at the price of one product.
    """

    def __init__(self, thumbs: Float32Array) -> None:
        self._root = np.arange(len(thumbs), dtype=np.int64)
        self._members: dict[int, list[int]] = {}
        self._sums = thumbs.copy()

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
        dot = float(self._sums[self._root[a]] @ self._sums[self._root[b]])
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
        self._sums[large] += self._sums[small]
        return True

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
