"""What an audit came to: findings, splits and comparison in; `audit.json`, `split.csv` and the page out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from unseen.audit.checks import Checked
from unseen.audit.class_balance import class_group_counts
from unseen.audit.compare_sets import Compared
from unseen.audit.findings import Finding, ranked
from unseen.audit.next_photos import Wish, next_photos
from unseen.dataset.dataset import Dataset
from unseen.pipelines.split_scores import SplitWorth, gap_findings
from unseen.records import Split
from unseen.report.audit_page import AuditContent, SplitRow, render_audit
from unseen.report.evidence import gather_evidence, show
from unseen.runs import write_json, write_text
from unseen.split.split_table import write_split
from unseen.version import __version__

GROUPS_SHOWN = 40


@dataclass(frozen=True, slots=True)
class AuditFolder:
    """Where each file of an audit lies."""

    root: Path

    @property
    def report(self) -> Path:
        """The self-contained page."""
        return self.root / "audit.html"

    @property
    def findings(self) -> Path:
        """Every number of the page, every path."""
        return self.root / "audit.json"

    @property
    def split(self) -> Path:
        """The repaired split: `path,label,group,part`."""
        return self.root / "split.csv"


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that the steps of an audit came to. repaired: a split without leaks, or why there is none.

    probed: what the probe behind `splits` saw. settings: the audit's own, or those of the run it is a part of.
    """

    gathered: Dataset
    checked: Checked
    compared: Compared | None
    splits: tuple[SplitWorth, ...]
    repaired: Split | str | None
    probed: str
    settings: Mapping[str, Any]
    seconds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Audited:
    """What an audit found, worst first; what to photograph next; and where it was written."""

    folder: AuditFolder
    findings: tuple[Finding, ...]
    wishes: tuple[Wish, ...]
    content: Mapping[str, Any]
    sentence: str


def publish(folder: AuditFolder, outcome: Outcome) -> Audited:
    """Write what was found; return what it says."""
    gathered, compared = outcome.gathered, outcome.compared
    findings = ranked(
        [*outcome.checked.findings, *gap_findings(outcome.splits), *(compared.findings if compared else ())]
    )
    wishes = next_photos(findings)
    notes = [*gathered.notes]
    files = {"audit.json": "every finding with every path and number"}
    if isinstance(outcome.repaired, Split):
        write_split(folder.split, gathered, outcome.repaired)
        files["split.csv"] = "path, label, group and part of each photo, no group in two parts"
    elif outcome.repaired:
        notes.append(f"no split.csv: {outcome.repaired}")
    content = _content(outcome, findings, wishes, notes)
    write_json(folder.findings, content)
    write_text(folder.report, render_audit(_page(outcome, findings, wishes, notes, files)))
    return Audited(folder, findings, wishes, content, _sentence(findings, len(gathered.labels)))


def _sentence(findings: Sequence[Finding], photos: int) -> str:
    if not findings:
        return f"{photos:,} photos: nothing was found that would make a measured number wrong."
    return findings[0].headline


def _content(
    outcome: Outcome, findings: Sequence[Finding], wishes: Sequence[Wish], notes: Sequence[str]
) -> dict[str, Any]:
    gathered = outcome.gathered
    return {
        "version": __version__,
        "settings": dict(outcome.settings),
        "photos": len(gathered.labels),
        "classes": _class_counts(gathered),
        "groups": len(set(gathered.grouping.groups)),
        "findings": [finding.as_dict() for finding in findings],
        "next_photos": [wish.as_dict() for wish in wishes],
        "splits": [asdict(row) for row in outcome.splits],
        "probed": outcome.probed,
        "compared": _compared_json(outcome.compared),
        "checks": dict(outcome.checked.checks),
        "rejected": [asdict(row) for row in gathered.rejected],
        "notes": list(notes),
        "seconds": {name: round(value, 2) for name, value in outcome.seconds.items()},
    }


def _page(
    outcome: Outcome,
    findings: tuple[Finding, ...],
    wishes: tuple[Wish, ...],
    notes: Sequence[str],
    files: Mapping[str, str],
) -> AuditContent:
    gathered, compared = outcome.gathered, outcome.compared
    return AuditContent(
        title=Path(str(outcome.settings["photos"])).resolve().name,
        photos=len(gathered.labels),
        classes=_class_counts(gathered),
        groups=len(set(gathered.grouping.groups)),
        group_text=tuple(reason.text for reason in gathered.grouping.reasons),
        findings=findings,
        evidence=gather_evidence(findings, [gathered, *([compared.second.gathered] if compared else [])]),
        wishes=wishes,
        splits=tuple(SplitRow(row.name, asdict(row.accuracy), row.leaks) for row in outcome.splits),
        probed=outcome.probed,
        compared=_compared_page(gathered, compared) if compared else None,
        class_groups=_class_groups(gathered),
        rejected=gathered.rejected,
        notes=tuple(notes),
        checks=outcome.checked.checks,
        seconds=outcome.seconds,
        files=files,
    )


def _class_counts(gathered: Dataset) -> dict[str, int]:
    counts = Counter(photo.label for photo in gathered.photos)
    return {name: counts[name] for name in gathered.classes}


def _class_groups(gathered: Dataset) -> tuple[Sequence[str], Sequence[str], Sequence[Sequence[int]]] | None:
    table, names = class_group_counts(gathered, gathered.grouping)
    if not 1 < len(names) < len(gathered.labels):
        return None
    largest = (-table.sum(axis=0)).argsort(kind="stable")[:GROUPS_SHOWN]
    return gathered.classes, [names[i] for i in largest], table[:, largest].tolist()


def _compared_json(compared: Compared | None) -> dict[str, Any] | None:
    if compared is None:
        return None
    found, second = compared.comparison, compared.second.gathered
    return {
        "photos": len(second.labels),
        "words": compared.words,
        "auc": asdict(found.auc),
        "outside": found.outside,
        "shifts": [asdict(shift) for shift in found.shifts],
        "nearer_when": dict(found.nearer),
        "rejected": [asdict(row) for row in second.rejected],
    }


def _compared_page(first: Dataset, compared: Compared) -> dict[str, Any]:
    second = compared.second.gathered
    pairs = [(show(second, theirs), show(first, ours)) for theirs, ours in compared.nearest]
    return {**(_compared_json(compared) or {}), "name": "the photos to compare", "nearest": pairs}
