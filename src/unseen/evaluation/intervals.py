"""Measure a value with a 95% interval, by resampling whole groups of photos.

Photos of one group (person, session, burst) succeed and fail together, so the group is the unit that is
resampled: an interval over single photos would be several times too narrow (Field and Welsh,
"Bootstrapping clustered data", JRSS B 69(3), 2007).
"""

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from unseen.errors import UnseenError
from unseen.probes.resample import resample_counts
from unseen.records import UNKNOWN, Float64Array, Int64Array, Interval, Predictions
from unseen.seeds import generator

RESAMPLES = 2000
CONFIDENCE = 0.95
_TAIL = (1 - CONFIDENCE) / 2
_Z = NormalDist().inv_cdf(1 - _TAIL)
# Group counts are drawn a block of resamples at a time: 100,000 groups at once would be 1.6 GB.
_BLOCK_CELLS = 2**22
# Student's t with _TAIL above it, for 1 to 10 degrees of freedom; beyond, a series is exact to 0.1%.
_T = (12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281)


def group_codes(groups: Sequence[str]) -> tuple[Int64Array, int]:
    """Number the groups in order of name: codes (N,) int64 in [0, G), and G."""
    numbers = {name: i for i, name in enumerate(sorted(set(groups)))}
    return np.array([numbers[name] for name in groups], dtype=np.int64), len(numbers)


def resample_totals(totals: Float64Array, seed: int) -> Float64Array:
    """Draw G groups with replacement, 2,000 times, and add up what each draw holds.

    totals: (G, K) float64, G >= 1, sums over the photos of each group. Returns (2000, K) float64.
    The same seed and G draw the same groups whatever K is, so statistics of one call belong together.
    """
    count = len(totals)
    rng = generator(seed, "bootstrap")
    block = max(1, min(RESAMPLES, _BLOCK_CELLS // count))
    sums = []
    for start in range(0, RESAMPLES, block):
        rows = min(block, RESAMPLES - start)
        sums.append(resample_counts(count, rows, rng).astype(np.float64) @ totals)
    return np.concatenate(sums)


def wilson(value: float, n: int) -> tuple[float, float]:
    """Return the 95% score interval of a proportion `value` in [0, 1] seen in `n` >= 1 independent trials.

    Wilson, JASA 22 (1927), 209-212. Unlike the normal approximation it is not a point at 0% and at 100%.
    """
    spread = _Z * math.sqrt(value * (1 - value) / n + _Z**2 / (4 * n**2))
    centre, scale = value + _Z**2 / (2 * n), 1 + _Z**2 / n
    return max(0.0, min(value, (centre - spread) / scale)), min(1.0, max(value, (centre + spread) / scale))


def summarise(value: float, resampled: Float64Array, n: int, groups: int, proportion: bool) -> Interval:
    """Turn a value and its resampled values into an `Interval`.

    resampled: (R,) float64; NaN where a resample held nothing to measure, which is left out.
    groups: how many groups hold any of the `n` photos behind the value.
    proportion: the value lies in [0, 1].

    One group shows nothing of how groups differ: low and high are `None`. The percentiles are those of the
    "expanded" percentile interval, as plain ones cover far less than 95% with few groups (Hesterberg, "What
    Teachers Should Know About the Bootstrap", The American Statistician 69(4), 2015). Where every group
    scores the same, resampling yields a point, which would claim certainty: a proportion is then widened to
    the Wilson interval on the number of groups, as if each group were one trial.
    """
    known = resampled[~np.isnan(resampled)]
    if groups < 2 or len(known) == 0:
        return Interval(value=value, low=None, high=None, n=n, groups=groups)
    tail = NormalDist().cdf(-math.sqrt(groups / (groups - 1)) * _t_quantile(groups - 1))
    low, high = (float(edge) for edge in np.quantile(known, [tail, 1 - tail]))
    low, high = min(low, value), max(high, value)
    if proportion and math.isclose(low, high, abs_tol=1e-9):
        low, high = wilson(min(1.0, max(0.0, value)), groups)
    return Interval(value=value, low=low, high=high, n=n, groups=groups)


def interval(values: npt.ArrayLike, groups: Sequence[str], seed: int) -> Interval:
    """Return the mean of `values` with its 95% interval over groups; the same seed gives the same interval.

    values: (N,) finite numbers, as 1 for a right answer and 0 for a wrong one. groups: N group names.
    No photos: value, low and high are `None`, n is 0. One group, and groups that all score the same: see
    `summarise`. Raises `UnseenError` where the lengths differ or a value is not finite.
    """
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.shape != (len(groups),):
        raise UnseenError(f"values of shape {numbers.shape} for {len(groups)} groups: give one group a value")
    if not np.isfinite(numbers).all():
        raise UnseenError("a value to average is not finite: look for NaN in what the model returned")
    if len(numbers) == 0:
        return UNKNOWN
    codes, count = group_codes(groups)
    totals = np.stack([np.bincount(codes, numbers), np.bincount(codes)], axis=1).astype(np.float64)
    drawn = resample_totals(totals, seed)
    proportion = bool(numbers.min() >= 0 and numbers.max() <= 1)
    return summarise(float(numbers.mean()), drawn[:, 0] / drawn[:, 1], len(numbers), count, proportion)


def accuracy_of(predictions: Predictions, positions: Int64Array, seed: int = 0) -> Interval:
    """Return the share of right answers among the photos at `positions`, (n,), with its interval."""
    right = predictions.logits[positions].argmax(axis=1) == predictions.labels[positions]
    return interval(right, [predictions.groups[i] for i in positions.tolist()], seed)


def _t_quantile(freedom: int) -> float:
    """Return the two-sided 95% quantile of Student's t (Abramowitz and Stegun 26.7.5 beyond the table)."""
    if freedom <= len(_T):
        return _T[freedom - 1]
    z = _Z
    first, second = (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96
    return z + first / freedom + second / freedom**2
