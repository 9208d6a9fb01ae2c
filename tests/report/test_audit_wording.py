"""Words claim no more than was measured: levels, numbers with units, and what a gap between splits means."""

from typing import Any

import pytest

from tests.report.audit_fakes import finding, interval
from unseen.auditing.findings import FindingKind, Unit
from unseen.report.audit_wording import CLEAN, audit_verdict, level, number, split_sentence, touched, unlooked


@pytest.mark.parametrize(
    ("severity", "word"),
    [
        (1.0, "makes every number wrong"),
        (0.85, "makes every number wrong"),
        (0.849, "serious"),
        (0.6, "serious"),
        (0.3, "worth mending"),
        (0.299, "minor"),
        (0.0, "minor"),
    ],
)
def test_levels_begin_where_they_say(severity: float, word: str) -> None:
    assert level(severity).word == word


def test_the_verdict_is_the_worst_finding_unless_that_is_minor() -> None:
    bad, small = finding(FindingKind.LEAK_GROUP, 0.9), finding(FindingKind.DARK, 0.1)
    said = audit_verdict(120, (bad, small))
    assert (said.lead, said.sentence) == ("The worst of 2 findings: makes every number wrong", bad.headline)
    assert said.todo == bad.advice
    assert audit_verdict(120, (bad,)).lead == "The only finding: makes every number wrong"
    assert audit_verdict(120, (small,)).sentence == CLEAN
    assert audit_verdict(120, ()).sentence == CLEAN
    assert audit_verdict(0, ()).sentence != CLEAN


@pytest.mark.parametrize(
    ("changes", "value", "share"),
    [
        ({"value": 0.8, "unit": Unit.SHARE_OF_TEST_PHOTOS, "photos": 96}, "", "96 of 120 test photos"),
        ({"value": 0.9, "unit": Unit.SHARE_OF_PHOTOS}, "90.0% of photos", "30 of 120 photos"),
        ({"value": 0.12, "unit": Unit.ANSWERS_LOST}, "12.0% of answers lost", "30 of 120 photos"),
        ({"value": 3.0, "unit": Unit.SESSIONS}, "3 sessions", "30 of 120 photos"),
        ({"value": 1234.5, "unit": Unit.PIXELS}, "1,234 px", "30 of 120 photos"),
        ({"value": 2.637, "unit": Unit.PERCENT_OF_SIDE}, "2.64% of the side", "30 of 120 photos"),
        ({"value": 0.711, "unit": Unit.ACCURACY}, "71.1% accuracy", "30 of 120 photos"),
        ({"value": 0.934, "unit": Unit.AUC}, "AUC 0.93", "30 of 120 photos"),
        ({"value": None, "unit": Unit.NONE}, "", "30 of 120 photos"),
    ],
)
def test_numbers_have_their_units(changes: dict[str, Any], value: str, share: str) -> None:
    found = finding(FindingKind.DARK, 0.5, **changes)
    assert number(found) == value
    assert touched(found) == share


HONEST = ("repaired (groups kept apart)", interval(0.70), "nothing leaks")
LEAKY = "96 of 120 test photos leak"


def test_a_leak_beyond_chance_is_told_in_points() -> None:
    said = split_sentence([("as given", interval(0.87), LEAKY), ("random", interval(0.8), LEAKY), HONEST])
    assert said.startswith("The split as given scores 87.0%, groups kept apart 70.0%: 17 points of it come from")


@pytest.mark.parametrize(
    ("first", "honest", "said"),
    [
        (("random", interval(0.72), LEAKY), interval(0.70), "2 points may be chance"),
        (("random", interval(0.70), LEAKY), interval(0.70), "does not make the model look better"),
        (("as given", interval(0.60), LEAKY), interval(0.70), "does not make the model look better"),
        (("random", interval(0.9), LEAKY), {**interval(0.7), "low": None, "high": None}, "cannot be said with so few"),
        (("as given", interval(0.9), "no group is in two parts"), interval(0.7), "20 points easier than most"),
    ],
)
def test_a_gap_claims_no_more_than_was_measured(
    first: tuple[str, dict[str, Any], str], honest: dict[str, Any], said: str
) -> None:
    sentence = split_sentence([first, ("repaired", honest, "no group is on both sides")])
    assert said in sentence
    assert "come from test photos" not in sentence


def test_a_clean_given_split_gives_way_to_the_random_one() -> None:
    given = ("as given", interval(0.29), "no group, equal file or near-identical photo is in two parts")
    assert split_sentence([given, ("random", interval(0.85), LEAKY), HONEST]).startswith(
        "The random split scores 85.0%"
    )


def test_half_a_comparison_says_nothing() -> None:
    assert split_sentence([HONEST]) == ""
    assert split_sentence([("random", interval(0.9), LEAKY)]) == ""
    assert split_sentence([("random", interval(0.9), LEAKY), ("repaired", interval(None), "")]) == ""


def test_checks_that_did_not_run_are_told_by_their_reason() -> None:
    checks = [("labels", "skipped: no weights"), ("blur", "found nothing"), ("scene", "skipped: no weights")]
    assert unlooked([*checks, ("leaks", "skipped: no parts")]) == [
        ("no weights", "labels; scene"),
        ("no parts", "leaks"),
    ]
