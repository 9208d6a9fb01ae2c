"""Find classes whose photos change their meaning when they are flipped or rotated, and photos that show what is up.

A flipped "left" is a "right", a 6 upside down is a 9; a flipped fist is still a fist. Nobody has to know which it is
for their classes: altered photos are shown to a classifier that was fitted on unaltered photos of other groups.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from unseen.augment.transforms import ALTERATIONS_OF, Transform
from unseen.probes.discriminant import discriminant_logits
from unseen.probes.out_of_fold import held_out_folds
from unseen.records import BoolArray, Float32Array, Float64Array, Int64Array

# What undoes each alteration.
INVERSE: Mapping[str, str] = {
    "flipped": "flipped",
    "upside-down": "upside-down",
    "rotated-left": "rotated-right",
    "rotated-right": "rotated-left",
}
# Share of a class's altered photos that is classified as one other class. Both ways: photos that are merely strange to
# the classifier may all end up in one class, but they do not come back from it.
MIN_CONFUSED = 0.5
# Share of held-out photos told from themselves turned by quarters: chairs and bottles stand upright before any camera,
# so that half of the training would be for photos that nobody takes.
MIN_UPRIGHT = 0.6
MIN_KNOWN = 0.5  # share of the classes that is known, none of them exchanged: then the rest is held to be as safe


@dataclass(frozen=True, slots=True)
class Exchange:
    """An alteration that turns two classes into each other.

    shares: of the altered photos of the first class classified as the second, and the other way round.
    """

    alteration: str
    first: int
    second: int
    shares: tuple[float, float]

    @property
    def transform(self) -> Transform:
        """The transform that the alteration belongs to."""
        return next(one for one, names in ALTERATIONS_OF.items() if self.alteration in names)


@dataclass(frozen=True, slots=True)
class LabelSafety:
    """exchanges: the pairs of classes that an alteration turns into each other. known: (C,) bool, the classes of which
    most unaltered photos are classified correctly; nothing can be said of the others. told: share of the photos, turned
    by quarters or not, of which it is known how they are turned; 0.25 by chance.
    """

    exchanges: tuple[Exchange, ...]
    known: BoolArray
    told: float = 0.25

    @property
    def upright(self) -> bool:
        """Whether photos show what is up."""
        return self.told >= MIN_UPRIGHT

    def allows(self, transform: Transform) -> BoolArray:
        """Return which classes (C,) bool keep their label under `transform`.

        Classes that are not known go with the others if none is exchanged and they are the minority: where some classes
        are flipped and others never, a flipped photo would reveal what it is not.
        """
        exchanges = [one for one in self.exchanges if one.transform is transform]
        if not exchanges and self.known.mean() > MIN_KNOWN:
            return np.ones_like(self.known)
        safe = self.known.copy()
        for one in exchanges:
            safe[[one.first, one.second]] = False
        return safe


def measure_safety(
    unaltered: Float32Array,
    altered: Mapping[str, Float32Array],
    labels: Int64Array,
    groups: Sequence[str],
    classes: int,
    seed: int,
) -> LabelSafety:
    """Find the pairs of classes (0 to `classes` - 1) that alterations turn into each other.

    unaltered: (N, D) float32 features. altered: (N, D) of the same photos, by the names of `INVERSE`, all of them.
    labels: (N,). groups: N names; photos are classified by what was fitted on other groups.
    """
    folds, _ = held_out_folds(labels, groups, seed)
    before = np.zeros((classes, classes))
    after = {name: np.zeros((classes, classes)) for name in altered}
    turned, told = [altered[name] for name in ALTERATIONS_OF[Transform.ROTATE] if name in altered], 0.0
    for fold in np.unique(folds):
        train, test = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        blocks = [unaltered[test], *(features[test] for features in altered.values())]
        logits = discriminant_logits(unaltered[train], labels[train], np.concatenate(blocks), classes)
        predicted = logits.argmax(axis=1).reshape(len(blocks), len(test))
        for row, table in zip(predicted, [before, *after.values()], strict=True):
            np.add.at(table, (labels[test], row), 1)
        told += _told([unaltered, *turned], train, test) if turned else 0.0
    shares = {name: _shares(table) for name, table in after.items()}
    known = np.diag(_shares(before)) > MIN_CONFUSED
    exchanges = [
        one
        for name in altered
        for one in _exchanges(name, shares[name], shares[INVERSE[name]])
        if known[one.first] and known[one.second]
    ]
    return LabelSafety(tuple(exchanges), known, told / len(labels))


def _told(ways: Sequence[Float32Array], train: Int64Array, test: Int64Array) -> float:
    """Return of how many photos at `test` it is told which of `ways`, features (N, D) each, they are, on average."""
    x, y = np.concatenate([features[train] for features in ways]), np.repeat(np.arange(len(ways)), len(train))
    asked, truth = np.concatenate([features[test] for features in ways]), np.repeat(np.arange(len(ways)), len(test))
    return float((discriminant_logits(x, y, asked, len(ways)).argmax(axis=1) == truth).sum()) / len(ways)


def _shares(table: Float64Array) -> Float64Array:
    shares: Float64Array = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    return shares


def _exchanges(name: str, there: Float64Array, back: Float64Array) -> list[Exchange]:
    """Return a != b where altered a is classified as b, and b, altered back, as a."""
    both = np.minimum(there, back.T) >= MIN_CONFUSED
    np.fill_diagonal(both, False)
    return [
        Exchange(name, a, b, (float(there[a, b]), float(back[b, a])))
        for a, b in np.argwhere(both).tolist()
        if a < b or INVERSE[name] != name
    ]
