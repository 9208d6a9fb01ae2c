"""A made-up run for the page: planted predictions, drawn pictures, names as they come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from unseen.evaluation.metrics import Mistake, measure, worst_mistakes
from unseen.evaluation.results import FeatureKind, Results, SplitComparison
from unseen.records import GroupReason, Interval, Part, Predictions, Rejected, Uint8Array
from unseen.report import sections
from unseen.report.evidence import CellPhotos
from unseen.report.page import Page
from unseen.training.history import EpochRow


@dataclass(frozen=True)
class RunFake:
    """What the sections of a run's page are made of."""

    title: str = "run"
    results: Results = field(default_factory=Results)
    about: str = ""
    held_out: bool = True
    history: Sequence[EpochRow] = ()
    mistakes: Sequence[tuple[Mistake, Uint8Array]] = ()
    examples: Mapping[str, Sequence[tuple[str, Uint8Array]]] = field(default_factory=dict)
    part_counts: Mapping[str, Mapping[Part, int]] = field(default_factory=dict)
    part_groups: Mapping[Part, int] = field(default_factory=dict)
    grouping: tuple[GroupReason, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    notes: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    audit: Sequence[tuple[float, str]] = ()
    parameters: Sequence[tuple[str, int, int]] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    cells: Sequence[CellPhotos] = ()
    predictions: Predictions | None = None

    def page(self) -> Page:
        return Page(
            self.title,
            self.about,
            (
                sections.headline(self.results, self.held_out),
                sections.numbers(self.results),
                sections.curves(self.history),
                sections.confusion(self.results, self.cells),
                sections.classes(self.results),
                sections.groups(self.results, self.predictions),
                sections.mistakes(self.mistakes),
                sections.examples(self.examples),
                sections.audit_summary(self.audit),
                sections.division(self.grouping, self.notes, self.part_counts, self.part_groups),
                sections.left_out(self.rejected),
                sections.details(self.results.seconds, self.files, self.parameters, self.settings),
            ),
        )


def picture(seed: int, side_px: int = 96) -> Uint8Array:
    """A soft gradient with one disc: compresses like a photo, unlike noise."""
    rows, columns = np.mgrid[0:side_px, 0:side_px] / side_px
    rng = np.random.default_rng(seed)
    disc = (rows - rng.random()) ** 2 + (columns - rng.random()) ** 2 < 0.05
    planes = [rows * 200, columns * 200, np.where(disc, 230, 60)]
    return np.stack(planes, axis=2).astype(np.uint8)


def planted(classes: tuple[str, ...], photos: int, groups: int, wrong_every: int = 6) -> Predictions:
    """Predictions with every `wrong_every`-th photo taken for the next class, in groups of turns."""
    labels = np.arange(photos) % len(classes)
    said = np.where(np.arange(photos) % wrong_every == 0, (labels + 1) % len(classes), labels)
    logits = np.zeros((photos, len(classes)), dtype=np.float32)
    logits[np.arange(photos), said] = 4 + np.arange(photos) % 3
    return Predictions(
        ids=tuple(f"{classes[label]}/photo_{i}.jpg" for i, label in enumerate(labels)),
        labels=labels.astype(np.int64),
        groups=tuple(f"person {i * groups // photos}" for i in range(photos)),
        logits=logits,
        classes=classes,
    )


def content(classes: tuple[str, ...] = ("rock", "paper", "scissors"), examples: int = 8) -> RunFake:
    """A whole report, every section filled."""
    test = planted(classes, photos=60 * len(classes), groups=9)
    history = [
        EpochRow(
            epoch=epoch,
            phase="head" if epoch < 3 else "fine-tune",
            loss=2 * 0.7**epoch,
            accuracy=1 - 0.6 * 0.7**epoch,
            validation_loss=2 * 0.8**epoch + 0.2,
            validation_accuracy=None if epoch == 2 else 0.9 - 0.6 * 0.75**epoch,
            learning_rate=0.001,
            seconds=1.0,
        )
        for epoch in range(8)
    ]
    return RunFake(
        title="Rock, paper, scissors",
        about="Tells apart three hand signs.",
        results=Results(
            test=measure(test, seed=0),
            validation=measure(planted(classes, 100, 5, wrong_every=9), seed=0),
            train=measure(planted(classes, 200, 20, wrong_every=99), seed=0),
            random_split=SplitComparison(
                accuracy=Interval(0.974, 0.95, 0.99, 180, 20),
                group_split_accuracy=Interval(0.751, 0.70, 0.80, 180, 9),
                own_split=True,
                features=FeatureKind.FROZEN,
            ),
            seconds={"features": 14.2, "fine-tune": 611.0, "total": 640.0},
        ),
        history=history,
        mistakes=[(mistake, picture(mistake.position)) for mistake in worst_mistakes(test, 6)],
        examples={
            name: [(f"{name}/{i}.jpg", picture(100 * c + i)) for i in range(examples)] for c, name in enumerate(classes)
        },
        part_counts={name: {"train": 120, "validation": 30, "test": 60} for name in classes},
        part_groups={"train": 31, "validation": 5, "test": 9},
        grouping=(GroupReason("folder", 630, 45, "630 photos in 45 groups from their folder names."),),
        rejected=(Rejected("a/1.jpg", "truncated file"), Rejected("b/2.jpg", "truncated file")),
        notes=("Class rock is small.",),
        settings={"model": {"backbone": "mobilenetv2"}, "minutes": None, "augment": ["warp", "colour"]},
        parameters=[("backbone", 0, 2_223_872), ("head", 3_843, 0)],
        files={"model/model.onnx": "the model"},
    )
