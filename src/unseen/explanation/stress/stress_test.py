"""Measure how accurate a model stays when photos are made worse, one way at a time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from unseen.errors import UnseenError
from unseen.evaluation.intervals import interval
from unseen.explanation.foreground import Foreground, find_foreground
from unseen.explanation.stress.corruptions import CORRUPTIONS, corrupt
from unseen.explanation.stress.corruptions import SEVERITIES as PUBLISHED
from unseen.explanation.stress.hand_stress import HAND_STRESS
from unseen.explanation.stress.hand_stress import SEVERITIES as OF_HANDS
from unseen.explanation.stress.slices import Shown, Slice, slices
from unseen.inference.model import Model, can_be_extended, logits_of
from unseen.progress import Progress
from unseen.records import Float64Array, Images, Int64Array, Interval, Rejected, Uint8Array, not_measured
from unseen.seeds import derive
from unseen.threads import work_ahead

WEAKEST = 3
LEAST_LOST = 2  # photos
TOGETHER = 16  # at least so many photos are asked about in one call: two at a time take half as long again each


@dataclass(frozen=True, slots=True)
class Stressed:
    """Accuracy under one kind of stress, over all severities and by severity. picture: a photo under the worst."""

    name: str
    published: bool
    accuracy: Interval
    by_severity: tuple[tuple[int, float], ...]
    picture: Uint8Array


@dataclass(frozen=True, slots=True)
class Stress:
    """What a model withstands. clean: accuracy on the same photos as they are. extends: see `can_be_extended`.

    rejected: files that are in none of the numbers. slices: of the photos as they are, by what they show.
    """

    clean: Interval
    rows: tuple[Stressed, ...]
    extends: bool = True
    rejected: tuple[Rejected, ...] = ()
    slices: tuple[Slice, ...] = ()

    def relative(self, published: bool) -> float | None:
        """Return the mean accuracy under published corruptions, or under those of hands, relative to clean photos."""
        values = [row.accuracy.value or 0.0 for row in self.rows if row.published is published]
        return float(np.mean(values)) / self.clean.value if values and self.clean.value else None

    @property
    def weakest(self) -> tuple[Stressed, ...]:
        """What the model stands worst, worst first, as far as it costs more than the one photo that chance may cost."""
        most = (self.clean.value or 0.0) - (min(LEAST_LOST, self.clean.n) - 0.5) / max(self.clean.n, 1)
        rows = sorted(self.rows, key=lambda row: row.accuracy.value or 0.0)
        return tuple(row for row in rows[:WEAKEST] if (row.accuracy.value or 0.0) < most)

    def as_dict(self) -> dict[str, object]:
        """Return a JSON-ready copy."""
        return {
            "clean": _values(self.clean),
            "relative": {"published": self.relative(True), "hands": self.relative(False)},
            "weakest": [row.name for row in self.weakest],
            "rows": [
                {
                    "name": row.name,
                    "published": row.published,
                    **_values(row.accuracy),
                    "by_severity": {str(severity): value for severity, value in row.by_severity},
                }
                for row in self.rows
            ],
            "slices": [{"shown": one.shown, **_values(one.accuracy)} for one in self.slices],
            "not_measured": not_measured(self.rejected),
        }


def _values(of: Interval) -> dict[str, object]:
    return {"accuracy": of.value, "low": of.low, "high": of.high, "photos": of.n, "groups": of.groups}


def stress(
    model: Model,
    photos: Images,
    labels: Int64Array,
    groups: Sequence[str],
    progress: Progress,
    severities: Sequence[int] = PUBLISHED,
    seed: int = 0,
    shown: Sequence[Sequence[Shown]] = (),
) -> Stress:
    """Measure `model` on N decoded photos under every kind of stress, at those of `severities` that it has.

    shown: what each photo shows, where that is known.
    """
    if len(photos) == 0:
        raise UnseenError("no photos to put under stress: name a folder of class folders")
    pixels = [np.ascontiguousarray(photos[i][..., :3]) for i in range(len(photos))]
    cut = [find_foreground(photo, None) for photo in pixels]
    as_they_are = _right(model, pixels, labels)
    clean = interval(as_they_are, groups, seed)
    kinds = [(name, True, PUBLISHED) for name in CORRUPTIONS] + [(name, False, OF_HANDS) for name in HAND_STRESS]
    steps = [(*kind[:2], [severity for severity in kind[2] if severity in severities]) for kind in kinds]
    # the next one is made while the model is asked about this one
    coming = work_ahead(
        lambda step: _changed(*step, pixels, cut, seed),
        [(name, published, severity) for name, published, used in steps for severity in used],
        "stress", threads=1, ahead=2,
    )  # fmt: skip
    asked = _asked(model, coming, labels)
    rows = []
    with progress.task("stress", len(kinds), "kinds") as bar:
        for name, published, used in steps:
            answers = list(islice(asked, len(used)))
            if answers:
                right = [was_right for was_right, _ in answers]
                accuracy = interval(np.mean(right, axis=0), groups, seed)
                by_severity = tuple((severity, float(row.mean())) for severity, row in zip(used, right, strict=True))
                rows.append(Stressed(name, published, accuracy, by_severity, answers[-1][1]))
            bar.advance()
    sliced = slices(as_they_are > 0, shown, groups, seed)
    return Stress(clean, tuple(rows), can_be_extended(model), slices=sliced)


def _changed(
    name: str, published: bool, severity: int, pixels: Sequence[Uint8Array], cut: Sequence[Foreground], seed: int
) -> list[Uint8Array]:
    seeds = [derive(seed, "stress", name, severity, i) % 2**32 for i in range(len(pixels))]
    if published:
        return [corrupt(photo, name, severity, one) for photo, one in zip(pixels, seeds, strict=True)]
    change = HAND_STRESS[name]
    return [change(photo, of, severity, one) for photo, of, one in zip(pixels, cut, seeds, strict=True)]


def _asked(
    model: Model, coming: Iterable[list[Uint8Array]], labels: Int64Array
) -> Iterator[tuple[Float64Array, Uint8Array]]:
    """Yield for each change where the model was right, (N,), and its first photo; few photos are asked together."""
    waiting: list[list[Uint8Array]] = []

    def answered() -> Iterator[tuple[Float64Array, Uint8Array]]:
        right = _right(model, [photo for changed in waiting for photo in changed], np.tile(labels, len(waiting)))
        yield from zip(right.reshape(len(waiting), -1), [changed[0] for changed in waiting], strict=True)
        waiting.clear()

    for changed in coming:
        waiting.append(changed)
        if len(waiting) * len(changed) >= TOGETHER:
            yield from answered()
    if waiting:
        yield from answered()


def _right(model: Model, photos: Sequence[Uint8Array], labels: Int64Array) -> Float64Array:
    return np.asarray(logits_of(model, photos).argmax(axis=1) == labels, np.float64)
