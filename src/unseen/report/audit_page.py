"""Render what an audit found as one self-contained page."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from unseen.auditing.checks import CheckResult
from unseen.auditing.findings import Finding
from unseen.auditing.next_photos import Recommendation
from unseen.auditing.set_shifts import Shift
from unseen.auditing.split_scores import SplitScore
from unseen.evaluation.tested_on import over
from unseen.records import Interval, Rejected, Uint8Array
from unseen.report import audit_plots, audit_wording
from unseen.report.appendix import rejected_rows, stage_times
from unseen.report.pictures import data_uri
from unseen.report.svg import short
from unseen.report.template import fill

# What a page holds at most: beyond, it would be slow to open, and audit.json has the rest.
MAX_PICTURES = 24  # of a finding
MAX_PICTURES_IN_ALL = 300
MAX_PICTURE_CHARACTERS = 3_500_000  # of all, as they stand in the page
MAX_PATHS = 200  # of a finding
MAX_DETAILS = 12_000  # characters of a finding's JSON
CAPTION = 40  # characters of a path below a picture; all of it is the picture's title


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture. pixels: (h, w, 3) uint8 RGB, at most about 160 px. note: such as 'looks like 7 (0.93)'."""

    path: str
    label: str
    pixels: Uint8Array
    note: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Pictures of one finding. sets: rows that belong together (pairs, bursts), or one row of examples."""

    sets: tuple[tuple[Shown, ...], ...]


@dataclass(frozen=True, slots=True)
class ComparedSet:
    """The set of `--against`. auc, outside, shifts: see `SetComparison`. nearest: its photos, each with the nearest of
    the audited ones.
    """

    name: str
    auc: Interval
    outside: float | None
    shifts: tuple[Shift, ...]
    nearest: tuple[tuple[Shown, Shown], ...]


@dataclass(frozen=True, slots=True)
class AuditContent:
    """All that the page shows. Whatever is empty is left out, section and all.

    classes: photos of each. group_text: sentences on how groups were found. findings: ranked, worst first.
    evidence: by finding kind. wishes: what to photograph next, ranked. classifier: what it was given.
    compared: the set of `--against`. over: what intervals are over, in words.
    class_groups: classes, groups (largest first), photos [class][group]. checks: what each came to.
    Names and paths may hold anything: they are escaped.
    """

    title: str
    photos: int
    classes: Mapping[str, int]
    groups: int
    group_text: tuple[str, ...]
    findings: tuple[Finding, ...]
    evidence: Mapping[str, Evidence]
    wishes: tuple[Recommendation, ...]
    splits: tuple[SplitScore, ...] = ()
    classifier: str = ""
    compared: ComparedSet | None = None
    class_groups: tuple[Sequence[str], Sequence[str], Sequence[Sequence[int]]] | None = None
    rejected: tuple[Rejected, ...] = ()
    notes: tuple[str, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    over: str = over(None)


def render_audit(content: AuditContent) -> str:
    """Return the page: no script, nothing fetched, every picture inside. It can be written as UTF-8."""
    room = _Room()
    compared = _compared(content.compared, room)
    return fill(
        "audit.html.jinja",
        title=content.title,
        content=content,
        verdict=audit_wording.audit_verdict(content.photos, content.findings),
        skipped_checks=audit_wording.skipped_checks(content.checks),
        findings=[_finding(finding, content.evidence.get(finding.kind), room) for finding in content.findings],
        splits=[
            (row, audit_plots.interval_bar(row["accuracy"])) for row in map(audit_wording.split_row, content.splits)
        ],
        split_sentence=audit_wording.split_sentence(content.splits),
        checks=[audit_wording.check_row(check) for check in content.checks],
        bars=audit_plots.class_bars(content.classes),
        heat=audit_plots.heat(content.class_groups, content.groups, content.photos),
        compared=compared,
        rejected=rejected_rows(content.rejected),
        seconds=stage_times(content.seconds),
    )


class _Room:
    """What is left of the page for pictures: it is given out once, worst finding first."""

    def __init__(self) -> None:
        self._pictures = MAX_PICTURES_IN_ALL
        self._characters = MAX_PICTURE_CHARACTERS

    def rows(self, sets: Iterable[Sequence[Shown]]) -> list[dict[str, Any]]:
        """Return the sets that fit, at most `MAX_PICTURES` pictures; a pair is shown whole or not at all."""
        rows: list[dict[str, Any]] = []
        left = MAX_PICTURES
        for one in sets:
            fits = min(left, self._pictures, len(one))
            if not fits or fits < min(2, len(one)):
                break
            pictures = [_picture(shown) for shown in one[:fits]]
            size = sum(len(picture["uri"]) for picture in pictures)
            if size > self._characters:
                break
            self._pictures, self._characters, left = self._pictures - fits, self._characters - size, left - fits
            rows.append({"pictures": pictures, "more": len(one) - fits})
        return rows


def _picture(shown: Shown) -> dict[str, Any]:
    height, width = shown.pixels.shape[:2]
    return {
        "uri": data_uri(shown.pixels),
        "width": width,
        "height": height,
        "path": shown.path,
        "caption": short(shown.path, CAPTION),
        "label": shown.label,
        "note": shown.note,
    }


def _finding(finding: Finding, evidence: Evidence | None, room: _Room) -> dict[str, Any]:
    details = json.dumps(dict(finding.details), indent=1, ensure_ascii=False, default=str) if finding.details else ""
    return {
        "finding": finding,
        "level": audit_wording.level(finding.severity),
        "number": audit_wording.number(finding),
        "touched": audit_wording.touched(finding),
        "width": 100 * min(1.0, finding.share),
        "rows": room.rows(evidence.sets) if evidence else [],
        "paths": finding.paths[:MAX_PATHS],
        "more": max(0, len(finding.paths) - MAX_PATHS),
        "details": details[:MAX_DETAILS],
        "cut": len(details) > MAX_DETAILS,
    }


def _compared(found: ComparedSet | None, room: _Room) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "name": found.name,
        "set_difference": audit_wording.set_difference(found.auc),
        "outside": found.outside,
        "differences": [shift.words for shift in found.shifts if shift.words],
        "similar": [_fact_words(shift.fact) for shift in found.shifts if not shift.words],
        "rows": room.rows(found.nearest),
    }


def _fact_words(fact: str) -> str:
    return fact.replace("_", " ").replace("jpeg", "JPEG")
