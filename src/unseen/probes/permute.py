"""Shuffle labels but keep together what was photographed together."""

from collections.abc import Sequence

import numpy as np

from unseen.records import Int64Array

MIN_ARRANGEMENTS = 1000  # ten times what a p-value of 0.01 takes


class BlockShuffle:
    """Draws labellings under the null hypothesis that labels say nothing of the photos.

    Photos of one class in one group are a block that was taken in one go; shuffling them one by one would make any
    light that lasted longer than one photo look like proof. So blocks keep together: those of a group with several
    classes exchange labels within the group, and groups of one class exchange theirs with each other. Where that
    leaves too few different labellings to reach p < 0.01, photos are shuffled one by one within their group, or
    over all groups where groups have one class each.
    """

    def __init__(self, labels: Int64Array, groups: Sequence[str]) -> None:
        group = np.unique(np.array(groups), return_inverse=True)[1]
        classes = int(labels.max()) + 1
        self._labels = labels
        self._blocks, self._block = np.unique(group * classes + labels, return_inverse=True)
        self._block_label = self._blocks % classes
        owner = self._blocks // classes
        sizes = np.bincount(owner)
        pure = sizes[owner] == 1
        sets = [np.flatnonzero(pure)] + [np.flatnonzero(owner == g) for g in np.flatnonzero(sizes > 1)]
        self._exchange = [blocks for blocks in sets if len(blocks) > 1]
        self.by_block = self._log_arrangements() >= np.log(MIN_ARRANGEMENTS)
        photo_pure = pure[self._block]
        self._photos = [np.flatnonzero(photo_pure)] + [np.flatnonzero(group == g) for g in np.flatnonzero(sizes > 1)]

    def _log_arrangements(self) -> float:
        """Logarithm of how many different labellings the blocks can take."""
        total = 0.0
        for blocks in self._exchange:
            alike = np.bincount(self._block_label[blocks])
            total += _log_factorial(len(blocks)) - sum(_log_factorial(int(n)) for n in alike)
        return total

    def draw(self, rng: np.random.Generator) -> Int64Array:
        """Return one shuffled labelling, (N,) int64."""
        if not self.by_block:
            drawn = self._labels.copy()
            for photos in self._photos:
                drawn[photos] = rng.permutation(drawn[photos])
            return drawn
        labels = self._block_label.copy()
        for blocks in self._exchange:
            labels[blocks] = rng.permutation(labels[blocks])
        moved: Int64Array = labels[self._block]
        return moved


def _log_factorial(n: int) -> float:
    return float(np.log(np.arange(1, n + 1)).sum())
