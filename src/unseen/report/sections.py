"""Make the sections of a run's page; a function returns `None` where its section would be empty.

Pixels are (H, W, 3) uint8 RGB. Names and paths may hold anything: the templates escape them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from unseen.evaluation.metrics import Mistake
from unseen.evaluation.results import Results
from unseen.evaluation.tested_on import UNITS, over
from unseen.evaluation.tried_ways import TriedGenerated
from unseen.records import PARTS, UNKNOWN, GroupReason, Part, Predictions, Rejected, Uint8Array
from unseen.report import plots, wording
from unseen.report.appendix import few_examples, rejected_rows, stage_times
from unseen.report.audit_wording import level
from unseen.report.curves import accuracy_curves, loss_curves
from unseen.report.evidence import CellPhotos
from unseen.report.page import Section
from unseen.report.verdict import verdict as headline_of
from unseen.searching.policy_space import SPANS
from unseen.searching.search_wording import mattered, search_verdict
from unseen.searching.searched_policy import SearchedPolicy
from unseen.text import percent, points, span
from unseen.training.history import EpochRow, chosen

# What a page holds at most: beyond, it would be slow to open, and the run folder has the rest.
MAX_MISTAKES = 24
MAX_GROUPS = 12
MANY_CLASSES = 12


def headline(results: Results, held_out: bool = True) -> Section:
    """Show how good the model is, on a scale, and what the split check found. See `report.verdict`."""
    verdict = headline_of(results, held_out)
    return Section("headline.html.jinja", {"verdict": verdict, "scale": _scale(results), "check": _check(results)})


def numbers(results: Results) -> Section | None:
    """Show accuracy, macro-F1 and log loss of each part that was measured."""
    parts = [(wording.PART_NAMES[part], block) for part in PARTS if (block := results.measured(part))]
    has_interval = any(block.accuracy.low is not None for _, block in parts)
    values = {"parts": parts, "has_interval": has_interval, "over": UNITS[parts[0][1].interval_over] if parts else ""}
    return Section("numbers.html.jinja", values) if parts else None


def curves(history: Sequence[EpochRow]) -> Section | None:
    """Show accuracy and loss over the epochs, and say which of them ships."""
    both = {"Accuracy (higher is better)": accuracy_curves(history), "Loss (lower is better)": loss_curves(history)}
    drawings = [(title, drawing) for title, drawing in both.items() if drawing]
    shipped = wording.shipped(chosen(history))
    return Section("curves.html.jinja", {"drawings": drawings, "shipped": shipped}) if drawings else None


def confusion(results: Results, cells: Sequence[CellPhotos] = ()) -> Section | None:
    """Show the confusion matrix of the part that the headline is about, and the three most frequent confusions.

    cells: photos that are shown when their cell is chosen.
    """
    part, block = results.reported()
    if block is None:
        return None
    names, counts = block.classes, block.confusion.tolist()
    pairs = [
        (photos, names[true], names[predicted])
        for true, row in enumerate(counts)
        for predicted, photos in enumerate(row)
        if true != predicted and photos
    ]
    values = {
        "part": part,
        "photos": block.accuracy.n,
        "pairs": sorted(pairs, key=lambda pair: -pair[0])[:3],
        "drawing": plots.confusion_matrix(counts, names, {(cell.row, cell.column): cell.id for cell in cells}),
        "cells": cells,
        "many": len(names) > MANY_CLASSES,
    }
    return Section("confusion.html.jinja", values)


def classes(results: Results) -> Section | None:
    """Show recall, precision and F1 of each class, for the part that the headline is about."""
    _, block = results.reported()
    if block is None:
        return None
    drawing = plots.class_recall({name: row.recall for name, row in block.per_class.items()}, over(block.interval_over))
    return Section("classes.html.jinja", {"per_class": block.per_class, "drawing": drawing})


def probabilities(results: Results) -> Section | None:
    """Show whether answers are right as often as they are said to be, for the part that the headline is about."""
    _, block = results.reported()
    error = block.calibration.error if block and block.calibration else UNKNOWN
    if block is None or block.calibration is None or error.value is None:
        return None
    values = {
        "drawing": plots.reliability(block.calibration),
        "error": points(error.value),
        "interval": span(error.low, error.high),
        "over": over(block.interval_over),
    }
    return Section("probabilities.html.jinja", values)


def groups(results: Results, predictions: Predictions | None) -> Section | None:
    """Show the groups that are recognised least well; predictions: of the part that the headline is about."""
    part, block = results.reported()
    if block is None or predictions is None or not 2 <= block.accuracy.groups < block.accuracy.n:
        return None
    right: dict[str, list[bool]] = {}
    for name, correct in zip(predictions.groups, predictions.logits.argmax(axis=1) == predictions.labels, strict=True):
        right.setdefault(name, []).append(bool(correct))
    rows = sorted((sum(one) / len(one), -len(one), name) for name, one in right.items())[:MAX_GROUPS]
    shown = [(name, sum(right[name]), len(right[name])) for _, _, name in rows]
    unit = "session" if block.interval_over == "photo" else block.interval_over
    return Section("groups.html.jinja", {"rows": shown, "number": len(right), "part": part, "unit": unit})


def mistakes(rows: Sequence[tuple[Mistake, Uint8Array]], causes: Mapping[str, str] | None = None) -> Section | None:
    """Show the worst mistakes with the pixels that the model was given; causes: in words, by path, where explained."""
    values = {"mistakes": rows[:MAX_MISTAKES], "causes": causes or {}}
    return Section("mistakes.html.jinja", values) if rows else None


def next_steps(steps: Sequence[str]) -> Section | None:
    """Say what to do next, the most helpful first."""
    return Section("next_steps.html.jinja", {"steps": steps}) if steps else None


def search(found: SearchedPolicy) -> Section:
    """Show whether a searched augmentation is used, each kind of change with its strength, and how much it mattered."""
    used = [row for row in found.kinds if row.importance is not None]
    values = {
        "verdict": search_verdict(found).removeprefix("search: "),
        "found": found,
        "mattered": mattered(found),
        "rows": [(SPANS[row.kind].text, row) for row in found.kinds],
        "drawing": plots.importance_bars(used) if used else None,
    }
    return Section("search.html.jinja", values)


def ways(found: TriedGenerated) -> Section:
    """Show every way that was tried on the same held-out photos."""
    rows = [
        (wording.WAY_NAMES[one.way], one.joined, percent(one.accuracy), percent(one.worst), wording.gain_text(one))
        for one in found.ways
    ]
    return Section("ways.html.jinja", {"sentence": wording.generated_sentence(found), "rows": rows})


def examples(rows: Mapping[str, Sequence[tuple[str, Uint8Array]]]) -> Section | None:
    """Show some photos (path, pixels that the model was given) of each class."""
    filled = {name: photos for name, photos in rows.items() if photos}
    return Section("examples.html.jinja", few_examples(filled)) if filled else None


def audit_summary(findings: Sequence[tuple[float, str]]) -> Section | None:
    """List (severity, headline) of what the audit of the photos found, worst first, with links to its page."""
    rows = [(level(severity), headline) for severity, headline in findings]
    return Section("audit_summary.html.jinja", {"findings": rows}) if rows else None


def division(
    grouping: Sequence[GroupReason],
    notes: Sequence[str],
    photos: Mapping[str, Mapping[Part, int]] | None = None,
    groups: Mapping[Part, int] | None = None,
    *,
    leaks: bool = False,
) -> Section | None:
    """Show how photos were grouped and split, with leaks or without. photos: by class and part. groups: by part."""
    parts = [part for part in PARTS if any(row.get(part) for row in (photos or {}).values())]
    if not (parts or grouping or notes):
        return None
    rows = [(name, [row.get(part, 0) for part in parts]) for name, row in (photos or {}).items()]
    table = {
        "parts": parts,
        "rows": rows,
        "total": [sum(column) for column in zip(*(row for _, row in rows), strict=True)],
        "groups": [(groups or {}).get(part, 0) for part in parts],
    }
    values = {"grouping": grouping, "notes": notes, "table": table if parts else None, "leaks": leaks}
    return Section("division.html.jinja", values)


def left_out(rejected: Sequence[Rejected]) -> Section | None:
    """List the photos that could not be used, and why."""
    return Section("left_out.html.jinja", {"rejected": rejected_rows(rejected)}) if rejected else None


def details(
    seconds: Mapping[str, float],
    files: Mapping[str, str],
    parameters: Sequence[tuple[str, int, int]] = (),
    settings: Mapping[str, Any] | None = None,
) -> Section | None:
    """Fold away times, files (name, what it is), parameters (layer, trainable, frozen) and settings."""
    values = {
        "seconds": stage_times(seconds),
        "files": files,
        "parameters": parameters,
        "settings": list(_flat(settings or {})),
    }
    return Section("details.html.jinja", values) if seconds or files or parameters or settings else None


def _scale(results: Results) -> dict[str, Any] | None:
    """Return what the headline's scale marks, as shares; guess: accuracy of always predicting the largest class."""
    _, block = results.reported()
    if block is None:
        return None
    photos = block.confusion.sum(axis=1)
    return {
        "accuracy": block.accuracy,
        "guess": float(photos.max() / photos.sum()),
        "over": f" {over(block.interval_over)}",
    }


def _check(results: Results) -> dict[str, Any] | None:
    """Return the two marks of the quick linear model's own scale; they do not belong on the trained model's."""
    comparison = results.random_split
    test = results.measured("test")
    if comparison is None or comparison.values is None or test is None or test.held_out == ("photo",):
        return None
    random, grouped = comparison.values
    return {
        "random": random,
        "grouped": grouped,
        "low": min(random, grouped),
        "high": max(random, grouped),
        "split": wording.group_split(comparison),
        "features": wording.FEATURE_NAMES.get(comparison.features) if comparison.features else None,
    }


def _flat(settings: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Return settings as (dotted name, text) rows."""
    rows: list[tuple[str, str]] = []
    for name, value in settings.items():
        if isinstance(value, Mapping):
            rows.extend(_flat(value, f"{prefix}{name}."))
        elif isinstance(value, list | tuple):
            rows.append((f"{prefix}{name}", ", ".join(str(item) for item in value)))
        else:
            rows.append((f"{prefix}{name}", "none" if value is None else str(value)))
    return rows
