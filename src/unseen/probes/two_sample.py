"""Test whether two sets of photos differ: how well a classifier separates them on groups it was not fitted on.

Lopez-Paz and Oquab 2017, "Revisiting classifier two-sample tests" (arXiv:1610.06545).
"""

from collections.abc import Sequence

import numpy as np

from unseen.probes.out_of_fold import Probe, held_out_folds, out_of_fold
from unseen.probes.resample import resample_counts
from unseen.records import Float32Array, Float64Array, Int64Array, Interval
from unseen.seeds import generator

MOST = 4_000  # photos of each set, drawn at random
BOOTSTRAP = 400


def two_sample_auc(
    features: tuple[Float32Array, Float32Array], groups: tuple[Sequence[str], Sequence[str]], probe: Probe, seed: int
) -> Interval:
    """Return the AUC, 0.5 for equal sets, with its 95% bootstrap interval over groups.

    features: (N, D) and (M, D). groups: N and M names. The value is `None` where a set has one group only.
    """
    rng = generator(seed, "compare", "classifier")
    chosen = [np.sort(rng.permutation(len(rows))[:MOST]) for rows in features]
    both = np.concatenate([features[0][chosen[0]], features[1][chosen[1]]])
    labels = np.repeat(np.arange(2), [len(positions) for positions in chosen])
    names = [f"{k + 1} {groups[k][i]}" for k in range(2) for i in chosen[k].tolist()]
    kinds, index = np.unique(np.array(names), return_inverse=True)
    if not held_out_folds(labels, names, seed)[1]:
        return Interval(None, None, None, len(labels), len(kinds))
    held_out = out_of_fold(both, labels, names, 2, probe, seed)
    scores = held_out.logits[:, 1] - held_out.logits[:, 0]
    of_second = np.array([name.startswith("2") for name in kinds])
    drawn = []
    for _ in range(BOOTSTRAP):
        times = np.zeros(len(kinds))
        for members in (np.flatnonzero(of_second), np.flatnonzero(~of_second)):
            times[members] = resample_counts(len(members), 1, rng)[0]
        drawn.append(_auc(scores, labels, times[index]))
    low, high = np.quantile(drawn, [0.025, 0.975]).tolist()
    return Interval(_auc(scores, labels, np.ones(len(labels))), low, high, len(labels), len(kinds))


def _auc(scores: Float32Array, labels: Int64Array, weights: Float64Array) -> float:
    """Return the weighted share of pairs (one of each set) that the scores order correctly; ties count half."""
    rank = np.unique(scores, return_inverse=True)[1]
    second = np.bincount(rank, weights * (labels == 1))
    first = np.bincount(rank, weights * (labels == 0))
    below = np.cumsum(first) - first
    return float((second * (below + first / 2)).sum() / max(second.sum() * first.sum(), 1e-12))
