"""Decide whether a network answers photos at all, before anything is said about how to prepare them."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from unseen.foreign.network import SURE
from unseen.records import Float64Array, Int64Array, Interval

Claim = Literal["found", "weak", "nothing"]
# Shares of the way from chance to all right. A network of random weights can tell light photos from dark ones, but not
# surely: hence the log-loss as well.
FOUND, WEAK = 0.45, 0.2
# Of few groups a network is believed that is right and sure of it, which one of random weights is not.
FEW_GROUPS, SURE_NATS = 10, 0.5
LEAST_NATS = 0.1  # of log-loss saved, as a share of what guessing by frequency costs


@dataclass(frozen=True, slots=True)
class Evidence:
    """How far a reading's answers are from guessing. chance: share of the most common class. saved: of the log-loss."""

    accuracy: Interval
    chance: float
    saved: float

    @property
    def few(self) -> bool:
        """Say whether the photos are few groups of photos alike, such as a burst a class: no interval can be narrow."""
        return self.accuracy.groups < FEW_GROUPS

    @property
    def claim(self) -> Claim:
        """Say what may be said."""
        if self.accuracy.value is None or self.chance >= 1:
            return "nothing"
        low = self.accuracy.low if self.accuracy.low is not None else 0.0
        above = (self.accuracy.value - self.chance) / (1 - self.chance)
        if low <= self.chance and self.few and above >= FOUND and self.saved >= SURE_NATS:
            return "weak"
        if low <= self.chance or above < WEAK or self.saved < LEAST_NATS:
            return "nothing"
        return "found" if above >= FOUND else "weak"


def evidence(accuracy: Interval, logs: Float64Array, outputs: tuple[int, ...], labels: Int64Array) -> Evidence:
    """Return the evidence of log probabilities (N, C) of photos with `labels`, whose outputs are `outputs`."""
    shares = np.bincount(labels, minlength=len(outputs)) / max(1, len(labels))
    guessing = -float(np.sum(shares[shares > 0] * np.log(shares[shares > 0])))
    costs = _tempered(logs[:, list(outputs)], labels)
    return Evidence(accuracy, float(shares.max()), 1 - costs / guessing if guessing else 0.0)


def _tempered(logs: Float64Array, labels: Int64Array) -> float:
    """Return the least log-loss at any of a few temperatures no sharper than the network's own: its sureness counts."""
    best = np.inf
    for temperature in (1.0, 1.5, 2.0, 3.0, 5.0, 10.0):
        cooled = logs / temperature
        cooled = cooled - cooled.max(axis=1, keepdims=True)
        rows = cooled - np.log(np.exp(cooled).sum(axis=1, keepdims=True))
        best = min(best, float(-np.maximum(rows[np.arange(len(rows)), labels], np.log(SURE)).mean()))
    return best
