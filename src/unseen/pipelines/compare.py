"""`unseen compare`: which of two runs is better, on the same photos, and where they differ; no torch with PHOTOS."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from unseen.dataset.dataset import Dataset
from unseen.dataset.known_classes import known_only
from unseen.dataset.load import group_photos, read_photos
from unseen.errors import UnseenError
from unseen.evaluation.measure import predict_photos
from unseen.evaluation.paired import Difference, by_class, paired
from unseen.evaluation.tested_on import over, unit_of_groups
from unseen.inference.model import Model
from unseen.inference.predictor import Predictor
from unseen.progress import Progress
from unseen.records import PhotoSet, Rejected, Unit, left_out_sentence, not_measured
from unseen.runs import RunFolder, read_rows
from unseen.settings import ReadingSettings
from unseen.sources.open_photos import open_photos
from unseen.text import count, percent, points


@dataclass(frozen=True, slots=True)
class Changed:
    """A photo that exactly one of both runs has right."""

    path: str
    true: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both runs on the same photos. over: what the intervals resample. changed: photos gained first, then lost.

    rejected: files that are in none of the numbers.
    """

    accuracy: Difference
    per_class: Mapping[str, Difference]
    over: Unit
    changed: tuple[Changed, ...]
    classes: tuple[str, ...]
    rejected: tuple[Rejected, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-ready copy."""
        return {
            "accuracy": self.accuracy.as_dict(),
            "per_class": {name: one.as_dict() for name, one in self.per_class.items()},
            "interval_over": self.over,
            "classes": list(self.classes),
            "changed": [asdict(one) for one in self.changed],
            "not_measured": not_measured(self.rejected),
            "summary": self.summary,
        }

    @property
    def summary(self) -> str:
        """Say which is better, or that it cannot be told."""
        before, after, gain = self.accuracy.before, self.accuracy.after, self.accuracy.difference
        both = f"{percent(before.value)} correct with the first run, {percent(after.value)} with the second"
        value, low, high = gain.value or 0.0, gain.low, gain.high
        if low is None or high is None:
            which = "all photos are of one group, so whether that is chance is not known"
        else:
            better = "the second is better" if value > 0 else "the first is better"
            which = f"{better} by {points(value)}" if self.accuracy.sure else "which is better cannot be told"
            which += f" (95% interval of the gain {low * 100:+.1f} to {high * 100:+.1f} points, {over(self.over)})"
        gained = sum(one.after == one.true for one in self.changed)
        said = (
            f"On {count(gain.n, 'photo')}: {both}; {which}. {count(gained, 'answer')} gained, "
            f"{len(self.changed) - gained:,} lost."
        )
        return " ".join(filter(None, (said, left_out_sentence(self.rejected))))


def compare_runs(
    first: Path, second: Path, photos: Path | None, progress: Progress, **how: Unpack[ReadingSettings]
) -> Comparison:
    """Measure both bundles on `photos`, or on the test photos that both runs held out."""
    models = Predictor(first), Predictor(second)
    shared = tuple(name for name in models[0].classes if name in models[1].classes)
    if not shared:
        raise UnseenError(f"{first} and {second} have no class in common: compare runs of the same classes")
    named = (
        open_photos(photos, **how, least_classes=1, known=models[0].classes)
        if photos
        else _held_out_by_both(first, second)
    )
    named = known_only(named, shared, "both runs'")
    data = group_photos(read_photos(named, max(one.facts.decode_side_px for one in models), progress), progress)
    return compare_models(models, data, progress)


def compare_models(
    models: tuple[Model, Model],
    data: Dataset,
    progress: Progress,
    called: tuple[str, str] = ("first run", "second run"),
) -> Comparison:
    """Measure both models on photos of classes that both know."""
    positions, groups = np.arange(len(data.photos)), data.grouping.groups
    paths, answers = [photo.path for photo in data.photos], []
    for model, name in zip(models, called, strict=True):
        said = predict_photos(model, data.images, positions, data.labels, paths, groups, progress, name)
        answers.append(np.array(model.classes)[said.logits.argmax(axis=1)])
    true = np.array(data.classes)[data.labels]
    right = [one == true for one in answers]
    changed = [
        Changed(paths[i], str(true[i]), str(answers[0][i]), str(answers[1][i]))
        for better in (1, 0)
        for i in np.flatnonzero(right[better] & ~right[1 - better]).tolist()
    ]
    unit = unit_of_groups(data)
    return Comparison(
        replace(paired(right[0], right[1], groups), over=unit),
        by_class(right[0], right[1], groups, data.labels, data.classes),
        unit,
        tuple(changed),
        data.classes,
        data.rejected,
    )


def _held_out_by_both(first: Path, second: Path) -> PhotoSet:
    """Return the photos of the second run's folder that are test photos of both runs."""
    from unseen.pipelines.stages.held_out_photos import held_out_photos
    from unseen.pipelines.stages.loaded_run import load_run

    found = held_out_photos(load_run(second), also=read_rows(RunFolder(first).split))
    if not found.photos:
        raise UnseenError(
            f"{first} and {second} held out no photo that both were tested on: name photos after the runs"
        )
    return found
