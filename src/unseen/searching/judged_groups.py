"""Choose the groups that a search is judged by, in two halves: what one half chooses, the other confirms."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from unseen.records import BoolArray, Int64Array, Part
from unseen.split.folds import group_folds

LEAST_GROUPS = 4
FOLDS = 2  # of each half, where training photos are judged, too


@dataclass(frozen=True, slots=True)
class Fold:
    """Positions of photos to train on, and of photos of other groups to judge by."""

    train: Int64Array
    judged: Int64Array


@dataclass(frozen=True, slots=True)
class JudgedGroups:
    """The folds of each half; no group is judged in both. apart: the validation part alone judges."""

    halves: tuple[tuple[Fold, ...], tuple[Fold, ...]]
    apart: bool


def judged_groups(
    parts: Sequence[Part], groups: Sequence[str], labels: Int64Array, seed: int, *, stated: bool
) -> JudgedGroups | None:
    """Return the folds, `None` where there are fewer than `LEAST_GROUPS` groups.

    stated: the user said which photos are for validation: they show what the model is to be ready for, and alone judge
    what was trained on the training part, if they are enough. Else groups of both parts are alike, and all of them
    judge, in turn. Test photos are left out.
    """
    codes = np.unique(np.array(groups), return_inverse=True)[1]
    part = np.array(parts)
    train, validation = np.flatnonzero(part == "train"), np.flatnonzero(part == "validation")
    shared = np.isin(codes[validation], codes[train]).any()
    if stated and not shared and (halves := _halves(codes, labels, validation, seed)):
        return JudgedGroups(((Fold(train, halves[0]),), (Fold(train, halves[1]),)), apart=True)
    everything = np.sort(np.concatenate([train, validation]))
    if not (halves := _halves(codes, labels, everything, seed)):
        return None
    first, second = (_in_turn(codes, labels, everything, half, seed) for half in halves)
    return JudgedGroups((first, second), apart=False)


def _halves(
    codes: Int64Array, labels: Int64Array, positions: Int64Array, seed: int
) -> tuple[Int64Array, Int64Array] | None:
    if len(np.unique(codes[positions])) < LEAST_GROUPS:
        return None
    halves = group_folds(labels[positions], _names(codes[positions]), 2, seed)
    return positions[halves == 0], positions[halves == 1]


def _in_turn(
    codes: Int64Array, labels: Int64Array, everything: Int64Array, judged: Int64Array, seed: int
) -> tuple[Fold, ...]:
    """Return folds that judge the groups of `judged`, each trained on all other groups of `everything`."""
    k = min(FOLDS, len(np.unique(codes[judged])))
    folds = group_folds(labels[judged], _names(codes[judged]), k, seed) if k > 1 else np.zeros(len(judged), np.int64)
    sides = [judged[folds == number] for number in range(k)]
    return tuple(Fold(everything[_others(codes, everything, side)], side) for side in sides)


def _others(codes: Int64Array, everything: Int64Array, side: Int64Array) -> BoolArray:
    return ~np.isin(codes[everything], codes[side])


def _names(codes: Int64Array) -> list[str]:
    return [str(code) for code in codes.tolist()]
