"""The landmark rival's cells of the table of `bench.generalise`: a trial in; which photos it told right out."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from bench.cached_runs import Cell, read_answers
from bench.landmark_rival import Joints, Rival
from bench.landmarks import features, find_landmarks, hands_of
from bench.pairs import Trial
from bench.photosets import LabelledPhotos, open_set
from unseen.dataset.load import decode_side_px
from unseen.records import Grouping, Int64Array, Part
from unseen.runs import read_json, write_json, write_rows
from unseen.split.plan import plan_split

LANDMARKS = "MediaPipe landmarks"
COLUMNS = ("path", "true", "predicted", "group")
SHARES: dict[Part, float] = {"train": 0.7, "validation": 0.15, "test": 0.15}  # as `unseen train` splits


@dataclass(frozen=True)
class LandmarkRival:
    """Trains and tests the rival. python: one with MediaPipe. data: the folder of the sets. out: as of the bench."""

    python: Path
    data: Path
    out: Path

    def cell(self, trial: Trial, train_set: str, test_set: str, seed: int) -> Cell:
        """Return the rival's answers; the sets are the folders of `data` that the trial's photos lie in."""
        run = self.out / f"{trial.name}_landmarks_{seed}" / trial.test.name
        if not (run / "cell.json").exists():
            train, known = self._joints(trial.train, trial.classes, train_set)
            test, asked = self._joints(trial.test, trial.classes, test_set)
            split = plan_split(known.photos, Grouping(known.groups, ()), SHARES, seed)
            rival = Rival(train.at(split.positions("train")), len(known.photos.classes), seed)
            held_out = train.at(split.positions("test"))
            write_rows(run / "predictions.csv", COLUMNS, said_rows(asked, known, rival.answers(test)))
            own = float((rival.answers(held_out) == held_out.labels).mean())
            write_json(run / "cell.json", {"own": own, "seconds": rival.seconds})
        facts = read_json(run / "cell.json")
        return Cell(read_answers(run), facts["own"], facts["seconds"])

    def _joints(self, source: Path, classes: tuple[str, ...] | None, name: str) -> tuple[Joints, LabelledPhotos]:
        found = self.out / "landmarks" / f"{name.replace('/', '-')}.npz"
        return joints_of(source, classes, found, self.data / name, self.python)


@cache
def joints_of(
    source: Path, classes: tuple[str, ...] | None, found: Path, folder: Path, python: Path
) -> tuple[Joints, LabelledPhotos]:
    """Return the joints of the photos of `source`, which lie in `folder`, and the photos."""
    data = open_set(source, decode_side_px(160), classes)
    files = [photo.file for photo in data.photos.photos]
    hands = hands_of(files, find_landmarks(folder, found, python), found)
    shapes = np.stack([data.headers.width, data.headers.height], axis=1).astype(np.float32)
    return Joints(features(hands, shapes), hands.seen, data.labels), data


def said_rows(asked: LabelledPhotos, known: LabelledPhotos, said: Int64Array) -> list[tuple[str, str, str, str]]:
    """Return path, true and predicted class ('' for none) and group of each photo of `asked`."""
    names = known.photos.classes
    return [
        (photo.path, photo.label, names[answer] if answer >= 0 else "", group)
        for photo, group, answer in zip(asked.photos.photos, asked.groups, said.tolist(), strict=True)
    ]
