"""Estimate how many answers are right on photos without labels, in all and by class."""

import math
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from unseen.estimation.shift_model import builtin_shift_model
from unseen.estimation.signals import signals
from unseen.evaluation.metrics import softmax
from unseen.inference.reference import Reference
from unseen.records import Float32Array, Float64Array

# Fewer photos tell nothing, and a model that was tested on fewer held-out photos has nothing to compare with.
LEAST_PHOTOS, LEAST_HELD_OUT = 10, 8
# Deviations beyond all shifts that the estimate was fitted on.
FARTHEST = 3.0
# What a second, simpler reader of the same features that says something else takes from a probability.
DISAGREED = 0.4
STEPS = 60


class Reason(StrEnum):
    """Why an accuracy cannot be estimated."""

    FEW_PHOTOS = "few-photos"
    FEW_HELD_OUT = "few-held-out-photos"
    NO_REFERENCE = "run-without-reference"
    UNLIKE_ANYTHING = "unlike-anything-the-estimate-was-fitted-on"


@dataclass(frozen=True, slots=True)
class Share:
    """A share of right answers with its 90% interval, over `n` photos; all `None` where it cannot be estimated."""

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """What photos without labels tell. right: (m,) probability that each answer is right, empty where unknown.

    per_class: of the photos that were given this answer. rules: what single published rules say, 0 to 1.
    """

    accuracy: Share
    per_class: dict[str, Share]
    reason: Reason | None
    rules: dict[str, float]
    right: Float64Array

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-ready copy, without the photos."""
        return {
            "accuracy": asdict(self.accuracy),
            "per_class": {name: asdict(share) for name, share in self.per_class.items()},
            "cannot_be_estimated": self.reason,
            "rules": self.rules,
        }


def estimate(
    logits: Float32Array, features: Float32Array, known: Reference | None, classes: tuple[str, ...]
) -> Estimate:
    """Estimate from logits (m, C) and features (m, D) of photos; known: what the run kept of its own."""
    reason = _cannot(len(logits), known)
    if reason or known is None:
        return unknown(reason or Reason.NO_REFERENCE, len(logits))
    line, found = builtin_shift_model().estimate, signals(logits, features, known)
    if line.outside(found) > FARTHEST:
        return unknown(Reason.UNLIKE_ANYTHING, len(logits))
    shares = line.at(found)
    said = softmax(logits)
    answers, agreed = said.argmax(axis=1), known.squares(features).argmin(axis=1) == said.argmax(axis=1)
    sure = said.max(axis=1) * np.where(agreed, 1.0, DISAGREED)
    right = [_with_mean(sure, share) for share in shares]
    per_class = {}
    for c, name in enumerate(classes):
        chosen = answers == c
        n = int(chosen.sum())
        value, low, high = (float(one[chosen].mean()) if n else None for one in right)
        noise = 1.645 * math.sqrt(value * (1 - value) / n) if value is not None else 0.0
        per_class[name] = Share(
            _digits(value), _digits(None if low is None else max(0.0, low - noise)),
            _digits(None if high is None else min(1.0, high + noise)), n,
        )  # fmt: skip
    rules = {name: round(1 / (1 + math.exp(-found[name])), 4) for name in ("atc", "doc", "cot", "agreed")}
    value, low, high = shares
    accuracy = Share(round(value, 4), round(low, 4), round(high, 4), len(logits))
    return Estimate(accuracy, per_class, None, rules, right[0])


def unknown(reason: Reason, photos: int) -> Estimate:
    """Return that nothing can be told, and why."""
    return Estimate(Share(None, None, None, photos), {}, reason, {}, np.zeros(0))


def _cannot(photos: int, known: Reference | None) -> Reason | None:
    if known is None:
        return Reason.NO_REFERENCE
    if photos < LEAST_PHOTOS:
        return Reason.FEW_PHOTOS
    return Reason.FEW_HELD_OUT if len(known.labels) < LEAST_HELD_OUT else None


def _with_mean(sure: Float64Array, mean: float) -> Float64Array:
    """Return `sure` (m,) moved in log odds until its mean is `mean`, by bisection."""
    kept = np.clip(sure, 1e-4, 1 - 1e-4)
    odds = np.log(kept / (1 - kept))
    low, high = -20.0, 20.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        if float((1 / (1 + np.exp(-odds - middle))).mean()) < mean:
            low = middle
        else:
            high = middle
    out: Float64Array = 1 / (1 + np.exp(-odds - (low + high) / 2))
    return out


def _digits(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
