"""What a search found is said in plain words, and drawn."""

import pytest

from unseen.evaluation.paired import Difference
from unseen.records import Interval
from unseen.report import sections
from unseen.report.page import Page, render
from unseen.searching.policy_space import USUAL, Kind
from unseen.searching.search_wording import search_verdict
from unseen.searching.searched_policy import Outcome, SearchedKind, SearchedPolicy, TriedPolicy


def gained(before: float, after: float, low: float, high: float) -> Difference:
    plain = [Interval(value, None, None, 200, 8) for value in (before, after)]
    return Difference(plain[0], plain[1], Interval(after - before, low, high, 200, 8), "session")


def searched(outcome: Outcome, difference: Difference | None) -> SearchedPolicy:
    kinds = (
        SearchedKind(Kind.LIGHT, 1.0, 2.25, 0.31, True),
        SearchedKind(Kind.DISTANCE, 1.0, 1.8, 0.12, True),
        SearchedKind(Kind.COLOUR, 1.0, 1.0, -0.01, False),
        SearchedKind(Kind.MIXUP, 0.0, 0.0, None, False),
    )
    trials = tuple(
        TriedPolicy(half, {**USUAL, Kind.LIGHT: light}, 1.0, 0.5) for half in (0, 1) for light in (1.0, 2.0, 2.0 + half)
    )
    return SearchedPolicy(outcome, 8, False, kinds, trials, difference, 0.001)


def page(found: SearchedPolicy) -> str:
    return render(Page("run", "", (sections.search(found),)))


def test_a_policy_that_is_used_says_what_it_gains_and_what_mattered() -> None:
    shown = page(searched(Outcome.USED, gained(0.60, 0.84, 0.15, 0.31)))
    said = (
        "84.0% right, 24 points more than the default&#39;s 60.0% (95% interval +15.0 to +31.0, over sessions), on 8 "
        "held-out groups"
    )
    assert said in shown
    assert "light (brighter and darker), distance (nearer and farther)" in shown
    assert "3 policies tried on 8 groups" in shown
    assert "+0.310" in shown
    assert "-0.010" in shown
    assert shown.count("<rect") == 3  # MixUp is off


def test_a_policy_that_may_be_luck_is_not_said_to_be_better() -> None:
    said = search_verdict(searched(Outcome.NO_BETTER, gained(0.60, 0.62, -0.03, 0.07)))
    assert said.startswith("search: the default augmentation stays: the best of 3 policies is not better beyond chance")
    assert "(95% interval -3.0 to +7.0, over sessions)" in said


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (SearchedPolicy(Outcome.FEW_GROUPS), "at least 4 groups (people, rooms, sessions) are needed"),
        (SearchedPolicy(Outcome.NO_TIME, minutes_needed=12.2), "no time to search (--time-limit 13 would)"),
        (searched(Outcome.DEFAULT_BEST, None), "of 3 policies none was better on 8 held-out groups"),
        (searched(Outcome.GUESSING, gained(0.2, 0.3, 0.05, 0.15)), "are told no better than by guessing"),
    ],
)
def test_a_default_that_stays_says_why(found: SearchedPolicy, said: str) -> None:
    assert said in search_verdict(found)
    assert "the default augmentation stays" in page(found)
