"""Tell copies of training photos from new ones, by how near held-out photos are to training photos.

The test of Meehan et al. (2020, arXiv:2004.05675): is a sample nearer to its nearest training photo than a held-out
photo is, more often than chance has it? In two spaces: pixels of thumbnails with the light taken out, which no
network's taste hides a copy from, and features.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from unseen.evaluation.intervals import interval
from unseen.probes.neighbours import nearest_row, unit_rows
from unseen.records import Float32Array, Float64Array, Int64Array

EVEN = 0.5  # share of pairs in which the sample is the nearer one, where samples are as new as held-out photos
MOST = 0.75  # the same where half of the samples are copies, nearer than any held-out photo, and half are new
LEAST_HELD_OUT = 20


class Verdict(StrEnum):
    """What the samples are: new photos, close to training photos too often, or copies of them."""

    NEW = "new"
    CLOSE = "close"
    COPIES = "copies"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Originality:
    """space: what distances are of. samples, held_out: median cosine distance to the nearest training photo.

    nearer: share of pairs of a sample and a held-out photo in which the sample is nearer to a training photo. low: the
    lower end of its 95% interval.
    """

    space: str
    samples: float
    held_out: float
    nearer: float
    low: float

    @property
    def verdict(self) -> Verdict:
        """Chance is ruled out by the interval; the share says how many are copies."""
        if math.isnan(self.low):
            return Verdict.UNKNOWN
        if self.low <= EVEN:
            return Verdict.NEW
        return Verdict.COPIES if self.nearer > MOST else Verdict.CLOSE

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-ready copy."""
        known = asdict(self) if self.verdict is not Verdict.UNKNOWN else {**asdict(self), "nearer": None, "low": None}
        return {**known, "verdict": self.verdict}


def originality(
    space: str, samples: Float32Array, training: Float32Array, held_out: Float32Array, groups: Sequence[str]
) -> tuple[Originality, Int64Array]:
    """Compare what describes samples (s, D), training photos (n, D) and held-out photos (m, D) of these m groups.

    Returns the comparison, and the position of the nearest training photo of each sample, (s,).
    """
    centre = training.mean(axis=0)
    base = unit_rows(training - centre)
    of_samples, nearest = nearest_row(unit_rows(samples - centre), base)
    of_held_out = nearest_row(unit_rows(held_out - centre), base)[0] if len(held_out) else np.zeros(0, np.float32)
    median = float(np.median(of_held_out)) if len(held_out) else 0.0
    enough = len(held_out) >= LEAST_HELD_OUT
    share = _nearer(of_samples, of_held_out, groups) if enough else (math.nan, math.nan)
    return Originality(space, float(np.median(of_samples)), median, *share), nearest


def _nearer(samples: Float32Array, held_out: Float32Array, groups: Sequence[str]) -> tuple[float, float]:
    """Return the share of pairs in which the sample is nearer, ties by half, and the lower end of its interval.

    Chance is in the samples, one by one, and in the held-out photos, group by group.
    """
    by_photo, by_sample = _below(samples, held_out), 1 - _below(held_out, samples)
    alone = [str(i) for i in range(len(samples))]
    if len(set(groups)) < 2:  # nothing is known of how groups differ
        groups = [str(i) for i in range(len(held_out))]
    ends = interval(by_photo, groups, 0).low, interval(by_sample, alone, 0).low
    share = float(by_photo.mean())
    return share, share - math.hypot(*(share if end is None else share - end for end in ends))


def _below(values: Float32Array, limits: Float32Array) -> Float64Array:
    """Return the share of values below each limit, those that are equal to it by half."""
    ordered = np.sort(values)
    found = np.searchsorted(ordered, limits, "left") + np.searchsorted(ordered, limits, "right")
    return found / (2 * len(values))


def worst(found: list[Originality]) -> Verdict:
    """Return the worst verdict of several spaces."""
    order = [Verdict.UNKNOWN, Verdict.NEW, Verdict.CLOSE, Verdict.COPIES]
    return max((one.verdict for one in found), key=order.index, default=Verdict.UNKNOWN)


def without_light(thumbnails: Float32Array) -> Float32Array:
    """Take the mean and the contrast of each thumbnail (N, D) out: a darker copy is a copy."""
    return unit_rows(thumbnails - thumbnails.mean(axis=1, keepdims=True))
