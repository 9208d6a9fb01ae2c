"""Words claim no more than was measured: levels, numbers with units, and what a gap between splits means."""

from typing import Any

import pytest

from tests.report.audit_fakes import finding, score
from unseen.auditing.checks import CheckResult, Need
from unseen.auditing.findings import FindingKind, Unit
from unseen.auditing.split_scores import SplitKind, SplitScore
from unseen.records import Interval
from unseen.report.audit_wording import (
    CLEAN,
    audit_verdict,
    check_row,
    level,
    number,
    skipped_checks,
    split_row,
    split_sentence,
    touched,
)


@pytest.mark.parametrize(
    ("severity", "word"),
    [
        (1.0, "makes every number wrong"),
        (0.85, "makes every number wrong"),
        (0.849, "serious"),
        (0.6, "serious"),
        (0.3, "worth fixing"),
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


GROUPED = score(SplitKind.GROUPED, 0.70)
FEW_GROUPS = SplitScore(SplitKind.GROUPED, Interval(0.7, None, None, 100, 1), 0)


def test_a_leak_beyond_chance_says_which_number_to_expect() -> None:
    stated, at_random = score(SplitKind.STATED, 0.87, leaking=96), score(SplitKind.RANDOM, 0.8, leaking=96)
    sentence = split_sentence([stated, at_random, GROUPED])
    assert sentence.startswith("Your split scores 87.0%, groups kept apart 70.0%: expect the lower number")
    assert sentence.endswith("96 of 100 tested photos share a group or picture with training.")
    assert split_sentence([at_random, GROUPED]).endswith("96 of 100 tested photos share a group with another photo.")


@pytest.mark.parametrize(
    ("first", "grouped", "words"),
    [
        (score(SplitKind.RANDOM, 0.72, 96), GROUPED, "2 points may be chance"),
        (score(SplitKind.RANDOM, 0.70, 96), GROUPED, "does not make the model look better"),
        (score(SplitKind.STATED, 0.60, 96), GROUPED, "does not make the model look better"),
        (score(SplitKind.RANDOM, 0.90, 96), FEW_GROUPS, "is unknown"),
        (score(SplitKind.STATED, 0.90), GROUPED, "20 points easier than most"),
        (score(SplitKind.RANDOM, 0.90), GROUPED, "nothing leaks in either"),
    ],
)
def test_a_gap_claims_no_more_than_was_measured(first: SplitScore, grouped: SplitScore, words: str) -> None:
    sentence = split_sentence([first, grouped])
    assert words in sentence
    assert "expect the lower number" not in sentence
    assert first.leaking or "share" not in sentence


def test_a_clean_stated_split_gives_way_to_the_random_one() -> None:
    stated, at_random = score(SplitKind.STATED, 0.29), score(SplitKind.RANDOM, 0.85, leaking=96)
    assert split_sentence([stated, at_random, GROUPED]).startswith("A random split scores 85.0%")


def test_half_a_comparison_says_nothing() -> None:
    at_random = score(SplitKind.RANDOM, 0.9, leaking=96)
    assert split_sentence([GROUPED]) == ""
    assert split_sentence([at_random]) == ""
    assert split_sentence([at_random, score(SplitKind.GROUPED, None)]) == ""


def test_photos_that_are_all_their_own_group_leak_in_no_split() -> None:
    assert "its own group" in split_row(score(SplitKind.RANDOM, 0.9))["leaks"]
    assert split_row(score(SplitKind.STATED, 0.9, 96))["leaks"] == "96 of 100 test photos leak"


def test_checks_that_did_not_run_are_told_by_their_reason() -> None:
    blind = [CheckResult(title, Need.FEATURES, 0) for title in ("labels", "scene")]
    found = skipped_checks([*blind, CheckResult("blur", None, 0), CheckResult("leaks", Need.STATED_SPLIT, 0)])
    assert [checks for _, checks in found] == ["labels; scene", "leaks"]
    assert "--weights" in found[0][0]


@pytest.mark.parametrize("need", Need)
def test_every_need_has_words(need: Need) -> None:
    assert check_row(CheckResult("labels", need, 0))[1].startswith("skipped: ")
