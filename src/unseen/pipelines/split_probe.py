"""What a linear probe on frozen features says of photos it was not fitted on: parts or folds in, `Predictions` out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from unseen.features.feature_set import subset
from unseen.probes.discriminant import discriminant_logits
from unseen.progress import Silent
from unseen.records import Float32Array, Int64Array, PhotoSet, Predictions, Split
from unseen.training.linear_probe import ProbeOptions, probe_logits

Judge = Callable[[Int64Array, Int64Array, Int64Array], Float32Array]
"""Positions of train (n,), validation (v,) and test (m,) photos to logits (m, C) float32 of the test photos."""


@dataclass(frozen=True, slots=True)
class Probed:
    """Photos and the probe that is fitted on some of them to judge others."""

    photos: PhotoSet
    judge: Judge

    def on_split(self, split: Split, groups: Sequence[str] | None = None) -> Predictions:
        """Fit on the training part of `split`, judge its test part; intervals go over `groups`, else the split's."""
        train, validation, test = (split.positions(part) for part in ("train", "validation", "test"))
        logits = np.zeros((0, len(self.photos.classes)), np.float32)
        if len(test) and len(train):
            logits = self.judge(train, validation, test)
        return self._predictions(test, logits, split.groups if groups is None else groups)

    def on_folds(self, folds: Int64Array, groups: Sequence[str]) -> Predictions:
        """Judge the photos of each fold, (N,) int64, by a probe that was fitted on all others."""
        logits = np.zeros((len(folds), len(self.photos.classes)), np.float32)
        nothing = np.zeros(0, np.int64)
        for fold in np.unique(folds):
            test = np.flatnonzero(folds == fold)
            logits[test] = self.judge(np.flatnonzero(folds != fold), nothing, test)
        return self._predictions(np.arange(len(folds)), logits, groups)

    def _predictions(self, tested: Int64Array, logits: Float32Array, groups: Sequence[str]) -> Predictions:
        photos = self.photos
        return Predictions(
            tuple(photos.photos[i].path for i in tested.tolist()),
            photos.labels[tested],
            tuple(groups[i] for i in tested.tolist()),
            logits,
            photos.classes,
        )


def by_head(photos: PhotoSet, features: Float32Array, options: ProbeOptions) -> Probed:
    """Probe with the head that training fits; features (N, D) float32."""
    labels, classes = photos.labels, len(photos.classes)

    def judge(train: Int64Array, validation: Int64Array, test: Int64Array) -> Float32Array:
        known = [subset(features, labels, part) for part in (train, validation)]
        return probe_logits(known[0], known[1], features[test], classes, options, Silent())

    return Probed(photos, judge)


def by_discriminant(photos: PhotoSet, features: Float32Array) -> Probed:
    """Probe with a linear discriminant, closed-form: ten folds in the time that a head takes for one."""
    labels, classes = photos.labels, len(photos.classes)

    def judge(train: Int64Array, validation: Int64Array, test: Int64Array) -> Float32Array:
        known = np.concatenate([train, validation])
        return discriminant_logits(features[known], labels[known], features[test], classes)

    return Probed(photos, judge)
