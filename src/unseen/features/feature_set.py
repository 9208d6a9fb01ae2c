"""Features of photos with their labels, what a head is fitted on."""

from dataclasses import dataclass

import numpy as np

from unseen.records import Float32Array, Int64Array


@dataclass(frozen=True, slots=True)
class FeatureSet:
    """Features (n, D) float32 and class indices (n,) int64."""

    features: Float32Array
    labels: Int64Array


def pooled(first: FeatureSet, second: FeatureSet) -> FeatureSet:
    """Return the rows of both."""
    return FeatureSet(np.concatenate([first.features, second.features]), np.concatenate([first.labels, second.labels]))


def subset(features: Float32Array, labels: Int64Array, positions: Int64Array) -> FeatureSet:
    """Take the rows at `positions`."""
    return FeatureSet(np.ascontiguousarray(features[positions]), labels[positions])
