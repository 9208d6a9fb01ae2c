"""Fit a linear discriminant to features in closed form."""

import numpy as np

from unseen.records import Float32Array, Int64Array

# Shrinkage of the covariance towards a multiple of the identity. On sign_digits with 3% of the labels changed:
# accuracy 0.92-0.93 at 0.3, 0.91-0.92 at 0.1, 0.5 and 0.7. A softmax head fitted by AdamW, which learns wrong labels
# by heart, reaches 0.88-0.91: by the rule below it finds 81-90% of them at 61-63% precision, this 84-90% at 74-82%.
SHRINKAGE = 0.3


def discriminant_logits(train_x: Float32Array, train_y: Int64Array, test_x: Float32Array, classes: int) -> Float32Array:
    """Return the logits (m, classes) of a linear discriminant with shrunk covariance and equal priors: a `Probe`.

    Closed-form, so it cannot learn single wrong labels by heart. A class without photos gets -1e9.
    """
    mean, spread = train_x.mean(axis=0), train_x.std(axis=0) + 1e-6
    x, t = (train_x - mean) / spread, (test_x - mean) / spread
    counts = np.bincount(train_y, minlength=classes)
    means = np.zeros((classes, x.shape[1]), np.float32)
    for c in np.flatnonzero(counts):
        means[c] = x[train_y == c].mean(axis=0)
    within = x - means[train_y]
    covariance = within.T @ within / len(x)
    level = max(float(np.trace(covariance)) / len(covariance), 1e-6)
    shrunk = (1 - SHRINKAGE) * covariance + SHRINKAGE * level * np.eye(len(covariance), dtype=np.float32)
    weights = np.linalg.solve(shrunk, means.T)  # (D, C)
    logits = t @ weights - 0.5 * np.einsum("cd,dc->c", means, weights)
    logits[:, counts == 0] = -1e9
    out: Float32Array = logits.astype(np.float32)
    return out
