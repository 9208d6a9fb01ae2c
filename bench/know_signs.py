"""Make shifts of heads that know signs from other people: the sign network is taught anew without each target.

The readings are those of `pretrain.sign_sets`; heads are fitted as `bench.crowd` fits them, on the classes that two
sets share and on a few of them. The other people include the source: of a new user's signs a run knows less.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from bench import crowd
from bench.know_shifts import FAMILIES, FrozenSet, Shift, fit_on, on_others, shared_classes
from pretrain.signs import LabelledReadings, Teacher, read_sets, space_of, teach
from unseen.locate.handnet import HANDNET
from unseen.models.head import Head

MOST_A_CLASS, SESSION = 36, 4


def known_shifts(readings: Path) -> Iterator[Shift]:
    """Yield the shifts between all pairs of a family."""
    sets = {one.name: one for one in read_sets(readings)}
    for family in FAMILIES:
        names = [name for name in family if name.replace("/", "_") in sets]
        for target in names:
            others = [one for one in sets.values() if one.name != target.replace("/", "_")]
            teacher = teach(others)
            frozen = {name: frozen_of(teacher, name, sets[name.replace("/", "_")]) for name in names}
            for source in names:
                shared = shared_classes(frozen[source], frozen[target])
                if source == target or len(shared) < 2:
                    continue
                known = space_of(teacher, others, sets[source.replace("/", "_")].space)
                for classes, per_class, views, seed in _recipes(shared, len(source) * 7 + len(target)):
                    fitted = fit_on(frozen[source], classes, per_class, views, seed, known)
                    for shift in on_others(frozen[source], [frozen[target]], classes, per_class, views, fitted):
                        yield replace(shift, known_signs=True)


def _recipes(shared: tuple[str, ...], seed: int) -> Iterator[tuple[tuple[str, ...], int | None, int, int]]:
    yield shared, None, 3, 0
    for number, (per_class, views) in enumerate(((12, 3), (None, 0))):
        rng = np.random.default_rng(number + seed)
        some = rng.permutation(shared)[: min(len(shared), int(rng.integers(3, 9)))]
        yield tuple(sorted(some.tolist())), per_class, views, number + 1


@torch.no_grad()
def frozen_of(teacher: Teacher, name: str, one: LabelledReadings) -> FrozenSet:
    """Return the features of at most `MOST_A_CLASS` photos a class, with the sign as `teacher` reads it."""
    labels, rng = np.array(one.labels), np.random.default_rng(0)
    chosen = [rng.permutation(np.flatnonzero(labels == c))[:MOST_A_CLASS] for c in sorted(set(one.labels))]
    rows = np.sort(np.concatenate(chosen))
    features = crowd.features(teacher, one.photos[rows])
    views = np.stack([crowd.features(teacher, view[rows]) for view in one.views])
    sessions = np.array([f"{labels[i]}{i // SESSION}" for i in rows])
    head = Head(features.shape[1], 2, HANDNET.hidden_layers or (), HANDNET.dropout or 0.0, crowd.TRUST)
    scores = None if one.scores is None else one.scores[rows].numpy()
    return FrozenSet(name, features, views, labels[rows], sessions, head, scores)
