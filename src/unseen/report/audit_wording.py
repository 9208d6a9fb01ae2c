"""Findings and measured splits in; words for a beginner out: how bad, how much, and what a difference means."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unseen.auditing.findings import Finding, Unit
from unseen.text import count, percent, points

CLEAN = "Nothing was found that would make a measured number wrong."
SKIPPED = "skipped"  # how a check begins that did not run
REPAIRED = "repaired"  # how the name of the honest split begins
_NAMED_FIRST = frozenset({Unit.AUC, Unit.CRAMERS_V})
_ACCURACIES = frozenset({Unit.ACCURACY, Unit.BALANCED_ACCURACY})
_PERCENTS = frozenset(unit for unit in Unit if unit.name.startswith("PERCENT"))
_OF_A_PART = frozenset({Unit.SHARE_OF_TEST_PHOTOS, Unit.SHARE_OF_VALIDATION_PHOTOS})
_SHARES: Mapping[Unit, str] = {
    Unit.SHARE_OF_PHOTOS: "photos",
    Unit.SHARE_OF_TEST_PHOTOS: "test photos",
    Unit.SHARE_OF_VALIDATION_PHOTOS: "validation photos",
    Unit.SHARE_OUTSIDE: "photos outside",
    Unit.ANSWERS_ADDED: "answers that a random split adds",
    Unit.ANSWERS_LOST: "answers lost",
}


@dataclass(frozen=True, slots=True)
class Level:
    """How bad a finding is. word: for people. css: class of the style sheet, which gives the colour."""

    word: str
    css: str


_LEVELS = (
    (0.85, Level("makes every number wrong", "wrong")),
    (0.6, Level("serious", "serious")),
    (0.3, Level("worth mending", "mend")),
)
_MINOR = Level("minor", "minor")


def level(severity: float) -> Level:
    """Name a severity in [0, 1]."""
    return next((named for least, named in _LEVELS if severity >= least), _MINOR)


@dataclass(frozen=True, slots=True)
class AuditVerdict:
    """The headline. lead: how bad the worst finding is, and of how many. sentence: what it is. todo: its advice."""

    lead: str
    sentence: str
    todo: str
    css: str


def audit_verdict(photos: int, findings: Sequence[Finding]) -> AuditVerdict:
    """Say the worst in one sentence; where the worst is minor, or nothing, say that instead."""
    if not photos:
        return AuditVerdict("", "There are no photos to judge.", "", "minor")
    worst = findings[0] if findings else None
    if worst is None or level(worst.severity) is _MINOR:
        lead = f"{count(len(findings), 'minor finding')}" if findings else ""
        return AuditVerdict(lead, CLEAN, "", "clean")
    named = level(worst.severity)
    of = "The only finding" if len(findings) == 1 else f"The worst of {len(findings)} findings"
    return AuditVerdict(f"{of}: {named.word}", worst.headline, worst.advice, named.css)


def number(finding: Finding) -> str:
    """Write a finding's value with its unit; empty where it has none or only repeats the share of photos."""
    value, unit = finding.value, finding.unit
    if value is None:
        return ""
    if unit in _SHARES:
        return "" if abs(value - finding.share) < 5e-4 else f"{percent(value)} of {_SHARES[unit]}"
    if unit in _ACCURACIES:
        return f"{percent(value)} {unit}"
    if unit in _NAMED_FIRST:
        return f"{unit} {value:.2f}"
    gap = "" if unit in _PERCENTS else " "
    return f"{_plain(value)}{gap}{unit}".rstrip()


def touched(finding: Finding) -> str:
    """Write how many photos are affected: `412 of 480 test photos`."""
    noun = _SHARES[finding.unit] if finding.unit in _OF_A_PART else "photos"
    return f"{finding.photos:,} of {finding.total:,} {noun}"


def unlooked(checks: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return (reason, checks that did not run for it) of (check, what it said)."""
    reasons: dict[str, list[str]] = {}
    for check, said in checks:
        if said.startswith(SKIPPED):
            reasons.setdefault(said.removeprefix(SKIPPED).lstrip(": ") or "skipped", []).append(check)
    return [(reason, "; ".join(names)) for reason, names in reasons.items()]


def _plain(value: float) -> str:
    """Write a number with three digits where it has a fraction, else in full."""
    if float(value).is_integer() or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def split_sentence(splits: Sequence[tuple[str, Mapping[str, Any], str]]) -> str:
    """Say what it means that a split scores otherwise than the repaired one; the first that leaks, else the first.

    splits: (name, accuracy with `value`, `low`, `high`, what leaks). Empty where either is unknown.
    """
    known = [row for row in splits if row[1].get("value") is not None]
    honest = next((row[1] for row in known if row[0].startswith(REPAIRED)), None)
    others = sorted((row for row in known if not row[0].startswith(REPAIRED)), key=lambda row: _is_clean(row[2]))
    if honest is None or not others:
        return ""
    name, found, leaks = others[0]
    split = f"The {name} split" if name == "random" else f"The split {name}"
    gap = found["value"] - honest["value"]
    if gap < 0.005:
        return f"{split} does not make the model look better than it is on groups it has never seen."
    said = f"{split} scores {percent(found['value'])}, groups kept apart {percent(honest['value'])}:"
    if honest.get("high") is None:
        return f"{said} how much of that is chance cannot be said with so few groups."
    if found["value"] <= honest["high"]:
        return f"{said} the difference of {points(gap)} may be chance."
    if _is_clean(leaks):
        return f"{said} nothing leaks in either, so its test photos are {points(gap)} easier than most."
    return (
        f"{said} {points(gap)} of it come from test photos that were all but seen in training, and will not be there on"
        " new ones."
    )


def _is_clean(leaks: str) -> bool:
    """Read 'nothing leaks' and 'no group ... is in two parts'."""
    return leaks.startswith("no")


def told_apart(found: Mapping[str, Any]) -> str:
    """Say how well two sets are told apart; empty where it is not known. found: an AUC with its interval."""
    if found.get("value") is None:
        return ""
    interval = "" if found.get("low") is None else f" (95% interval {found['low']:.2f} to {found['high']:.2f})"
    return (
        f"A classifier tells the two sets apart with AUC {found['value']:.2f}{interval}: 0.50 would be no difference,"
        " 1.00 that it is never wrong."
    )
