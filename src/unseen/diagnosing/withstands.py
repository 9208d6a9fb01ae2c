"""Say why any model is wrong on some photos, and what it withstands: replays and stress, through `Model` alone."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from unseen.dataset.dataset import Dataset
from unseen.explanation.cause_wording import TITLES
from unseen.explanation.causes import Cause
from unseen.explanation.explain_photo import explain_seen
from unseen.explanation.known_training import Known, see
from unseen.explanation.stress.stress_test import Stress, stress
from unseen.inference.model import Model, logits_of
from unseen.photos.working_size import reduce_photo
from unseen.progress import Progress
from unseen.records import Int64Array, Uint8Array
from unseen.seeds import generator
from unseen.text import count, listed, percent

# A mistake costs about 50 predictions, a photo under stress 27.
MISTAKES, STRESSED, SEVERITY = 6, 8, 3
SIDE_PX = 256  # photos are reduced to this short side: corrupting large ones takes longer than predicting them


@dataclass(frozen=True, slots=True)
class Withstands:
    """What was tried. mistakes: the worst, that were replayed; causes: how many each explains, most first."""

    mistakes: int
    causes: tuple[tuple[Cause, int], ...]
    stress: Stress | None

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-ready copy."""
        causes = {cause.value: number for cause, number in self.causes}
        return {"mistakes": self.mistakes, "causes": causes, "stress": self.stress.as_dict() if self.stress else None}

    def lines(self) -> list[str]:
        """Return what a person reads."""
        found = []
        named = listed([f"{TITLES[cause].lower()} ({number})" for cause, number in self.causes], 3)
        if self.mistakes:
            found.append(
                f"{count(self.mistakes, 'mistake')} replayed with one thing changed at a time: "
                f"{named or 'no single change mends them, so it was not trained on photos like these'}."
            )
        if self.stress and self.stress.weakest:
            rows = [f"{row.name} ({percent(row.accuracy.value, 0)})" for row in self.stress.weakest]
            found.append(
                f"What it withstands least: {listed(rows, 3)}; the same {count(self.stress.clean.n, 'photo')} as they "
                f"are: {percent(self.stress.clean.value, 0)} right."
            )
        return found


def withstands(model: Model, wrong_on: Dataset, put_under: Dataset, seed: int, progress: Progress) -> Withstands:
    """Replay the model's worst mistakes on `wrong_on`, and put some photos of `put_under` under stress.

    A photo whose class the model does not know is left out.
    """
    photos, true, _ = _known(model, wrong_on, seed, len(wrong_on.photos))
    logits = logits_of(model, photos) if photos else np.zeros((0, len(model.classes)), np.float32)
    lost = logits.max(axis=1) - logits[np.arange(len(true)), true]
    worst = [int(i) for i in np.argsort(-lost)[:MISTAKES] if logits[i].argmax() != true[i]]
    accused: Counter[Cause] = Counter()
    with progress.task("replay mistakes", len(worst), "photos") as task:
        for i in worst:
            label = model.classes[int(true[i])]
            found = explain_seen(model, see(photos[i], Known()), label, thorough=True)
            # what a replay mended: looks alone, such as blue photos, accuse without a try
            accused.update([one.cause for one in found.causes if one.replay][:1])
            task.advance(1)
    photos, true, groups = _known(model, put_under, seed, STRESSED)
    stressed = stress(model, photos, true, groups, progress, (SEVERITY,), seed) if photos else None
    return Withstands(len(worst), tuple(accused.most_common()), stressed)


def _known(model: Model, data: Dataset, seed: int, most: int) -> tuple[list[Uint8Array], Int64Array, list[str]]:
    """Return at most so many photos of classes that the model knows, reduced; their outputs and groups."""
    known = [i for i, photo in enumerate(data.photos) if photo.label in model.classes]
    places = generator(seed, "doctor", "withstands").permutation(np.array(known, np.int64))[:most].tolist()
    photos = [reduce_photo(np.ascontiguousarray(data.images[i][..., :3]), SIDE_PX) for i in places]
    true = np.array([model.classes.index(data.photos[i].label) for i in places], np.int64)
    return photos, true, [data.grouping.groups[i] for i in places]
