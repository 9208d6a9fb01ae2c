"""Leave each person and each room out in turn: fit a head on frozen features of the others, ask it about them."""

from dataclasses import replace

import numpy as np
import torch

from unseen.evaluation.intervals import interval
from unseen.evaluation.results import InTurn, LeftOut
from unseen.evaluation.took_part import Whose, whose
from unseen.features.feature_set import subset
from unseen.models.head import Head
from unseen.pipelines.stages.fit_head import head_options
from unseen.pipelines.stages.training_setup import TrainingSetup
from unseen.pipelines.stages.what_is_known import shows_hands
from unseen.progress import Silent
from unseen.records import BoolArray, Float32Array, Int64Array
from unseen.split.folds import group_folds
from unseen.training.known_signs import KnownSigns
from unseen.training.linear_probe import ProbeOptions, fitted_copy
from unseen.training.refit import head_logits

# Photos that are asked about at most, heads that are fitted in all, their steps, and what is drawn of each known sign:
# within 3 points of 300 steps with augmented views and 150 drawn, for a tenth of the time (docs/log.md).
MOST_PHOTOS, MOST_FITS, STEPS, DRAWN = 1000, 6, 60, 15
# Seconds of the time limit that must be left; and photos of a person or room that may be the worst.
LEAST_LEFT, LEAST_WORST = 60.0, 5
# Share of the photos whose class others show, too, from which on a number is given.
LEAST_JUDGED = 0.5


def leave_out(setup: TrainingSetup, signs: KnownSigns | None) -> LeftOut | None:
    """Measure frozen features on people and rooms that a head never saw; `None` where there are not two of either.

    Call it when the head is fitted: its twins trust the features that it trusts.
    """
    context, data, features = setup.context, setup.data, setup.features
    if features is None or context.clock.left < LEAST_LEFT:
        return None
    with context.clock.stage("leave out"):
        found = whose(data, MOST_PHOTOS, shows_hands(context.recipe, data))
        options = replace(head_options(setup), steps=STEPS)
        told = {
            unit: in_turn(setup.model.head, features, data.labels, one, options, signs, MOST_FITS // len(found))
            for unit, one in found.items()
        }
    return LeftOut(told.get("person"), told.get("room")) if any(told.values()) else None


def in_turn(
    head: Head, features: Float32Array, labels: Int64Array, of: Whose, options: ProbeOptions,
    signs: KnownSigns | None, fits: int,
) -> InTurn | None:  # fmt: skip
    """Fit unfitted twins of `head` without each person or room in turn, several at once where there are more than fits.

    features (N, D), labels (N,): of all photos. A photo counts where others show its class, too.
    """
    mine = subset(features, labels, of.positions)
    names = [str(number) for number in of.number.tolist()]
    folds = group_folds(mine.labels, names, min(fits, len(set(names))), options.seed)
    right, judged = np.zeros(len(names), np.bool_), np.zeros(len(names), np.bool_)
    for fold in np.unique(folds):
        rest, left = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        train = subset(mine.features, mine.labels, rest)
        train = signs.pooled_with(train, options.seed, DRAWN) if signs else train
        torch.manual_seed(options.seed)
        fitted = fitted_copy(head.unfitted(), train, options, Silent())
        right[left] = head_logits(fitted, mine.features[left]).argmax(axis=1) == mine.labels[left]
        judged[left] = np.isin(mine.labels[left], train.labels)
    if judged.mean() < LEAST_JUDGED or len(np.unique(of.number[judged])) < 2:
        return None
    asked = np.flatnonzero(judged)
    found = interval(right[asked], [names[i] for i in asked.tolist()], options.seed)
    return InTurn(
        found.value, found.low, found.high, found.n, found.groups, _worst(right[asked], of.number[asked]),
        of.count.told_by,
    )  # fmt: skip


def _worst(right: BoolArray, number: Int64Array) -> float | None:
    """Return the lowest accuracy of a person or room that has enough photos."""
    photos, correct = np.bincount(number), np.bincount(number, right)
    enough = photos >= LEAST_WORST
    return round(float((correct[enough] / photos[enough]).min()), 4) if enough.any() else None
