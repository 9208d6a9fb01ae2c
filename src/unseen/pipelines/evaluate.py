"""Evaluate a run's bundle on new labelled photos; no torch."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from unseen.dataset.known_classes import known_only
from unseen.dataset.load import group_photos, read_photos
from unseen.evaluation.measure import predictions_of, run_photos
from unseen.evaluation.metrics import Metrics, measure, softmax
from unseen.evaluation.results import Results, write_results
from unseen.evaluation.tested_on import unit_of_groups
from unseen.evaluation.trained_on import count_trained_on
from unseen.evaluation.unknowns import count_unknowns
from unseen.explanation.coverage import find_coverage
from unseen.inference.predictor import Predictor
from unseen.paths import results_path
from unseen.progress import Progress
from unseen.records import (
    AskedHand,
    Float32Array,
    Predictions,
    left_out_sentence,
    not_measured,
)
from unseen.report.page import render
from unseen.report.run_content import evaluation_page
from unseen.report.verdict import verdict
from unseen.runs import write_rows, write_text
from unseen.settings import ReadingSettings
from unseen.sources.open_photos import open_photos


@dataclass(frozen=True, slots=True)
class EvaluateResult:
    """Where the results lie, what was measured, and a summary for people. metrics: the content of `metrics.json`."""

    folder: Path
    test: Metrics
    metrics: Mapping[str, Any]
    summary: str


def evaluate(
    run: Path,
    source: Path,
    out: Path | None,
    progress: Progress,
    hand: AskedHand | None = None,
    **how: Unpack[ReadingSettings],
) -> EvaluateResult:
    """Measure the bundle of `run` on `source`; results go to `out`, or `RUN/tests/NAME`.

    A photo whose class the model does not know is a rejected row; the run's own photos are not touched. hand: of two
    hands in a photo, the one that is meant. how: how `source` is read, see `open_photos`.
    """
    predictor = Predictor(run, hand=hand)
    opened = open_photos(source, **how, least_classes=1, known=predictor.classes)
    named = known_only(opened, predictor.classes)
    data = group_photos(read_photos(named, predictor.facts.decode_side_px, progress), progress)
    positions = np.arange(len(data.photos))
    paths = [photo.path for photo in data.photos]
    groups = data.grouping.groups
    found = run_photos(predictor, data.images, positions, progress, "measure")
    predictions = predictions_of(predictor, found.logits, positions, data.labels, paths, groups)
    doubts = predictor.unknown(found.logits, found.features, found.scores)
    unknowns = None if doubts is None else count_unknowns(predictions, doubts, predictor.unknown_at)
    unit = unit_of_groups(data)
    coverage = find_coverage(predictor.path)
    trained = count_trained_on(predictions, coverage.trained_on(found.features), unit) if coverage else None
    test = replace(measure(predictions, seed=0), interval_over=unit)
    results = Results(test=test)
    metrics: dict[str, Any] = {
        "test": test.as_dict(),
        "model": str(run),
        "photos": str(source),
        "not_measured": not_measured(data.rejected),
        "unknown": unknowns.as_dict() if unknowns else None,
        "trained_on": trained.as_dict() if trained else None,
    }
    folder = out or results_path(run, source)
    write_results(folder / "metrics.json", metrics)
    _write_predictions(folder / "predictions.csv", predictions, doubts)
    notes = tuple(one.sentence for one in (trained, unknowns) if one and one.sentence)
    page = evaluation_page(run.resolve().name, source.resolve().name, data, predictor, predictions, results, notes)
    write_text(folder / "report.html", render(page))
    sentences = verdict(results, held_out=False).sentence, *notes, left_out_sentence(data.rejected)
    return EvaluateResult(folder, test, metrics, " ".join(filter(None, sentences)))


def _write_predictions(path: Path, predictions: Predictions, doubts: Float32Array | None) -> None:
    """Write a row a photo. doubts: (N,) how probable it is that it shows nothing known, `None` where nobody asked."""
    probabilities = softmax(predictions.logits)
    names = predictions.classes
    rows = (
        (photo, names[label], names[int(row.argmax())], round(float(row.max()), 4), group, doubt)
        for photo, label, row, group, doubt in zip(
            predictions.ids, predictions.labels, probabilities, predictions.groups,
            [""] * len(probabilities) if doubts is None else doubts.round(4).tolist(), strict=True,
        )
    )  # fmt: skip
    write_rows(path, ["path", "true", "predicted", "probability", "group", "unknown"], rows)
