"""What one run found, as plain records, in; one self-contained HTML page out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from unseen.evaluation.metrics import Mistake
from unseen.records import PARTS, GroupReason, Rejected, Uint8Array
from unseen.report import curves, plots, wording
from unseen.report.appendix import left_out, times
from unseen.report.audit_wording import level
from unseen.report.template import fill
from unseen.training.history import EpochRow

# What a page holds at most: beyond, it would be slow to open, and the run folder has the rest.
MAX_EXAMPLES = 8
MAX_MISTAKES = 24
# From here on example photos are folded away, class by class they would bury what follows.
FOLD_CLASSES = 12


@dataclass(frozen=True, slots=True)
class ReportContent:
    """All that the page shows. Whatever is empty but `title` and `metrics` is left out, section and all.

    metrics: as in `metrics.json`: `test`, `validation`, `train` (a `measure` block or `None`), `random_split`
        `{"accuracy": {value, ...}, "honest_accuracy": {value, ...}, "probed": what the quick probe saw}`,
        `seconds` {stage: seconds, and their total}.
    about: one sentence: what the model tells apart, and what it was made from.
    held_out: the test photos are known to be none of those the model was made from.
    mistakes: of the part that the tables show (test, else validation), with the pixels the model saw.
    examples: class name -> (photo id, pixels the model saw); the first 8 of each class are shown.
    part_counts: class name -> part -> photos. part_groups: part -> groups.
    audit: (severity, headline) of what the audit of the photos found, worst first.
    parameters: (layer, trainable, frozen) rows. files: file name -> what it is.
    Pixels are (H, W, 3) uint8 RGB. Names and paths may hold anything: they are escaped.
    """

    title: str
    metrics: Mapping[str, Any]
    about: str = ""
    held_out: bool = True
    history: Sequence[EpochRow] = ()
    mistakes: Sequence[tuple[Mistake, Uint8Array]] = ()
    examples: Mapping[str, Sequence[tuple[str, Uint8Array]]] = field(default_factory=dict)
    part_counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    part_groups: Mapping[str, int] = field(default_factory=dict)
    grouping: tuple[GroupReason, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    notes: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    audit: Sequence[tuple[float, str]] = ()
    parameters: Sequence[tuple[str, int, int]] = ()
    files: Mapping[str, str] = field(default_factory=dict)


def render(content: ReportContent) -> str:
    """Return the page: no script, nothing fetched, every picture and drawing inside. It can be written as UTF-8."""
    return fill(
        "page.html.jinja",
        content=content,
        verdict=wording.verdict(content.metrics, content.grouping, content.held_out),
        seconds=times(content.metrics.get("seconds") or {}),
        scale=_scale(content.metrics),
        check=_check(content.metrics),
        parts=_parts(content.metrics),
        detail=_detail(content.metrics),
        curves=[curves.accuracy_curves(content.history), curves.loss_curves(content.history)],
        mistakes=list(content.mistakes)[:MAX_MISTAKES],
        examples={name: list(rows)[:MAX_EXAMPLES] for name, rows in content.examples.items() if rows},
        fold=len(content.examples) > FOLD_CLASSES,
        split=_split_table(content),
        rejected=left_out(content.rejected),
        audit=[(level(severity), headline) for severity, headline in content.audit],
        settings=list(_flat(content.settings)),
    )


def _scale(metrics: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what the headline's number line marks, as shares in [0, 1]; `None` without a measured part."""
    block = wording.measured(metrics, "test") or wording.measured(metrics, "validation")
    if block is None:
        return None
    rows = [sum(row) for row in block["confusion"]]
    return {**block["accuracy"], "guess": max(rows) / sum(rows) if sum(rows) else None}


def _check(metrics: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the two marks of the quick probe's own line, which do not belong on the trained model's."""
    found = wording.split_check(metrics)
    if found is None or wording.measured(metrics, "test") is None:
        return None
    careless, honest = found["accuracy"]["value"], found["honest_accuracy"]["value"]
    low, high = sorted((careless, honest))
    return {"careless": careless, "honest": honest, "low": low, "high": high, "probed": found.get("probed", "")}


def _parts(metrics: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return (part, block) of each part with a measured accuracy, in the order train, validation, test."""
    found = [(part, wording.measured(metrics, part)) for part in PARTS]
    return [(part, block) for part, block in found if block is not None]


def _detail(metrics: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the drawings and tables of the part the headline is about; `None` where nothing was measured."""
    part = "test" if wording.measured(metrics, "test") else "validation"
    block = wording.measured(metrics, part)
    if block is None:
        return None
    names, cells = block["classes"], block["confusion"]
    pairs = [
        (number, names[true], names[said])
        for true, row in enumerate(cells)
        for said, number in enumerate(row)
        if true != said and number
    ]
    return {
        "name": "the test photos" if part == "test" else "the validation photos",
        "confusion": plots.confusion_matrix(cells, names),
        "recall": plots.class_recall(block["per_class"]),
        "per_class": block["per_class"],
        "pairs": sorted(pairs, key=lambda pair: -pair[0])[:3],
        "n": block["accuracy"]["n"],
    }


def _split_table(content: ReportContent) -> dict[str, Any] | None:
    """Return the class by part counts with totals; parts that hold nothing are left out."""
    counts = content.part_counts
    parts = [part for part in PARTS if any(row.get(part, 0) for row in counts.values())]
    if not parts:
        return None
    return {
        "parts": parts,
        "rows": [(name, [row.get(part, 0) for part in parts]) for name, row in counts.items()],
        "total": [sum(row.get(part, 0) for row in counts.values()) for part in parts],
        "groups": [content.part_groups.get(part) for part in parts] if content.part_groups else [],
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
