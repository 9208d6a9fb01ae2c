"""Compare the old and new models on photos neither was trained on."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from unseen.dataset.merge import MergedDataset
from unseen.evaluation.measure import Measured, predict_photos
from unseen.evaluation.metrics import accuracy
from unseen.evaluation.results import read_results
from unseen.inference.predictor import Predictor
from unseen.pipelines.stages.adaptation import Adaptation
from unseen.pipelines.stages.finish import Addition
from unseen.pipelines.stages.loaded_run import LoadedRun
from unseen.progress import Progress
from unseen.records import UNKNOWN, Int64Array, Interval, Predictions
from unseen.text import count, percent
from unseen.training.refit import HeadMix

MOST_LOST = 0.01  # of the accuracy on old photos; from here on it is said as a warning


@dataclass(frozen=True, slots=True)
class Kind:
    """Photos of the test part of one kind. before, after: accuracy of the old and the new bundle; `before` is unknown
    for classes that the old one does not have.
    """

    before: Interval
    after: Interval

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-ready copy."""
        return asdict(self)


class Gains:
    """Measures the old bundle on new test photos when it is made, and compares the new one with it once that is
    measured. What the old bundle makes of the old test photos stands in the old run.
    """

    def __init__(
        self, trained: LoadedRun, joined: MergedDataset, mixed: HeadMix, change: Adaptation | None, progress: Progress
    ) -> None:
        self._trained, self._joined, self._mixed, self._change = trained, joined, mixed, change
        data, known = joined.data, len(trained.facts.classes)
        test = data.split.positions("test")
        fresh, old_class = joined.is_new[test], data.labels[test] < known
        # positions of the photos in the test part, by kind
        self._kinds: dict[str, Int64Array] = {
            "old_photos": np.flatnonzero(~fresh),
            "new_photos": np.flatnonzero(fresh & old_class),
            "new_classes": np.flatnonzero(fresh & ~old_class),
        }
        before = read_results(trained.run.metrics).test
        old = self._kinds["old_photos"]
        self._old = before.accuracy if before and before.accuracy.n == len(old) else None
        asked = test[self._kinds["new_photos"] if self._old else np.concatenate([old, self._kinds["new_photos"]])]
        paths = [photo.path for photo in data.photos]
        bundle = Predictor(trained.run.root)
        self._said = predict_photos(
            bundle, data.images, asked, data.labels, paths, data.split.groups, progress, "before"
        )

    def compare(self, measured: Measured) -> Addition:
        """Return the numbers and sentences of the new bundle, `measured`, beside the old one."""
        seed, test = self._trained.recipe.config.seed, measured.predictions["test"]
        said = np.arange(len(self._said.labels))
        new = said[len(said) - len(self._kinds["new_photos"]) :]
        before = {
            "old_photos": self._old or accuracy(_some(self._said, said[: len(said) - len(new)]), seed),
            "new_photos": accuracy(_some(self._said, new), seed),
            "new_classes": UNKNOWN,
        }
        kinds = {name: Kind(before[name], accuracy(_some(test, where), seed)) for name, where in self._kinds.items()}
        lost = _lost(kinds["old_photos"])
        added = self._joined.data.classes[len(self._trained.facts.classes) :]
        fresh = self._joined.data.split.positions("train")
        metrics = {
            "new_training_photos": int(self._joined.is_new[fresh].sum()),
            "classes_added": list(added),
            **{name: kind.as_dict() for name, kind in kinds.items()},
            "old_validation": {"before": self._mixed.before, "after": self._mixed.after},
            "mix": self._mixed.mix,
            "lost": lost,
            "adapted": self._change.as_dict() if self._change else None,
        }
        sentences = self._sentences(kinds, lost)
        return Addition({"extended": metrics}, tuple(sentences), " ".join(sentences))

    def _sentences(self, kinds: dict[str, Kind], lost: float | None) -> list[str]:
        """Say what was gained, then what was lost."""
        said = []
        new, more, old = kinds["new_photos"], kinds["new_classes"], kinds["old_photos"]
        if new.after.n:
            said.append(f"New test photos of old classes ({new.after.n:,}): {_both(new)}.")
        if more.after.n:
            said.append(f"New classes: {percent(more.after.value)} of {count(more.after.n, 'new test photo')} correct.")
        if old.after.n:
            said.append(f"Old test photos ({old.after.n:,}): {_both(old)}.")
        else:
            said.append("The run has no test photos, so what the old classes lose is not known.")
        if self._joined.source is None and self._change:
            said.append("Adaptation to photos without labels: what that gains on them cannot be known.")
        if lost is not None and lost >= MOST_LOST:
            said.append(
                f"Warning: old classes lose {lost * 100:.1f} points: keep the old run, or train on all photos together."
            )
        return said


def _some(predictions: Predictions, rows: Int64Array) -> Predictions:
    chosen = rows.tolist()
    return Predictions(
        tuple(predictions.ids[i] for i in chosen),
        predictions.labels[rows],
        tuple(predictions.groups[i] for i in chosen),
        predictions.logits[rows],
        predictions.classes,
    )


def _lost(old: Kind) -> float | None:
    """Return by how much the accuracy on old test photos fell; negative where it rose, `None` where it is unknown."""
    if old.before.value is None or old.after.value is None:
        return None
    return old.before.value - old.after.value


def _both(kind: Kind) -> str:
    return f"{percent(kind.before.value)} correct before, {percent(kind.after.value)} now"
