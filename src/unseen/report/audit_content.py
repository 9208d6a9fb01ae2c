"""Turn the result of an audit into the content of its page."""

from collections.abc import Sequence
from pathlib import Path

from unseen.auditing.audit_result import AuditResult
from unseen.auditing.class_balance import class_group_counts
from unseen.auditing.set_comparison import SetComparison
from unseen.dataset.dataset import Dataset
from unseen.evaluation.tested_on import over, unit_of_groups
from unseen.report.audit_page import AuditContent, ComparedSet
from unseen.report.evidence import gather_evidence, show

GROUPS_SHOWN = 40
NEAREST_SHOWN = 12


def audit_content(result: AuditResult) -> AuditContent:
    """Return what the page of `result` shows."""
    data, second = result.data, result.second
    files = {"audit.json": "every finding with every path and number"}
    if result.grouped is not None:
        files["split.csv"] = "path, label, group and part of each photo, no group in two parts"
    return AuditContent(
        title=Path(str(result.settings["photos"])).resolve().name,
        photos=len(data.photos),
        classes=result.class_counts,
        groups=result.groups,
        group_text=tuple(reason.text for reason in data.grouping.reasons),
        findings=result.findings,
        evidence=gather_evidence(result.findings, [data, *([second] if second else [])]),
        wishes=result.recommendations,
        splits=result.splits,
        classifier=result.classifier,
        compared=_compared(data, second, result.comparison) if result.comparison and second else None,
        class_groups=_class_groups(data),
        rejected=data.rejected,
        notes=result.notes,
        checks=result.checks,
        seconds=result.seconds,
        files=files,
        over=over(unit_of_groups(data)),
    )


def _class_groups(data: Dataset) -> tuple[Sequence[str], Sequence[str], Sequence[Sequence[int]]] | None:
    table, names = class_group_counts(data, data.grouping)
    if not 1 < len(names) < len(data.photos):
        return None
    largest = (-table.sum(axis=0)).argsort(kind="stable")[:GROUPS_SHOWN]
    return data.classes, [names[i] for i in largest], table[:, largest].tolist()


def _compared(first: Dataset, second: Dataset, found: SetComparison) -> ComparedSet:
    worst = found.least_covered(NEAREST_SHOWN)
    nearest = tuple((show(second, i), show(first, int(found.nearest[i]))) for i in worst)
    return ComparedSet(found.second.name, found.auc, found.outside, found.shifts, nearest)
