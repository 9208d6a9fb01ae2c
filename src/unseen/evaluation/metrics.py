"""Compute every number of the report from predictions: accuracy, macro-F1, classes, confusion, worst mistakes.

The one definition of each metric in the project. Unknown is `None` with n=0, never 0.
"""

from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from unseen.errors import UnseenError
from unseen.evaluation.calibration import Calibration, calibration
from unseen.evaluation.intervals import group_codes, interval, resample_totals, summarise
from unseen.records import UNKNOWN, Float32Array, Float64Array, Int64Array, Interval, Predictions, Unit


@dataclass(frozen=True, slots=True)
class Mistake:
    """A wrong answer; `position` is its row in the predictions, `probability` that of what was predicted."""

    position: int
    id: str
    true: str
    predicted: str
    probability: float


@dataclass(frozen=True, slots=True)
class ClassMetrics:
    """Metrics of one class. n: its photos; 0 leaves all else unknown.

    precision: `None` where the class was never predicted. recall: with its interval over groups.
    """

    precision: float | None
    recall: Interval
    f1: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Metrics:
    """Every metric of one part.

    log_loss: nats, `None` without photos. per_class: by name. confusion: (C, C) int64, photos by [true][predicted].
    held_out: what is new in these photos, see `tested_on`; empty where that is not known. interval_over: what the
    groups are that the intervals resample. calibration: whether answers are right as often as they are said to be.
    """

    accuracy: Interval
    macro_f1: Interval
    log_loss: float | None
    per_class: dict[str, ClassMetrics]
    confusion: Int64Array
    classes: tuple[str, ...]
    held_out: tuple[Unit, ...] = ()
    interval_over: Unit = "photo"
    calibration: Calibration | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the block of `metrics.json`: only dicts, lists, strings, numbers and `None`."""
        lists = {"confusion": self.confusion.tolist(), "classes": list(self.classes), "held_out": list(self.held_out)}
        return {**asdict(self), **lists, "calibration": self.calibration.as_dict() if self.calibration else None}


@dataclass(frozen=True, slots=True)
class _Tally:
    """Photos counted by class, each (..., C) float64: answered right, said to be, and really of the class."""

    right: Float64Array
    said: Float64Array
    real: Float64Array


def softmax(logits: npt.NDArray[np.floating[Any]]) -> Float64Array:
    """Return class probabilities, (N, C) float64 with rows that add up to 1, of (N, C) logits."""
    exact: Float64Array = np.exp(_log_softmax(logits))
    return exact


def confusion(predictions: Predictions) -> Int64Array:
    """Count photos by (true, predicted) class, (C, C) int64."""
    count = len(predictions.classes)
    cells = predictions.labels * count + _predicted(predictions)
    return np.bincount(cells, minlength=count * count).reshape(count, count).astype(np.int64)


def accuracy(predictions: Predictions, seed: int) -> Interval:
    """Return the share of photos answered right, in [0, 1], with its interval over groups."""
    return interval(_predicted(predictions) == predictions.labels, predictions.groups, seed)


def macro_f1(predictions: Predictions, seed: int) -> Interval:
    """Return the mean F1 of the classes that have photos (n > 0), with its interval over groups.

    A class without photos is left out of the mean, in the measured value and in each resample: its F1 is
    unknown, and counting it as 0 would punish the model for what the test part lacks.
    """
    n = len(predictions.labels)
    if n == 0:
        return UNKNOWN
    by_group = _tally_by_group(predictions)
    value = float(_macro_f1(_summed(by_group))[0])
    return summarise(value, _macro_f1(_resampled(by_group, seed)), n, len(by_group.right), proportion=True)


def log_loss(predictions: Predictions) -> float | None:
    """Return the mean negative log probability of the true class, in nats; `None` without photos."""
    if len(predictions.labels) == 0:
        return None
    logs = _log_softmax(predictions.logits)
    return float(-logs[np.arange(len(logs)), predictions.labels].mean())


def per_class(predictions: Predictions, seed: int) -> dict[str, ClassMetrics]:
    """Return the metrics of each class by its name."""
    by_group = _tally_by_group(predictions)
    whole, drawn = _summed(by_group), None
    if len(predictions.labels):
        drawn = _resampled(by_group, seed)
    table: dict[str, ClassMetrics] = {}
    for c, name in enumerate(predictions.classes):
        right, said, real = (float(part[0, c]) for part in (whole.right, whole.said, whole.real))
        if drawn is None or real == 0:
            table[name] = ClassMetrics(None, UNKNOWN, None, 0)
            continue
        shares = _ratio(drawn.right[:, c], drawn.real[:, c])
        holders = int(np.count_nonzero(by_group.real[:, c]))
        recall = summarise(right / real, shares, int(real), holders, proportion=True)
        table[name] = ClassMetrics(right / said if said else None, recall, 2 * right / (said + real), int(real))
    return table


def measure(predictions: Predictions, seed: int) -> Metrics:
    """Measure one part.

    Raises `UnseenError` where the predictions do not fit together or a logit is not finite.
    """
    _check(predictions)
    return Metrics(
        accuracy(predictions, seed),
        macro_f1(predictions, seed),
        log_loss(predictions),
        per_class(predictions, seed),
        confusion(predictions),
        predictions.classes,
        calibration=calibration(softmax(predictions.logits), predictions.labels, predictions.groups, seed),
    )


def worst_mistakes(predictions: Predictions, k: int) -> list[Mistake]:
    """Return at most `k` wrong answers, the surest first, shared out fairly between (true, predicted) pairs.

    Each pair gives its surest mistake before any pair gives a second one, so that one confusion cannot fill
    the page while another goes unseen.
    """
    probabilities = softmax(predictions.logits)
    predicted = _predicted(predictions)
    wrong = np.flatnonzero(predicted != predictions.labels)
    sure = probabilities[wrong, predicted[wrong]]
    surest_first = wrong[np.lexsort((wrong, -sure))]
    seen: dict[tuple[int, int], int] = defaultdict(int)
    turns = np.zeros(len(surest_first), dtype=np.int64)
    for i, position in enumerate(surest_first):
        pair = (int(predictions.labels[position]), int(predicted[position]))
        turns[i] = seen[pair]
        seen[pair] += 1
    chosen = np.sort(np.argsort(turns, kind="stable")[: max(0, k)])
    return [
        Mistake(
            position=int(p),
            id=predictions.ids[p],
            true=predictions.classes[predictions.labels[p]],
            predicted=predictions.classes[predicted[p]],
            probability=float(probabilities[p, predicted[p]]),
        )
        for p in surest_first[chosen]
    ]


def _predicted(predictions: Predictions) -> Int64Array:
    """Return the class index with the largest logit, (N,) int64; the first one where two tie."""
    return np.asarray(predictions.logits.argmax(axis=1), dtype=np.int64)


def _log_softmax(logits: npt.NDArray[np.floating[Any]]) -> Float64Array:
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    logs: Float64Array = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return logs


def _tally_by_group(predictions: Predictions) -> _Tally:
    """Count photos by group and class, each (G, C): all that F1 and recall need of the confusion matrix."""
    codes, count = group_codes(predictions.groups)
    classes, predicted = len(predictions.classes), _predicted(predictions)

    def counted(of_class: Int64Array, chosen: npt.NDArray[np.bool_] | slice) -> Float64Array:
        cells = (codes * classes + of_class)[chosen]
        return np.bincount(cells, minlength=count * classes).reshape(count, classes).astype(np.float64)

    return _Tally(
        right=counted(predicted, predicted == predictions.labels),
        said=counted(predicted, slice(None)),
        real=counted(predictions.labels, slice(None)),
    )


def _summed(by_group: _Tally) -> _Tally:
    return _Tally(*(part.sum(axis=0, keepdims=True) for part in (by_group.right, by_group.said, by_group.real)))


def _resampled(by_group: _Tally, seed: int) -> _Tally:
    drawn = resample_totals(np.hstack([by_group.right, by_group.said, by_group.real]), seed)
    return _Tally(*np.split(drawn, 3, axis=1))


def _ratio(part: Float64Array, whole: Float64Array) -> Float64Array:
    """Divide, with NaN where the whole is 0."""
    return np.divide(part, whole, out=np.full_like(whole, np.nan), where=whole > 0)


def _macro_f1(tally: _Tally) -> Float64Array:
    """Return (R,) means over the classes that each row holds photos of."""
    scores = np.where(tally.real > 0, _ratio(2 * tally.right, tally.said + tally.real), 0.0)
    means: Float64Array = scores.sum(axis=1) / np.count_nonzero(tally.real, axis=1)
    return means


def _check(predictions: Predictions) -> None:
    n, classes = len(predictions.ids), len(predictions.classes)
    logits: Float32Array = predictions.logits
    shapes = (predictions.labels.shape, len(predictions.groups), logits.shape)
    if shapes != ((n,), n, (n, classes)):
        raise UnseenError(
            f"predictions of {n} photos and {classes} classes came with arrays of shapes {shapes}: predict again"
        )
    broken = ~np.isfinite(logits).all(axis=1)
    if broken.any():
        first = predictions.ids[int(broken.argmax())]
        raise UnseenError(
            f"{int(broken.sum())} of {n} photos have a score that is not finite ({first} first): "
            "the training diverged, use a lower --learning-rate"
        )
