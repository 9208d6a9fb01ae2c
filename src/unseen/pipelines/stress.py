"""Measure what a model withstands: `unseen stress RUN PHOTOS`; no torch."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Unpack

import numpy as np

from unseen.dataset.known_classes import known_only
from unseen.dataset.load import group_photos, read_photos
from unseen.explanation.stress.slices import Shown, what_is_shown
from unseen.explanation.stress.stress_test import Stress
from unseen.explanation.stress.stress_test import stress as measure
from unseen.inference.predictor import Predictor
from unseen.progress import Progress
from unseen.records import Int64Array, Uint8Array
from unseen.runs import write_text
from unseen.seeds import generator
from unseen.settings import ReadingSettings
from unseen.sources.open_photos import open_photos

SEVERITIES = (1, 2, 3, 4, 5)


def stress(
    run: Path, source: Path, most: int, page: Path | None, progress: Progress, **how: Unpack[ReadingSettings]
) -> Stress:
    """Put at most `most` photos of `source`, spread over the classes, under every stress; write `page` where named."""
    predictor = Predictor(run)
    opened = known_only(open_photos(source, **how, least_classes=1, known=predictor.classes), predictor.classes)
    chosen = spread(opened.labels, most)
    data = group_photos(read_photos(opened.select(chosen), predictor.facts.decode_side_px, progress), progress)
    shown = _shown(predictor, [np.ascontiguousarray(data.images[i][..., :3]) for i in range(len(data.images))])
    found = measure(predictor, data.images, data.labels, data.grouping.groups, progress, SEVERITIES, shown=shown)
    found = replace(found, rejected=data.rejected)
    if page is not None:
        from unseen.report.page import Page, render
        from unseen.report.stress_section import stress_section

        about = f"The model of {run.resolve().name} on {found.clean.n} photos of {source.resolve().name}, made worse."
        write_text(page, render(Page(f"What {run.resolve().name} withstands", about, (stress_section(found),))))
    return found


def _shown(predictor: Predictor, photos: Sequence[Uint8Array]) -> list[tuple[Shown, ...]]:
    """Return what each photo shows of a hand; nothing where the bundle tells no joints."""
    regions = predictor.run(photos).regions
    joints = None if regions is None else regions.keypoints
    return [what_is_shown(photo, None if joints is None else joints[i]) for i, photo in enumerate(photos)]


def spread(labels: Int64Array, most: int) -> list[int]:
    """Return positions of at most `most` photos, as many of each class as there are, ascending."""
    order = generator(0, "stress").permutation(len(labels))
    turns = np.empty(len(labels), np.int64)
    for label in np.unique(labels):
        own = order[labels[order] == label]
        turns[own] = np.arange(len(own))
    chosen: list[int] = sorted(np.argsort(turns, kind="stable")[:most].tolist())
    return chosen
