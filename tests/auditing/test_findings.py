"""Findings are ranked worst first, kept as JSON, and every kind is in the documentation."""

import json
from pathlib import Path

import pytest

from unseen.auditing.findings import Finding, FindingKind, PhotoRow, Unit, ranked

DOCS = Path(__file__).parents[2] / "docs" / "audit.md"


def finding(kind: FindingKind, severity: float, photos: int = 1) -> Finding:
    return Finding(kind, severity, "What.", "Do.", 0.5, Unit.SHARE_OF_PHOTOS, photos, 10)


def test_the_worst_comes_first_then_the_widest_then_by_name() -> None:
    found = [
        finding(FindingKind.DARK, 0.2),
        finding(FindingKind.BRIGHT, 0.2),
        finding(FindingKind.BLURRED, 0.2, photos=5),
        finding(FindingKind.LEAK_GROUP, 0.9),
    ]
    assert [one.kind for one in ranked(found)] == ["leak-group", "blurred", "bright", "dark"]


def test_a_finding_is_json_with_its_evidence() -> None:
    rows = (PhotoRow(("a/1.jpg", "b/1.jpg"), ("train", "test")),)
    found = Finding(FindingKind.LEAK_GROUP, 0.9, "", "", 0.5, Unit.SHARE_OF_TEST_PHOTOS, 5, 10, evidence=rows)
    content = json.loads(json.dumps(found.as_dict()))
    assert (content["kind"], content["unit"], content["share"]) == ("leak-group", "share of test photos", 0.5)
    assert content["evidence"] == [{"paths": ["a/1.jpg", "b/1.jpg"], "notes": ["train", "test"]}]


@pytest.mark.parametrize("kind", FindingKind)
def test_every_kind_is_in_the_documentation(kind: FindingKind) -> None:
    assert f"`{kind}`" in DOCS.read_text()
