"""Weigh the classes of a loss by their number of photos."""

import numpy as np

from unseen.records import Float32Array, Int64Array


def class_weights(labels: Int64Array, classes: int) -> Float32Array:
    """Loss weight of each class, (C,) float32: inverse to its count, 1 on average over photos, 0 if absent."""
    counts = np.bincount(labels, minlength=classes)
    present = np.maximum((counts > 0).sum(), 1)
    weights = len(labels) / (present * np.maximum(counts, 1))
    return np.where(counts > 0, weights, 0.0).astype(np.float32)
