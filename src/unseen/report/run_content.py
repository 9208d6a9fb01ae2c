"""Make the page of a training run and of an evaluation from their records."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from unseen.dataset.dataset import Dataset, SplitDataset
from unseen.evaluation.measure import Measured
from unseen.evaluation.metrics import Mistake, worst_mistakes
from unseen.evaluation.results import Results
from unseen.inference.predictor import Predictor
from unseen.records import PARTS, Images, Part, Predictions, Uint8Array
from unseen.report import sections
from unseen.report.appendix import MAX_EXAMPLES
from unseen.report.evidence import cell_photos
from unseen.report.next_steps import Diagnosis, next_steps
from unseen.report.page import Page, Section
from unseen.report.stress_section import stress_section
from unseen.text import count, listed
from unseen.training.history import EpochRow

# Files of a run folder and of an evaluation, by name; the page lists those that exist.
RUN_FILES = {
    "model/": "the model to deploy: model.onnx, bundle.json, weights.safetensors, model card",
    "metrics.json": "every number of this page",
    "answer.md": "what to paste under a question in a forum: how good, how measured, what to do",
    "split.csv": "path, label, group and part of each photo",
    "policy.json": "how photos were augmented; --augment policy.json takes it",
    "varied.png": "some photos as augmented for training",
    "copied.png": "signs copied from these photos and rendered by other people",
    "audit.html": "problems found in the photos",
    "history.csv": "accuracy and loss of each epoch",
    "run.json": "settings, versions, seed and a hash of the photos",
}
EVALUATION_FILES = {
    "predictions.csv": "path, true and predicted class, probability, group",
    "metrics.json": "every number of this page",
}


def training_page(
    name: str,
    data: SplitDataset,
    predictor: Predictor,
    measured: Measured,
    results: Results,
    history: Sequence[EpochRow],
    *,
    findings: Sequence[tuple[float, str]],
    parameters: Sequence[tuple[str, int, int]],
    settings: Mapping[str, Any],
    files: Sequence[str],
    notes: Sequence[str] = (),
    diagnosis: Diagnosis | None = None,
    more: Sequence[Section] = (),
) -> Page:
    """Return the page of a finished training run.

    findings: (severity, headline) of the audit. parameters: (layer, trainable, frozen)
    rows. files: names in the run folder. notes: sentences beside those of `data`.
    diagnosis: why mistakes happen, and what the model withstands. more: what else was tried.
    """
    part, _ = results.reported()
    positions = data.split.positions(part).tolist()
    trained_on = len(data.split.positions("train"))
    return Page(
        name,
        f"A classifier of {count(len(data.classes), 'class')} ({listed(data.classes, 12)}), trained on {trained_on:,}"
        f" of {count(len(data.photos), 'photo')}.",
        (
            sections.headline(results, held_out=not data.leaks),
            sections.next_steps(next_steps(diagnosis, findings)) if diagnosis else None,
            sections.numbers(results),
            sections.curves(history),
            sections.confusion(results, cell_photos(data, positions, measured.predictions[part])),
            sections.classes(results),
            sections.probabilities(results),
            sections.groups(results, measured.predictions[part]),
            stress_section(diagnosis.stress) if diagnosis else None,
            sections.mistakes(
                _mistakes(predictor, data.images, positions, measured.predictions[part]),
                diagnosis.causes if diagnosis else None,
            ),
            *more,
            sections.audit_summary(findings),
            sections.examples(_examples(predictor, data)),
            sections.division(
                data.grouping.reasons, (*data.notes, *notes), _photos(data), _groups(data), leaks=bool(data.leaks)
            ),
            sections.left_out(data.rejected),
            sections.details(results.seconds, {k: v for k, v in RUN_FILES.items() if k in files}, parameters, settings),
        ),
    )


def evaluation_page(
    run: str,
    source: str,
    data: Dataset,
    predictor: Predictor,
    predictions: Predictions,
    results: Results,
    notes: Sequence[str] = (),
) -> Page:
    """Return the page of the model of `run`, measured on the photos of `source`, which it may have been trained on."""
    return Page(
        f"{run} on {source}",
        f"The model of {run}, evaluated on {count(len(data.photos), 'photo')} of {source}.",
        (
            sections.headline(results, held_out=False),
            sections.numbers(results),
            sections.confusion(results, cell_photos(data, range(len(data.photos)), predictions)),
            sections.classes(results),
            sections.probabilities(results),
            sections.groups(results, predictions),
            sections.mistakes(_mistakes(predictor, data.images, range(len(data.photos)), predictions)),
            sections.division(data.grouping.reasons, (*data.notes, *notes)),
            sections.left_out(data.rejected),
            sections.details({}, EVALUATION_FILES),
        ),
    )


def _mistakes(
    predictor: Predictor, images: Images, positions: Sequence[int], predictions: Predictions
) -> list[tuple[Mistake, Uint8Array]]:
    """Return the worst mistakes with the pixels the model was given; `positions`: of the photos of `predictions`."""
    found = worst_mistakes(predictions, sections.MAX_MISTAKES)
    if not found:
        return []
    pixels = predictor.preprocess([images[positions[mistake.position]] for mistake in found])
    return list(zip(found, pixels, strict=True))


def _examples(predictor: Predictor, data: SplitDataset) -> dict[str, list[tuple[str, Uint8Array]]]:
    """Return photos of each class, evenly spread over its files, as the model is given them."""
    chosen: dict[str, list[int]] = {}
    for index, name in enumerate(data.classes):
        members = np.flatnonzero(data.labels == index)
        spread = np.linspace(0, len(members) - 1, min(MAX_EXAMPLES, len(members))).astype(int)
        chosen[name] = members[spread].tolist()
    given = iter(predictor.preprocess([data.images[i] for positions in chosen.values() for i in positions]))
    return {name: [(data.photos[i].path, next(given)) for i in positions] for name, positions in chosen.items()}


def _photos(data: SplitDataset) -> dict[str, dict[Part, int]]:
    """Count the photos of each class and part."""
    counts = Counter((photo.label, part) for photo, part in zip(data.photos, data.split.parts, strict=True))
    return {name: {part: counts[name, part] for part in PARTS} for name in data.classes}


def _groups(data: SplitDataset) -> dict[Part, int]:
    """Count the groups of each part."""
    return {part: len({data.split.groups[i] for i in data.split.positions(part).tolist()}) for part in PARTS}
