"""May photos be mirrored or turned without changing what they mean? Features of plain and altered photos in, pairs
of classes that an alteration turns into each other out.

A mirrored "left" is a "right", a 6 on its head is a 9; a mirrored fist is still a fist. Nobody has to know which it is
for their classes: altered photos are shown to a probe that was fitted on plain photos of other groups.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unseen.probes.discriminant import discriminant_logits
from unseen.probes.out_of_fold import held_out_folds
from unseen.records import Float32Array, Int64Array

# What undoes each alteration.
INVERSE: Mapping[str, str] = {
    "flipped": "flipped",
    "upside-down": "upside-down",
    "rotated-left": "rotated-right",
    "rotated-right": "rotated-left",
}
# Share of a class's altered photos that are taken for one other class. Both ways: photos that are merely strange to
# the probe may all land in one class, but they do not come back from it.
TAKEN = 0.5
MOSTLY = 0.5  # of the classes known, and none turned: then the rest are held to be as safe


@dataclass(frozen=True, slots=True)
class Turned:
    """Two classes that an alteration turns into each other: the shares of altered photos taken for the other one."""

    alteration: str
    first: int
    second: int
    shares: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Safety:
    """turned: the pairs of classes that an alteration turns into each other. known: (C,) bool, the classes that the
    probe tells well enough from the others, plain; of the rest nothing is known.
    """

    turned: tuple[Turned, ...]
    known: npt.NDArray[np.bool_]

    def permits(self, *alterations: str) -> npt.NDArray[np.bool_]:
        """Return which classes (C,) bool keep their label under all of `alterations`.

        Classes that the probe does not know go with the others where none of these is turned and they are the fewer:
        where some classes are mirrored and others never, a mirrored photo would tell what it is not.
        """
        pairs = [pair for pair in self.turned if pair.alteration in alterations]
        if not pairs and self.known.mean() > MOSTLY:
            return np.ones_like(self.known)
        safe = self.known.copy()
        for pair in pairs:
            safe[[pair.first, pair.second]] = False
        return safe


def classes_turned(
    plain: Float32Array,
    altered: Mapping[str, Float32Array],
    labels: Int64Array,
    groups: Sequence[str],
    classes: int,
    seed: int,
) -> Safety:
    """Return which of the classes (0 to `classes` - 1) each alteration turns into another.

    plain: (N, D) float32 features. altered: (N, D) of the same photos, by the names of `INVERSE`, inverses included.
    labels: (N,). groups: N names; photos are judged by probes that never saw their group.
    """
    folds, _ = held_out_folds(labels, groups, seed)
    before = np.zeros((classes, classes))
    after = {how: np.zeros((classes, classes)) for how in altered}
    for fold in np.unique(folds):
        train, test = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        photos = [plain[test], *(features[test] for features in altered.values())]
        logits = discriminant_logits(plain[train], labels[train], np.concatenate(photos), classes)
        said = logits.argmax(axis=1).reshape(len(photos), len(test))
        for row, table in zip(said, [before, *after.values()], strict=True):
            np.add.at(table, (labels[test], row), 1)
    shares = {how: _shares(table) for how, table in after.items()}
    known = np.diag(_shares(before)) > TAKEN
    pairs = [
        pair
        for how in altered
        for pair in _pairs(how, shares[how], shares[INVERSE[how]])
        if known[pair.first] and known[pair.second]
    ]
    return Safety(tuple(pairs), known)


def _shares(table: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    shares: npt.NDArray[np.float64] = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    return shares


def _pairs(how: str, there: npt.NDArray[np.float64], back: npt.NDArray[np.float64]) -> list[Turned]:
    """Return a != b where altered a is taken for b, and b, altered back, for a."""
    both = np.minimum(there, back.T) >= TAKEN
    np.fill_diagonal(both, False)
    return [
        Turned(how, a, b, (float(there[a, b]), float(back[b, a])))
        for a, b in np.argwhere(both).tolist()
        if a < b or INVERSE[how] != how
    ]
