"""Put photos into folds for cross-validation; groups stay whole."""

from collections.abc import Sequence

import numpy as np

from unseen.errors import UnseenError
from unseen.records import Int64Array
from unseen.split.assign import assign
from unseen.text import count

CLASS_NEED = 4.0  # cost of a class missing from a fold, above any unevenness


def group_folds(labels: Int64Array, groups: Sequence[str], k: int, seed: int) -> Int64Array:
    """Return the fold, (N,) int64 in [0, k), of each photo; folds are near equal in photos and in classes.

    labels: (N,) int64 class indices. groups: N group names; no group is in two folds, and no fold is empty.
    Raises `UnseenError` where there are fewer groups than folds.
    """
    if k < 2:
        raise UnseenError(f"{count(k, 'fold')} requested, 2 is the least: ask for 2 or more")
    names, index = np.unique(np.array(groups), return_inverse=True)
    if len(names) < k:
        use = f"ask for {len(names)}, or name" if len(names) > 1 else "name"
        raise UnseenError(f"{count(len(names), 'group')} found, {k} folds requested: {use} groups with --groups FILE")
    counts = np.zeros((len(names), int(labels.max()) + 1), np.int64)
    np.add.at(counts, (index, labels), 1)
    counts = counts[:, counts.any(axis=0)]
    folds: Int64Array = assign(counts, np.full(k, 1 / k), np.full(k, CLASS_NEED), seed, f"folds{k}")[index]
    return folds
