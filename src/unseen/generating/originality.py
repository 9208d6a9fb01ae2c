"""Tell copies of training photos from new ones, by how near held-out photos are to training photos.

Nearest neighbours among the training photos, as memorisation is usually shown (van den Burg and Williams, 2021,
arXiv:2106.03216), in two spaces: pixels of thumbnails with the light taken out, which no network's taste hides a copy
from, and features.
"""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from unseen.probes.neighbours import nearest_row, unit_rows
from unseen.records import Float32Array, Int64Array

NEAREST = 0.05  # the share of held-out photos that are nearest to a training photo: a sample still nearer is close
SOME, MOST = 0.25, 0.5  # shares of close samples from which the verdict is worse
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

    close: share of samples that are nearer to one than 95% of the held-out photos are; 0.05 where samples are as new.
    """

    space: str
    samples: float
    held_out: float
    close: float
    verdict: Verdict

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-ready copy."""
        return asdict(self)


def originality(
    space: str, samples: Float32Array, training: Float32Array, held_out: Float32Array
) -> tuple[Originality, Int64Array]:
    """Compare what describes samples (s, D), training photos (n, D) and held-out photos (m, D).

    Returns the comparison, and the position of the nearest training photo of each sample, (s,).
    """
    centre = training.mean(axis=0)
    base = unit_rows(training - centre)
    of_samples, nearest = nearest_row(unit_rows(samples - centre), base)
    of_held_out = nearest_row(unit_rows(held_out - centre), base)[0] if len(held_out) else np.zeros(0, np.float32)
    if len(held_out) < LEAST_HELD_OUT:
        median = float(np.median(of_held_out)) if len(held_out) else 0.0
        return Originality(space, float(np.median(of_samples)), median, 0.0, Verdict.UNKNOWN), nearest
    close = float((of_samples < np.quantile(of_held_out, NEAREST)).mean())
    verdict = Verdict.COPIES if close > MOST else Verdict.CLOSE if close > SOME else Verdict.NEW
    medians = float(np.median(of_samples)), float(np.median(of_held_out))
    return Originality(space, *medians, close, verdict), nearest


def worst(found: list[Originality]) -> Verdict:
    """Return the worst verdict of several spaces."""
    order = [Verdict.UNKNOWN, Verdict.NEW, Verdict.CLOSE, Verdict.COPIES]
    return max((one.verdict for one in found), key=order.index, default=Verdict.UNKNOWN)


def without_light(thumbnails: Float32Array) -> Float32Array:
    """Take the mean and the contrast of each thumbnail (N, D) out: a darker copy is a copy."""
    return unit_rows(thumbnails - thumbnails.mean(axis=1, keepdims=True))
