"""The tutorials' model: colours and edges of a small square into a linear classifier."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from unseen.evaluation.metrics import softmax
from unseen.explanation import pixel_ops as ops
from unseen.inference.model import CallableModel
from unseen.records import Float32Array, Uint8Array

Photo = tuple[Uint8Array, int]


def describe(images: Sequence[Uint8Array]) -> Float32Array:
    """Return colours of 16 px and edge directions of 32 px middle squares, (N, 896)."""
    rows = []
    for image in images:
        small = Image.fromarray(np.ascontiguousarray(ops.centre_square(image[..., :3])))
        pixels = np.asarray(small.resize((32, 32), Image.Resampling.BILINEAR), np.float32) / 255
        light = pixels.mean(axis=2)
        down, across = np.gradient(light)
        kind = ((np.arctan2(down, across) + np.pi) / (2 * np.pi) * 8).astype(int) % 8
        strength = np.hypot(down, across)
        edges = [(strength * (kind == i)).reshape(4, 8, 4, 8).sum(axis=(1, 3)) for i in range(8)]
        rows.append(np.concatenate([pixels[::2, ::2].ravel(), np.ravel(edges)]))
    return np.array(rows, np.float32)


def tutorial_model(photos: Sequence[Photo], classes: tuple[str, ...]) -> CallableModel:
    """Fit a linear classifier by 300 steps of gradient descent."""
    features, labels = describe([pixels for pixels, _ in photos]), np.array([label for _, label in photos])
    mean, spread = features.mean(axis=0), features.std(axis=0) + 0.05
    given, wanted = (features - mean) / spread, np.eye(len(classes))[labels]
    weights, bias = np.zeros((given.shape[1], len(classes))), np.zeros(len(classes))
    for _ in range(300):
        apart = (softmax(given @ weights + bias) - wanted) / len(given)
        weights -= 0.2 * (given.T @ apart + 1e-3 * weights)
        bias -= 0.2 * apart.sum(axis=0)
    return CallableModel(
        classes, lambda images: softmax((describe(images) - mean) / spread @ weights + bias).astype(np.float32)
    )
