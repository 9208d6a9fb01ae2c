"""Choose the groups that a search is judged by: some to pick the best of what is tried, others to confirm it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from unseen.records import Int64Array, Part
from unseen.split.folds import group_folds

# Groups that confirm and that pick, at least: fewer show nothing of how groups differ.
LEAST_CONFIRMING, LEAST_PICKING = 3, 1
LEAST_GROUPS = LEAST_CONFIRMING + LEAST_PICKING
FOLDS = 2  # of each half, where training photos are judged, too


@dataclass(frozen=True, slots=True)
class Fold:
    """Positions of photos to train on, and of photos of other groups to judge by."""

    train: Int64Array
    judged: Int64Array


@dataclass(frozen=True, slots=True)
class JudgedGroups:
    """Folds that pick and folds that confirm; no group is judged in both. apart: the validation part alone judges."""

    picking: tuple[Fold, ...]
    confirming: tuple[Fold, ...]
    apart: bool


def judged_groups(
    parts: Sequence[Part], groups: Sequence[str], labels: Int64Array, seed: int, *, stated: bool
) -> JudgedGroups | None:
    """Return the folds, `None` where there are fewer than `LEAST_GROUPS` groups.

    stated: the user said which photos are for validation: they show what the model is to be ready for, and alone judge
    what was trained on the training part, if they are enough. Else groups of both parts are alike, and all of them
    judge, in turn. Test photos are left out.
    """
    names, part = np.array(groups), np.array(parts)
    train, validation = np.flatnonzero(part == "train"), np.flatnonzero(part == "validation")
    shared = set(names[train].tolist()) & set(names[validation].tolist())
    if stated and not shared and (halves := _halves(names, labels, validation, seed)):
        picking, confirming = ((Fold(train, half),) for half in halves)
        return JudgedGroups(picking, confirming, apart=True)
    everything = np.sort(np.concatenate([train, validation]))
    if not (halves := _halves(names, labels, everything, seed)):
        return None
    picking, confirming = (_in_turn(names, labels, everything, half, seed) for half in halves)
    return JudgedGroups(picking, confirming, apart=False)


def _halves(
    names: np.ndarray, labels: Int64Array, positions: Int64Array, seed: int
) -> tuple[Int64Array, Int64Array] | None:
    """Divide the groups of the photos at `positions` into those that pick and those that confirm, at least as many."""
    found = np.unique(names[positions])
    if len(found) < LEAST_GROUPS:
        return None
    halves = group_folds(labels[positions], names[positions].tolist(), 2, seed)
    sides = [sorted(set(names[positions[halves == k]].tolist())) for k in (0, 1)]
    picking, confirming = sorted(sides, key=len)
    while len(confirming) < LEAST_CONFIRMING:
        confirming.append(picking.pop())
    return tuple(positions[np.isin(names[positions], side)] for side in (picking, confirming))  # type: ignore[return-value]


def _in_turn(
    names: np.ndarray, labels: Int64Array, everything: Int64Array, judged: Int64Array, seed: int
) -> tuple[Fold, ...]:
    """Return folds that judge the groups of `judged`, each trained on all other groups of `everything`."""
    k = min(FOLDS, len(np.unique(names[judged])))
    folds = group_folds(labels[judged], names[judged].tolist(), k, seed) if k > 1 else np.zeros(len(judged), np.int64)
    sides = [judged[folds == number] for number in range(k)]
    return tuple(Fold(everything[~np.isin(names[everything], names[side])], side) for side in sides)
