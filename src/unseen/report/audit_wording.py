"""Say in plain words how bad a finding is, how many photos it affects, and what a difference of splits means."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unseen.auditing.checks import CheckResult, Need
from unseen.auditing.findings import Finding, Unit
from unseen.auditing.severity import SERIOUS, WORTH_FIXING, WRONG
from unseen.auditing.split_scores import SplitKind, SplitScore
from unseen.evaluation.tested_on import over
from unseen.records import Interval
from unseen.text import count, percent, points

CLEAN = "Nothing was found that would make a measured number wrong."
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
    (WRONG, Level("makes every number wrong", "wrong")),
    (SERIOUS, Level("serious", "serious")),
    (WORTH_FIXING, Level("worth fixing", "mend")),
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
        return AuditVerdict("", "There are no photos to audit.", "", "minor")
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


_MISSING: Mapping[Need, str] = {
    Need.FEATURES: "it needs a pre-trained network, name one with --weights",
    Need.SCENE_FEATURES: "the network was trained to see the subject alone, not the scene around it",
    Need.SEVERAL_CLASSES: "there is one class only",
    Need.STATED_SPLIT: "no split is stated",
}


def skipped_checks(checks: Iterable[CheckResult]) -> list[tuple[str, str]]:
    """Return (reason, checks that did not run for it)."""
    reasons: dict[str, list[str]] = {}
    for check in checks:
        if check.skipped is not None:
            reasons.setdefault(_MISSING[check.skipped], []).append(check.title)
    return [(reason, "; ".join(titles)) for reason, titles in reasons.items()]


def check_row(check: CheckResult) -> tuple[str, str, str]:
    """Return the title of a check, what it came to, and the class of the style sheet."""
    if check.skipped is not None:
        return check.title, f"skipped: {_MISSING[check.skipped]}", "unseen"
    return (
        check.title,
        count(check.found, "finding") if check.found else "found nothing",
        "" if check.found else "quiet",
    )


def _plain(value: float) -> str:
    """Write a number with three digits where it has a fraction, else in full."""
    if float(value).is_integer() or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


_SPLITS: Mapping[SplitKind, str] = {
    SplitKind.STATED: "your split",
    SplitKind.RANDOM: "random split",
    SplitKind.GROUPED: "groups kept apart",
}


def split_row(score: SplitScore) -> dict[str, Any]:
    """Return the name of a split, what leaks in it, and its accuracy as a dict."""
    tested, leaking = score.accuracy.n, score.leaking
    if score.kind is SplitKind.GROUPED:
        leaks = "no group is on both sides"
    elif score.kind is SplitKind.RANDOM:
        leaks = f"{leaking:,} of {count(tested, 'photo')} share a group with another photo"
        leaks = leaks if leaking else "every photo is its own group"
    else:
        leaks = f"{leaking:,} of {count(tested, 'test photo')} leak"
        leaks = leaks if leaking else "no test photo leaks"
    return {"name": _SPLITS[score.kind], "leaks": leaks, "accuracy": score.accuracy}


def split_sentence(scores: Sequence[SplitScore]) -> str:
    """Say what it means that a split scores otherwise than the grouped one; the first that leaks, else the first.

    Empty where either accuracy is unknown.
    """
    known = [score for score in scores if score.accuracy.value is not None]
    grouped = next((score.accuracy for score in known if score.kind is SplitKind.GROUPED), None)
    others = sorted(
        (score for score in known if score.kind is not SplitKind.GROUPED), key=lambda score: not score.leaking
    )
    if grouped is None or grouped.value is None or not others or others[0].accuracy.value is None:
        return ""
    value = others[0].accuracy.value
    name = "A random split" if others[0].kind is SplitKind.RANDOM else "Your split"
    gap = value - grouped.value
    if gap < 0.005:
        return f"{name} does not make the model look better than it is on new groups."
    scores_text = f"{name} scores {percent(value)}, groups kept apart {percent(grouped.value)}:"
    if grouped.high is None:
        return f"{scores_text} with so few groups, how much of that is chance is unknown."
    if value <= grouped.high:
        return f"{scores_text} the difference of {points(gap)} may be chance."
    if not others[0].leaking:
        return f"{scores_text} nothing leaks in either, so its test photos are {points(gap)} easier than most."
    # Folds at random part some groups and not others: only of a stated split is it known what training shares.
    shared = "a group with another photo" if others[0].kind is SplitKind.RANDOM else "a group or picture with training"
    return (
        f"{scores_text} expect the lower number on new photos, for {others[0].leaking:,} of"
        f" {count(others[0].accuracy.n, 'tested photo')} share {shared}."
    )


def set_difference(auc: Interval) -> str:
    """Say how different two sets are; empty where it is not known. auc: of a classifier, with its interval."""
    if auc.value is None:
        return ""
    interval = "" if auc.low is None else f" (95% interval {auc.low:.2f} to {auc.high:.2f}, {over(None)})"
    return (
        f"A classifier that predicts which set a photo is from has AUC {auc.value:.2f}{interval}: 0.50 means that"
        " the sets look the same, 1.00 that it is never wrong."
    )
