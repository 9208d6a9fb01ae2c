"""Decide whether two runtimes give the same predictions for the same photos."""

import math
from dataclasses import dataclass

import numpy as np

from unseen.records import Float32Array

PROBABILITY_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class Agreement:
    """How an exported model compares with the original on `photos` photos, those left aside taken out.

    files: how many of them were also compared as files, as arrays and in the exported model alone.
    """

    photos: int
    largest_difference: float
    same_answers: int
    tolerance: float = PROBABILITY_TOLERANCE
    files: int = 0

    @property
    def holds(self) -> bool:
        """Every answer the same, every probability within the tolerance."""
        return self.same_answers == self.photos and self.largest_difference <= self.tolerance


def agree(
    expected: Float32Array, found: Float32Array, tolerance: float = PROBABILITY_TOLERANCE, left_aside: float = 0.0
) -> Agreement:
    """Compare class probabilities, both (N, C), of the same N photos.

    left_aside: share of the photos that may differ, those that differ most; none of them where a probability is NaN.
    """
    apart = np.abs(expected - found).max(axis=1)
    # two classes that are as likely as each other may change places
    chosen = np.take_along_axis(expected, found.argmax(axis=1)[:, None], axis=1)[:, 0]
    same = chosen >= expected.max(axis=1) - tolerance
    aside = 0 if np.isnan(apart).any() else math.ceil(left_aside * len(apart))
    kept = np.argsort(apart)[: len(apart) - aside]
    return Agreement(len(kept), float(apart[kept].max(initial=0.0)), int(same[kept].sum()), tolerance)
