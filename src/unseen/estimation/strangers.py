"""Estimate the accuracy for another person, of whom there is no photo, from what a model does on its own photos."""

import math

import numpy as np

from unseen.estimation.shift_model import ShiftModel, builtin_shift_model
from unseen.estimation.signals import logit
from unseen.evaluation.metrics import softmax
from unseen.evaluation.results import Strangers, StrangersMethod
from unseen.inference.reference import Reference
from unseen.records import Float32Array, Float64Array


def own_signals(known: Reference, trained_on: int, views: float | None) -> dict[str, float]:
    """Return what held-out photos of the model's own set tell; every number is free of scale.

    trained_on: photos. views: accuracy on validation photos and augmented views of them, where it is known.
    """
    said = softmax(known.logits)
    right = (said.argmax(axis=1) == known.labels).sum()
    own = float((right + 0.5) / (len(known.labels) + 1))
    nearest = _apart(known.centres)
    return {
        "own": logit(own),
        "views": logit(own if views is None else views),
        "sure": logit(float(said.max(axis=1).mean())),
        "photos": math.log(max(1, trained_on) / len(known.centres)),
        "classes": math.log(len(known.centres)),
        "apart": float(np.log(np.maximum(nearest, 0.1)).mean()),
        "signs_apart": float(np.log(np.maximum(_apart(known.places), 0.1)).mean()) if len(known.turn) else 0.0,
        "closest": float(np.log(max(0.1, float(np.quantile(nearest, 0.1))))),
    }


def _apart(places: Float32Array) -> Float64Array:
    """Return how far each class lies from the nearest other one; places (C, K), NaN for a class without photos."""
    seen = places[~np.isnan(places[:, 0])].astype(np.float64)
    between = np.sqrt(np.square(seen[:, None] - seen[None]).sum(axis=2)) + np.diag(np.full(len(seen), np.inf))
    nearest: Float64Array = between.min(axis=1)
    return nearest


def expect(signals: dict[str, float], model: ShiftModel | None = None, *, known_signs: bool = False) -> Strangers:
    """Return the accuracy for another person with its 90% interval; see `own_signals`.

    known_signs: whether the head learnt its classes from other people, too.
    """
    model = model or builtin_shift_model()
    value, low, high = (model.known_signs if known_signs else model.strangers).at(signals)
    return Strangers(round(value, 4), round(low, 4), round(high, 4), StrangersMethod.SHIFTS)
