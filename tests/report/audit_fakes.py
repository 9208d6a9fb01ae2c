"""A made-up audit for the page: every section filled, pictures drawn."""

from dataclasses import replace
from typing import Any

from tests.report.report_fakes import picture
from unseen.auditing.checks import CheckResult, Need
from unseen.auditing.findings import Finding, FindingKind, Unit, ranked
from unseen.auditing.next_photos import Recommendation
from unseen.auditing.set_shifts import Shift
from unseen.auditing.split_scores import SplitKind, SplitScore
from unseen.records import Interval, Rejected
from unseen.report.audit_page import AuditContent, ComparedSet, Evidence, Shown


def finding(kind: FindingKind, severity: float, **changes: Any) -> Finding:
    plain = Finding(kind, severity, f"headline of {kind}.", f"advice on {kind}.", 0.25, Unit.SHARE_OF_PHOTOS, 30, 120)
    return replace(plain, **changes)


def shown(seed: int, path: str = "", note: str = "", side_px: int = 24) -> Shown:
    return Shown(path or f"rock/{seed}.jpg", "rock", picture(seed, side_px), note)


def interval(value: float | None, half: float = 0.03) -> Interval:
    low, high = (None, None) if value is None else (value - half, value + half)
    return Interval(value, low, high, n=100, groups=9)


def score(kind: SplitKind, value: float | None, leaking: int = 0) -> SplitScore:
    return SplitScore(kind, interval(value), leaking)


def empty(photos: int = 120) -> AuditContent:
    return AuditContent("Audit of hands", photos, {}, 0, (), (), {}, ())


def content() -> AuditContent:
    """An audit with every section filled."""
    findings = ranked(
        [
            finding(FindingKind.DARK, 0.15, value=31.4, unit=Unit.GREY_LEVELS_OF_255, paths=("rock/7.jpg",)),
            finding(
                FindingKind.LEAK_GROUP,
                0.97,
                unit=Unit.SHARE_OF_TEST_PHOTOS,
                value=0.8,
                photos=96,
                details={"leaks": 96},
            ),
            finding(FindingKind.LABEL_CONFLICT, 0.7, value=3.0, unit=Unit.LABEL_PAIRS, photos=6),
            finding(FindingKind.BURSTS, 0.45),
        ]
    )
    return replace(
        empty(),
        classes={"rock": 70, "paper": 50},
        groups=9,
        group_text=("120 photos in 9 groups told by file names",),
        findings=findings,
        evidence={
            FindingKind.LEAK_GROUP: Evidence(((shown(1, note="test"), shown(2, note="train")), (shown(3), shown(4)))),
            FindingKind.DARK: Evidence(((shown(5), shown(6), shown(7)),)),
        },
        wishes=(
            Recommendation("Photograph rock in weaker light.", 0.5, FindingKind.DARK),
            Recommendation("Photograph paper.", 0.4, FindingKind.FEW_PHOTOS),
        ),
        splits=(
            score(SplitKind.STATED, 0.87, leaking=96),
            score(SplitKind.RANDOM, 0.85, leaking=90),
            score(SplitKind.GROUPED, 0.70),
        ),
        classifier="frozen features",
        compared=ComparedSet(
            name="my_hands",
            auc=interval(0.93),
            outside=0.62,
            shifts=(
                Shift("brightness", 142.0, 61.0, 0.9, 0.0, "darker (median light 61)"),
                Shift("edge_width", 0.01, 0.01, 0.1, 0.9, None),
            ),
            nearest=((shown(8, "mine/1.jpg"), shown(9)), (shown(10, "mine/2.jpg"), shown(11))),
        ),
        class_groups=(("rock", "paper"), ("anna", "ben"), ((40, 20), (30, 0))),
        rejected=(Rejected("rock/x.jpg", "truncated file"),),
        notes=("One folder is empty.",),
        checks=(
            CheckResult("copies", None, 2),
            CheckResult("blur", None, 0),
            CheckResult("labels", Need.FEATURES, 0),
        ),
        seconds={"facts": 2.0, "total": 12.0},
        files={"audit.json": "every number"},
    )
