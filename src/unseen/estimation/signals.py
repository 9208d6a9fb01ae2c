"""Compute what photos without labels tell of a model's accuracy on them; every number is free of scale.

Each signal compares photos with held-out photos of the model's own set, so that another network or other features
change no meaning: estimates of accuracy by published rules, agreement of two readers, shares and percentiles.
"""

import math

import numpy as np

from unseen.evaluation.metrics import softmax
from unseen.inference.reference import Reference, nearest
from unseen.records import Float32Array, Float64Array, Int64Array

# Steps of entropic optimal transport and its temperature, in units of the cost.
SINKHORN_STEPS, SINKHORN_HEAT = 60, 0.03
# Photos of which transport is computed at most.
MOST_MOVED = 1500
MANO_POWER = 4.0
CLIP = 0.005


def logit(share: float) -> float:
    """Return the log odds of a share, kept away from 0 and 1."""
    kept = min(1 - CLIP, max(CLIP, share))
    return math.log(kept / (1 - kept))


def signals(logits: Float32Array, features: Float32Array, known: Reference) -> dict[str, float]:
    """Return the signals of m >= 1 photos: logits (m, C) and features (m, D)."""
    said, before = softmax(logits), softmax(known.logits)
    right = before.argmax(axis=1) == known.labels
    accuracy = float((right.sum() + 0.5) / (len(right) + 1))
    squares = known.squares(features)
    agreed = squares.argmin(axis=1) == said.argmax(axis=1)
    away = np.searchsorted(np.sort(known.distances), nearest(squares)) / max(1, len(known.distances))
    classes = said.shape[1]
    return {
        "own": logit(accuracy),
        "atc": logit(atc(said, before, accuracy)),
        "doc": logit(accuracy - float(before.max(axis=1).mean() - said.max(axis=1).mean())),
        "cot": logit(cot(said, before, known.labels, accuracy)),
        "sure": logit(float(said.max(axis=1).mean())),
        "nuclear": logit(nuclear_norm(said)),
        "mano": mano(logits),
        "agreed": logit(float(agreed.mean())),
        "both": logit(float((said.max(axis=1) * agreed).mean())),
        "away": logit(float(away.mean())),
        "beyond": logit(float((away > 0.95).mean())),
        "even": evenness(said, known.labels),
        "classes": math.log(classes),
    }


def entropy(probabilities: Float64Array) -> Float64Array:
    """Return the entropy of each row, nats."""
    out: Float64Array = -(probabilities * np.log(np.maximum(probabilities, 1e-12))).sum(axis=1)
    return out


def atc(said: Float64Array, before: Float64Array, accuracy: float) -> float:
    """Average thresholded confidence (Garg et al., 2022, arXiv:2201.04234), by negative entropy."""
    limit = np.quantile(-entropy(before), 1 - accuracy)
    return float((-entropy(said) > limit).mean())


def cot(said: Float64Array, before: Float64Array, labels: Int64Array, accuracy: float) -> float:
    """Optimal transport of what is said to labels in the shares of the model's own set (Lu et al., 2023, 2305.15640).

    The cost of the model's own held-out photos is taken off, as their error is known.
    """
    shares = np.bincount(labels, minlength=said.shape[1]) / max(1, len(labels))
    own = _transport(before, shares) - (1 - accuracy)
    return 1 - _transport(said, shares) + own


def _transport(said: Float64Array, shares: Float64Array) -> float:
    """Return the mean cost of moving rows of probabilities to one-hot labels of these shares."""
    rows = said[np.linspace(0, len(said) - 1, min(MOST_MOVED, len(said))).astype(np.int64)]
    held = shares > 0
    cost = 1 - rows[:, held]  # half the distance from a one-hot label
    kernel, target = np.exp(-cost / SINKHORN_HEAT) + 1e-30, shares[held]
    left, right = np.ones(len(rows)), np.ones(len(target))
    for _ in range(SINKHORN_STEPS):
        left = 1 / len(rows) / (kernel @ right)
        right = target / (kernel.T @ left)
    return float((left[:, None] * kernel * right[None] * cost).sum())


def nuclear_norm(said: Float64Array) -> float:
    """Return the nuclear norm of what is said as a share of its largest value (Deng et al., 2023, arXiv:2302.01094)."""
    rows, classes = said.shape
    return float(np.linalg.svd(said, compute_uv=False).sum() / math.sqrt(rows * min(rows, classes)))


def mano(logits: Float32Array) -> float:
    """Return the mean norm of normalised logits (Xie et al., 2024, arXiv:2405.18979)."""
    scaled = softmax(logits)
    return float((np.mean(scaled**MANO_POWER) * scaled.shape[1]) ** (1 / MANO_POWER))


def evenness(said: Float64Array, labels: Int64Array) -> float:
    """Return how far the shares of the predicted classes are from the labels' own, 0 to 1: some draw all the rest."""
    classes = said.shape[1]
    shares = np.bincount(labels, minlength=classes) / max(1, len(labels))
    found = np.bincount(said.argmax(axis=1), minlength=classes) / max(1, len(said))
    return float(np.abs(found - shares).sum() / 2)
