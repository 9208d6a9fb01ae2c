"""Turn signals into an accuracy with its interval, by a small model that was fitted on shifts between photo sets.

It is a line in log odds, with weights, limits and the spread of its errors on sets that it was not fitted on, in
`shift_model.json`; `bench/know.py --fit` makes it, docs/know.md is its card.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from unseen.estimation.signals import CLIP
from unseen.runs import read_json
from unseen.saved import read_record

END = 2 * CLIP
FILE = Path(__file__).with_name("shift_model.json")


@dataclass(frozen=True, slots=True)
class Line:
    """A line in log odds of accuracy. spread: (below, above), how far the truth lay from it, in log odds, for 90%.

    names: of the signals, each with its mean, scale, weight and the lowest and highest value that was seen in fitting;
    beyond those a signal counts no further. most: an estimate is never above this from `from_classes` classes on.
    above_own: whether it may be above the accuracy on the run's own photos.
    """

    names: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    lowest: tuple[float, ...]
    highest: tuple[float, ...]
    bias: float
    spread: tuple[float, float]
    most: float
    from_classes: int
    above_own: bool

    def at(self, signals: Mapping[str, float]) -> tuple[float, float, float]:
        """Return the accuracy with its 90% interval."""
        found = np.array([signals[name] for name in self.names])
        scaled = (np.clip(found, self.lowest, self.highest) - self.means) / self.scales
        odds = self.bias + float(scaled @ np.array(self.weights))
        below, above = self.spread
        low, value, high = (1 / (1 + math.exp(-x)) for x in (odds - below, odds, odds + above))
        if signals["classes"] > math.log(self.from_classes - 0.5):
            value, low = min(value, self.most), min(low, self.most)
        if not self.above_own:
            own = 1 / (1 + math.exp(-signals["own"]))
            value, low = min(value, own), min(low, own)
        # log odds end at `CLIP`: an accuracy of 1 lies at that end
        return value, 0.0 if low <= END else low, 1.0 if high >= 1 - END else max(value, high)

    def outside(self, signals: Mapping[str, float]) -> float:
        """Return how far the signals lie beyond those it was fitted on, in deviations of the one that is farthest."""
        found = np.array([signals[name] for name in self.names])
        beyond = np.maximum(np.array(self.lowest) - found, found - np.array(self.highest)) / self.scales
        return max(0.0, float(beyond.max()))


@dataclass(frozen=True, slots=True)
class ShiftModel:
    """All lines. strangers: before any photo of theirs is seen. estimate: with their photos, without labels.

    known_signs: as strangers, of a run whose head learnt from other people, too (`training/known_signs.py`).
    made_by: the command. shifts, sets: what it was fitted on. error: mean absolute error on sets left out, by line.
    """

    strangers: Line
    known_signs: Line
    estimate: Line
    made_by: str
    shifts: int
    sets: int
    error: dict[str, float]


@lru_cache(maxsize=1)
def builtin_shift_model() -> ShiftModel:
    """Return the model that comes with this package."""
    return read_record(ShiftModel, read_json(FILE))
