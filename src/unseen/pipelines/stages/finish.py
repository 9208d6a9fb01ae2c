"""Finish a run: export, measure what was exported, report, and close with the manifest."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from unseen import seeds
from unseen.auditing.audit_result import AuditFolder
from unseen.context import Clock, RunContext
from unseen.dataset.dataset import SplitDataset
from unseen.dataset.load import decode_side_px
from unseen.evaluation.measure import Measured, Outcome, measure_parts
from unseen.evaluation.metrics import Metrics
from unseen.evaluation.results import LeftOut, Results, SplitComparison, write_results
from unseen.evaluation.took_part import took_part
from unseen.explanation.explaining_predictor import ExplainingPredictor
from unseen.export.bundle import CARD, BundleFacts
from unseen.export.model_card import write_card
from unseen.export.onnx_bundle import CHECKED_PHOTOS
from unseen.export.targets import TARGETS
from unseen.features.extract import extract
from unseen.locate.pose_conditioned import PoseConditioned
from unseen.models.classifier import Classifier
from unseen.models.summary import stage_parameters
from unseen.pipelines.stages.cover_training import cover_training
from unseen.pipelines.stages.diagnose import diagnose
from unseen.pipelines.stages.what_is_known import (
    expect_of_strangers,
    keep_reference,
    shows_hands,
    uncalibrated,
)
from unseen.recipe import Recipe
from unseen.records import Float32Array, Part, left_out_sentence, not_measured
from unseen.report.next_steps import Diagnosis, answer, next_steps
from unseen.report.page import Section, render
from unseen.report.run_content import RUN_FILES, training_page
from unseen.report.verdict import numbers_hold_for, verdict
from unseen.runs import RunFolder, read_json, write_text
from unseen.training.history import EpochRow, chosen
from unseen.training.known_signs import KnownSigns, nearly_all_known
from unseen.training.refit import head_logits
from unseen.training.temperature import LEAST_PHOTOS, LOWEST, LOWEST_FOR_HANDS, find_temperature, temper
from unseen.version import __version__

# Validation photos that are looked at again, to calibrate a fine-tuned network.
MOST_CALIBRATED = 200


@dataclass(frozen=True, slots=True)
class TrainResult:
    """A finished run: its folder, the metrics of each part (`None` where it is empty), and a summary for people.

    metrics: the content of `metrics.json`.
    """

    run: RunFolder
    test: Metrics | None
    validation: Metrics | None
    train: Metrics | None
    metrics: Mapping[str, Any]
    summary: str


@dataclass(frozen=True, slots=True)
class Addition:
    """What a run says beside the usual numbers. metrics: under a key of their own in `metrics.json`; notes: sentences
    for the page; sentence: for the screen, before the usual one; sections: of the page.
    """

    metrics: Mapping[str, Any]
    notes: tuple[str, ...] = ()
    sentence: str = ""
    sections: tuple[Section, ...] = ()


def finish(
    context: RunContext,
    data: SplitDataset,
    model: Classifier,
    history: Sequence[EpochRow],
    random_split: SplitComparison,
    add: Callable[[Measured], Addition] = lambda _: Addition({}),
    known: Mapping[Part, Outcome] = MappingProxyType({}),
    features: Float32Array | None = None,
    left_out: LeftOut | None = None,
    signs: KnownSigns | None = None,
) -> TrainResult:
    """Calibrate, export, measure what was exported, report, and close the run with its manifest.

    add: makes what this run reports beside the usual numbers. known: see `measure_parts`. features:
    (N, D) of all photos by these weights, where they are known. left_out: see `leave_out`. signs: known
    signs among the classes, which the head learnt from other people, too.
    """
    run, recipe, clock = context.run, context.recipe, context.clock
    with clock.stage("calibrate"):
        temperature = _calibrate(context, data, model, features)
        known = {part: replace(one, logits=one.logits / np.float32(temperature)) for part, one in known.items()}
    with clock.stage("export"):
        _export(context, data, model, temperature)
    with clock.stage("measure"):
        predictor = ExplainingPredictor(run.model, hand="either")  # its photos show the asked one alone
        measured = measure_parts(predictor, data, recipe.config.seed, context.progress, known)
    more = {
        "chosen": asdict(best) if (best := chosen(history)) else None,
        "not_measured": not_measured(data.rejected),
        "calibration": uncalibrated(measured, temperature, recipe.config.seed),
    }
    added = add(measured)
    added = replace(added, metrics={**more, **added.metrics})
    results = _results(context, data, model, measured, temperature, history, random_split, signs)
    results = replace(results, left_out=left_out)
    _write_metrics(run, results, added)
    with clock.stage("stress"):
        cover_training(context, data, predictor, measured)
        diagnosis = diagnose(data, predictor, measured, results.reported()[0], recipe.config.seed, context.progress)
    with clock.stage("report"):
        page = training_page(
            run.root.resolve().name, data, predictor, measured, results, history, findings=_audited(run),
            parameters=stage_parameters(model.backbone, model.head), settings=recipe.config.as_dict(),
            files=[name for name in RUN_FILES if (run.root / name).exists()], notes=added.notes, diagnosis=diagnosis,
            more=added.sections,
        )  # fmt: skip
        write_text(run.report, render(page))
    # Where the split leaks, test photos are not held out.
    said = verdict(results, held_out=not data.leaks).sentence, left_out_sentence(data.rejected)
    sentence = " ".join((added.sentence, *said)).strip()
    _write_words(run, _facts(recipe, data, model, temperature), results, sentence, diagnosis)
    metrics = _write_metrics(run, replace(results, seconds=_seconds(clock)), added)
    run.write_manifest()
    shutil.rmtree(run.checkpoint, ignore_errors=True)
    return TrainResult(run, results.test, results.validation, results.train, metrics, sentence)


def _results(
    context: RunContext,
    data: SplitDataset,
    model: Classifier,
    measured: Measured,
    temperature: float,
    history: Sequence[EpochRow],
    random_split: SplitComparison,
    signs: KnownSigns | None,
) -> Results:
    """Keep what the run knows of its photos; return what was measured, with what to expect for other people."""
    hands = shows_hands(context.recipe, data)
    poses = isinstance(model.backbone, PoseConditioned)
    reference = keep_reference(context.run.model, data, measured, temperature, hands, poses, signs)
    from_others = nearly_all_known(signs, len(data.classes))
    return Results(
        test=measured.blocks["test"],
        validation=measured.blocks["validation"],
        train=measured.blocks["train"],
        random_split=random_split,
        seconds=_seconds(context.clock),
        strangers=expect_of_strangers(measured, reference, history, hands, from_others),
        took_part=took_part(data) if hands else None,
    )


def _calibrate(context: RunContext, data: SplitDataset, model: Classifier, features: Float32Array | None) -> float:
    """Divide the head's logits by the temperature that fits validation photos, and return it.

    features: (N, D) of all photos by these weights, `None` where they are not known.
    """
    positions = data.split.positions("validation")
    if features is None:
        step = -(-len(positions) // MOST_CALIBRATED) or 1
        positions = positions[::step]
    rows = np.zeros((0, model.backbone.features), np.float32)
    if len(positions) >= LEAST_PHOTOS:
        rows = features[positions] if features is not None else _extracted(context, data, model, positions)
    lowest = LOWEST_FOR_HANDS if shows_hands(context.recipe, data) else LOWEST
    labels = data.labels[positions][: len(rows)]
    temperature = find_temperature(head_logits(model.head.cpu(), rows), labels, lowest)
    temper(model.head, temperature)
    return temperature


def _extracted(context: RunContext, data: SplitDataset, model: Classifier, positions: np.ndarray) -> Float32Array:
    device = context.runtime.device
    return extract(model.preprocess, model.backbone, data.images, positions, device, context.progress, data.boxes)


def _write_words(run: RunFolder, facts: BundleFacts, results: Results, sentence: str, diagnosis: Diagnosis) -> None:
    """Write the model card, and what to paste under a question in a forum."""
    write_text(run.answer, answer(str(run.root), sentence, diagnosis, next_steps(diagnosis, _audited(run))))
    write_text(run.model / CARD, write_card(facts, results.accuracy, sentence, numbers_hold_for(results)))


def _facts(recipe: Recipe, data: SplitDataset, model: Classifier, temperature: float) -> BundleFacts:
    normalisation = model.preprocess.normalisation
    config = recipe.config
    name = f"{config.model} width {config.width:g}" if recipe.spec.has_width else config.model
    return BundleFacts(
        classes=data.classes,
        model=name,
        side_px=recipe.side_px,
        decode_side_px=decode_side_px(recipe.read_px),
        fit=config.fit,
        mean=normalisation.mean,
        std=normalisation.std,
        features=model.backbone.features,
        weights=recipe.weights.source if recipe.weights else "none",
        unseen_version=__version__,
        padding=recipe.weights.padding if recipe.weights else "symmetric",
        temperature=temperature,
        hand=config.hand,
    )


def _audited(run: RunFolder) -> list[tuple[float, str]]:
    """Return (severity, headline) of what the audit of these photos found; empty where none was made."""
    folder = AuditFolder(run.root)
    found = read_json(folder.findings)["findings"] if folder.findings.exists() else []
    return [(row["severity"], row["headline"]) for row in found]


def _export(context: RunContext, data: SplitDataset, model: Classifier, temperature: float) -> None:
    run, recipe, progress = context.run, context.recipe, context.progress
    progress.say("export: writing the ONNX graph and comparing it with torch")
    rng = seeds.generator(recipe.config.seed, "export")
    chosen = rng.permutation(len(data.labels))[:CHECKED_PHOTOS]
    facts = _facts(recipe, data, model, temperature)
    photos = [data.images[int(i)] for i in chosen]
    files = [data.photos[int(i)].file for i in chosen]
    agreement = TARGETS["onnx"](model, recipe.locator, facts, run.model, photos, files)
    progress.say(
        f"export: ONNX Runtime and torch agree on {agreement.same_answers} of {agreement.photos} photos, "
        f"probabilities within {agreement.largest_difference:.1e}; files, arrays and the graph alone give the same "
        f"answer on {agreement.files} of {agreement.files}"
    )


def _seconds(clock: Clock) -> dict[str, float]:
    return {name: round(value, 2) for name, value in clock.stages.items()} | {"total": round(clock.elapsed, 2)}


def _write_metrics(run: RunFolder, results: Results, added: Addition) -> dict[str, Any]:
    metrics = {**results.as_dict(), **added.metrics}
    write_results(run.metrics, metrics)
    return metrics
