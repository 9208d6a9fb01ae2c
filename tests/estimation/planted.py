"""Features and logits of planted classes, of the model's own people and of strangers who are farther away."""

import numpy as np

from unseen.inference.reference import Reference, make_reference
from unseen.records import Float32Array, Int64Array

CLASSES, SIZE = 4, 24


def photos(seed: int, n: int, shift: float) -> tuple[Float32Array, Int64Array, Float32Array]:
    """Return features, labels and logits of `n` photos; the larger `shift`, the more answers are wrong."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(0).normal(0, 3, (CLASSES, SIZE))
    labels = rng.integers(0, CLASSES, n)
    features = centres[labels] + rng.normal(0, 1 + shift, (n, SIZE)) + rng.normal(0, shift, SIZE)
    weights = np.random.default_rng(1).normal(0, 0.02, (SIZE, CLASSES))
    logits = features @ (centres.T / 9 + weights) - np.square(centres).sum(axis=1) / 18
    return features.astype(np.float32), labels.astype(np.int64), logits.astype(np.float32)


def reference() -> Reference:
    """Return what a model knows of its own photos."""
    features, labels, _ = photos(2, 300, 0.0)
    return make_reference((features, labels), photos(3, 100, 0.0), CLASSES)
