"""Measure how well facts alone predict the labels of held-out photos, and whether by chance."""

from dataclasses import dataclass

import numpy as np

from unseen.probes.permute import BlockShuffle
from unseen.records import Float32Array, Float64Array, Int64Array

BINS = 8  # of equal numbers of photos: a counter or a size that goes up and down between classes is still told
RIDGE = 1.0  # photos; pulls a bin that few photos have towards the class shares
POINTS_OVER_CHANCE = 0.10
P_VALUE = 0.01
PERMUTATIONS = 200
SHUFFLED_COLUMNS = 600  # label columns fitted at a time: bounds memory at 20 MB


def one_hot(values: Float64Array) -> Float32Array:
    """Return (N, k) facts as (N, D) float32 ones: each column in up to eight bins, unknown a bin of its own.

    Bins make a linear model as good as a small tree on numbers whose order means nothing, and a far-off value
    (three photos of 3024 px among 100 px) moves nothing. Constant columns are left out.
    """
    columns = []
    for column in values.T:
        known = column[~np.isnan(column)]
        distinct = np.unique(known)
        if len(distinct) > BINS:
            distinct = np.unique(np.quantile(known, np.arange(BINS) / BINS))
        code = np.searchsorted(distinct, column, side="right")
        code[np.isnan(column)] = len(distinct) + 1
        present = np.unique(code)
        if len(present) > 1:
            columns.append((code[:, None] == present).astype(np.float32))
    return np.concatenate(columns, axis=1) if columns else np.zeros((len(values), 0), np.float32)


@dataclass(frozen=True, slots=True)
class Tested:
    """Held-out accuracy, its level by chance, the share of the largest class, and a permutation p-value."""

    accuracy: float
    chance_level: float
    majority: float
    p_value: float


class HeldOut:
    """Ridge regression on one-hot facts, fitted once a fold: shuffled labels only change the right-hand side.

    inputs: (N, D) float32. labels: (N,) int64 in [0, C). folds: (N,) int64; each is predicted from the others.
    """

    def __init__(self, inputs: Float32Array, labels: Int64Array, folds: Int64Array) -> None:
        self._labels = labels
        self._classes = int(labels.max()) + 1
        self._solved = []
        for fold in np.unique(folds):
            test = folds == fold
            train_x, mean = inputs[~test], inputs[~test].mean(axis=0)
            centred = train_x - mean
            gram = centred.T @ centred + RIDGE * np.eye(inputs.shape[1], dtype=np.float32)
            weights = np.linalg.solve(gram, centred.T).astype(np.float32)  # (D, n)
            self._solved.append((test, weights, inputs[test] - mean))

    def run(self, shuffle: BlockShuffle, rng: np.random.Generator) -> Tested | None:
        """Return accuracy, chance and p-value; `None` where it is under ten points over chance or not proven."""
        accuracy = float(self.accuracies(self._labels[:, None])[0])
        majority = float(np.bincount(self._labels).max() / len(self._labels))
        if accuracy < majority + POINTS_OVER_CHANCE:
            return None
        step = max(1, SHUFFLED_COLUMNS // self._classes)
        reached: list[float] = []
        while len(reached) < PERMUTATIONS:
            drawn = np.stack([shuffle.draw(rng) for _ in range(min(step, PERMUTATIONS - len(reached)))], axis=1)
            reached += self.accuracies(drawn).tolist()
            if sum(value >= accuracy for value in reached) >= P_VALUE * (PERMUTATIONS + 1):
                return None  # p is 0.01 or more whatever comes
        p_value = (1 + sum(value >= accuracy for value in reached)) / (1 + len(reached))
        level = max(majority, float(np.mean(reached)))
        if p_value >= P_VALUE or accuracy < level + POINTS_OVER_CHANCE:
            return None
        return Tested(accuracy, level, majority, p_value)

    def accuracies(self, labels: Int64Array) -> Float64Array:
        """Return the held-out accuracy of each of P labellings (N, P), (P,) float64."""
        n, labellings = labels.shape
        right = np.zeros(labellings)
        for test, weights, test_x in self._solved:
            known = labels[~test]
            targets = (known[..., None] == np.arange(self._classes)).astype(np.float32)  # (n, P, C)
            shares = targets.mean(axis=0)  # (P, C)
            fitted = weights @ (targets - shares).reshape(len(known), -1)  # (D, P C)
            scores = (test_x @ fitted).reshape(-1, labellings, self._classes) + shares
            right += (scores.argmax(axis=2) == labels[test]).sum(axis=0)
        accuracies: Float64Array = right / n
        return accuracies
