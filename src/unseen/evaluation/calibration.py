"""Measure whether answers are right as often as they are said to be: the expected calibration error, by bins."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from unseen.evaluation.intervals import group_codes, resample_totals, summarise
from unseen.records import UNKNOWN, Float64Array, Int64Array, Interval

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Photos whose answer is about as probable: how many, and the means of what was said and of what was right."""

    n: int
    probability: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """error: mean distance of probability and accuracy over photos, with its interval over groups. bins: none empty.

    debiased: the error less what chance adds to it, see `debiased_error`; `None` where there are no photos.
    """

    error: Interval
    bins: tuple[Bin, ...]
    debiased: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-ready copy."""
        return {
            "error": asdict(self.error),
            "bins": [asdict(one) for one in self.bins],
            "debiased": self.debiased,
        }


def calibration(probabilities: Float64Array, labels: Int64Array, groups: tuple[str, ...], seed: int) -> Calibration:
    """Measure the answers with the highest of probabilities (N, C); labels (N,), one group name a photo."""
    if not len(labels):
        return Calibration(UNKNOWN, ())
    sure, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    bins = np.minimum((sure * BINS).astype(np.int64), BINS - 1)
    codes, count = group_codes(groups)

    def totals(values: Float64Array) -> Float64Array:
        cells = np.bincount(codes * BINS + bins, values, count * BINS)
        return cells.astype(np.float64).reshape(count, BINS)

    by_group = np.hstack([totals(np.ones(len(sure))), totals(sure), totals(right.astype(np.float64))])
    whole = by_group.sum(axis=0)
    error = summarise(
        float(_error(whole[None])[0]), _error(resample_totals(by_group, seed)), len(sure), count, proportion=True
    )
    number, said, true = np.split(whole, 3)
    held = np.flatnonzero(number).tolist()
    means = (said / np.maximum(number, 1.0)).tolist(), (true / np.maximum(number, 1.0)).tolist()
    found = tuple(Bin(int(number[b]), means[0][b], means[1][b]) for b in held)
    return Calibration(error, found, debiased_error(found))


def debiased_error(bins: Sequence[Bin]) -> float:
    """Return the error without about half of what chance adds: a bin of few photos is off though nothing is wrong.

    What chance adds is taken to be what it would add once more to the gap that was seen (Kumar et al., 2019, "Verified
    Uncertainty Calibration", arXiv:1909.10155, in closed form): of 108 photos of a model that is calibrated the error
    is 0.032, and 0.019 so.
    """
    off = 0.0
    for one in bins:
        gap, share = abs(one.probability - one.accuracy), (one.accuracy * one.n + 0.5) / (one.n + 1)
        spread = math.sqrt(share * (1 - share) / one.n)
        again = spread * math.sqrt(2 / math.pi) * math.exp(-(gap**2) / (2 * spread**2))
        again += gap * (1 - 2 * NormalDist().cdf(-gap / spread))
        off += one.n * (2 * gap - again)
    return max(0.0, off / max(1, sum(one.n for one in bins)))


def _error(totals: Float64Array) -> Float64Array:
    """Return the errors (R,) of totals (R, 3 x BINS): photos, sums of what was said, and of what was right."""
    number, said, right = np.split(totals, 3, axis=1)
    out: Float64Array = np.abs(said - right).sum(axis=1) / np.maximum(1.0, number.sum(axis=1))
    return out
