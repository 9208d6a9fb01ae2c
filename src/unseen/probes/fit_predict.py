"""Predict the photos that a split or folds hold out with a classifier fitted on the others."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from unseen.records import Float32Array, Int64Array, PhotoSet, Predictions, Split


class FeatureClassifier(Protocol):
    """A classifier that knows the features and labels of all photos and is fitted on some of them at a time."""

    def fit_predict(self, train: Int64Array, validation: Int64Array, test: Int64Array) -> Float32Array:
        """Fit on the photos at `train` (n,) and `validation` (v,); return the logits (m, C) of those at `test` (m,)."""
        ...


def predict_split(classifier: FeatureClassifier, photos: PhotoSet, split: Split, groups: Sequence[str]) -> Predictions:
    """Fit on the training set of `split` and predict its test set. groups: N names, for the interval."""
    train, validation, test = (split.positions(part) for part in ("train", "validation", "test"))
    logits = np.zeros((0, len(photos.classes)), np.float32)
    if len(test) and len(train):
        logits = classifier.fit_predict(train, validation, test)
    return _predictions(photos, test, logits, groups)


def predict_folds(
    classifier: FeatureClassifier, photos: PhotoSet, folds: Int64Array, groups: Sequence[str]
) -> Predictions:
    """Predict the photos of each fold, (N,) int64, by a classifier fitted on all others."""
    logits = np.zeros((len(folds), len(photos.classes)), np.float32)
    nothing = np.zeros(0, np.int64)
    for fold in np.unique(folds):
        test = np.flatnonzero(folds == fold)
        logits[test] = classifier.fit_predict(np.flatnonzero(folds != fold), nothing, test)
    return _predictions(photos, np.arange(len(folds)), logits, groups)


def _predictions(photos: PhotoSet, test: Int64Array, logits: Float32Array, groups: Sequence[str]) -> Predictions:
    return Predictions(
        tuple(photos.photos[i].path for i in test.tolist()),
        photos.labels[test],
        tuple(groups[i] for i in test.tolist()),
        logits,
        photos.classes,
    )
