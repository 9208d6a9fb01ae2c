"""Draw whole groups at random where all photos would take too long."""

from collections.abc import Sequence

import numpy as np

from unseen.records import Int64Array
from unseen.seeds import generator


def some_groups(groups: Sequence[str], most: int, seed: int, *purpose: str) -> Int64Array:
    """Return ascending positions of whole groups that hold `most` photos or a little more; all where they are fewer."""
    if len(groups) <= most:
        return np.arange(len(groups))
    kinds, index, sizes = np.unique(np.array(groups), return_inverse=True, return_counts=True)
    order = generator(seed, *purpose).permutation(len(kinds))
    kept = order[: 1 + int(np.searchsorted(np.cumsum(sizes[order]), most))]
    return np.flatnonzero(np.isin(index, kept)).astype(np.int64)
