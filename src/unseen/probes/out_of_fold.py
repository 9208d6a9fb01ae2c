"""Predict each photo by a probe that never saw its group."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from unseen.records import BoolArray, Float32Array, Int64Array
from unseen.seeds import generator
from unseen.split.folds import group_folds

Probe = Callable[[Float32Array, Int64Array, Float32Array, int], Float32Array]
"""(train_x (n, D), train_y (n,), test_x (m, D), classes) to logits (m, classes) float32, natural-log scale."""

FOLDS = 5
MIN_GROUPS = 3


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """What a probe says of photos whose group it never saw.

    logits: (N, C) float32. judged: (N,) bool, false where the photo's own class was not in the training folds.
    """

    logits: Float32Array
    judged: BoolArray


def held_out_folds(labels: Int64Array, groups: Sequence[str], seed: int) -> tuple[Int64Array, bool]:
    """Return the fold, (N,) int64, of each photo and whether whole groups are held out.

    Where a class has one group only, or there are fewer than three, photos are held out one by one: a class that
    is absent from training could never be told.
    """
    names, index = np.unique(np.array(groups), return_inverse=True)
    pairs = np.unique(np.stack([labels, index], axis=1), axis=0)
    per_class = np.bincount(pairs[:, 0])
    by_group = len(names) >= MIN_GROUPS and int(per_class[per_class > 0].min()) >= 2
    if by_group and len(names) <= len(labels) // 2:
        return group_folds(labels, list(groups), min(FOLDS, len(names)), seed), True
    # Groups of about one photo each are dealt out class by class: `group_folds` weighs every one, which takes seconds.
    units = index if by_group else np.arange(len(labels))
    first = np.unique(units, return_index=True)[1]
    order = generator(seed, "folds").permutation(len(first))
    order = order[np.argsort(labels[first[order]], kind="stable")]
    folds = np.empty(len(first), np.int64)
    folds[order] = np.arange(len(first)) % FOLDS
    return folds[units], by_group


def out_of_fold(
    features: Float32Array, labels: Int64Array, groups: Sequence[str], classes: int, probe: Probe, seed: int
) -> OutOfFold:
    """Fit `probe` on all folds but one and let it judge that one; see `held_out_folds`."""
    folds, _ = held_out_folds(labels, groups, seed)
    logits = np.zeros((len(labels), classes), np.float32)
    judged = np.zeros(len(labels), np.bool_)
    for fold in np.unique(folds):
        train, test = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        logits[test] = probe(features[train], labels[train], features[test], classes)
        judged[test] = np.isin(labels[test], labels[train])
    return OutOfFold(logits, judged)
