"""The search finds what is planted in a loss that is known, and goes on where it was stopped."""

from collections.abc import Callable
from pathlib import Path

import pytest

from unseen.progress import Silent
from unseen.searching.policy_search import (
    AT_RANDOM,
    LEAST_TRIALS,
    TRIALS,
    Found,
    Kept,
    affordable_trials,
    all_measurements,
    mattering,
    search_halves,
)
from unseen.searching.policy_space import USUAL, Kind, Strengths, searchable

SPANS = searchable(turned=True, all_turned=True, flipped=True, backgrounds=True)


Measured = list[tuple[float, float]]


def shifted(strengths: Strengths, views: str) -> Measured:
    """A loss that falls with light and distance, is worst without rotation, and knows no other kind."""
    whole = {**USUAL, **strengths}
    loss = 2.0 - 0.4 * whole[Kind.LIGHT] - 0.2 * whole[Kind.DISTANCE] + 0.6 * (1 - min(whole[Kind.ROTATION], 1.0))
    return [(loss + 0.001 * len(views), 1 - loss / 4), (loss, 1 - loss / 3)]


def searched(path: Path, measure: Callable[[Strengths, str], Measured], trials: int = 25) -> tuple[Found, Found]:
    kept = Kept(path, measure)
    if kept.planned is None:
        kept.plan(trials, trials)
    return search_halves(SPANS, kept, 3, Silent())


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Found, Found]:
    return searched(tmp_path_factory.mktemp("search") / "search.json", shifted)


def test_it_finds_and_names_what_is_planted_and_puts_the_rest_back(undisturbed: tuple[Found, Found]) -> None:
    for found in undisturbed:
        mattered = mattering(found.rises)
        assert set(mattered) == {Kind.LIGHT, Kind.DISTANCE, Kind.ROTATION}
        assert mattered[0] is Kind.LIGHT
        best = found.best.strengths
        assert best[Kind.LIGHT] > 1.6
        assert best[Kind.DISTANCE] > 1
        rest = set(Kind) - set(mattered)
        assert {kind: best[kind] for kind in rest} == {kind: USUAL[kind] for kind in rest}
        assert found.trials[0].strengths == USUAL


def test_both_halves_try_the_same_random_policies_and_then_their_own(undisturbed: tuple[Found, Found]) -> None:
    first, second = ([one.strengths for one in found.trials] for found in undisturbed)
    assert first[: AT_RANDOM + 1] == second[: AT_RANDOM + 1]
    assert not [strengths for strengths in first[AT_RANDOM + 1 :] if strengths in second[AT_RANDOM + 1 :]]


def test_what_no_policy_changes_keeps_the_default(tmp_path: Path) -> None:
    for found in searched(tmp_path / "search.json", lambda *_: [(1.0, 0.5), (1.0, 0.5)], 10):
        assert found.best.strengths == USUAL
        assert mattering(found.rises) == []


class Killed(Exception):
    pass


@pytest.mark.parametrize("after", [2, 17, 60])
def test_a_search_that_is_killed_goes_on_and_ends_as_an_undisturbed_one(
    tmp_path: Path, undisturbed: tuple[Found, Found], after: int
) -> None:
    asked: list[tuple[str, str]] = []

    def once(strengths: Strengths, views: str) -> Measured:
        if len(asked) == after:
            raise Killed
        key = (str(sorted(strengths.items())), views)
        assert key not in asked, "measured twice"
        asked.append(key)
        return shifted(strengths, views)

    with pytest.raises(Killed):
        searched(tmp_path / "search.json", once)
    after = -1
    assert searched(tmp_path / "search.json", once) == undisturbed


def test_a_search_that_runs_out_of_time_tries_fewer_and_keeps_that(tmp_path: Path) -> None:
    kept, path = Kept(tmp_path / "search.json", shifted), tmp_path / "search.json"
    kept.plan(20, 20)
    left = iter([True] * 22 + [False] * 100)
    found = search_halves(SPANS, kept, 3, Silent(), lambda: next(left))
    assert [len(half.trials) for half in found] == [21, 15]
    assert Kept(path, shifted).planned == [20, 14]
    assert search_halves(SPANS, Kept(path, shifted), 3, Silent(), lambda: False) == found


def test_as_many_policies_are_tried_as_there_is_time_for() -> None:
    assert affordable_trials(1000, 1.0) == TRIALS
    assert affordable_trials(all_measurements(LEAST_TRIALS + 3), 1.0) == LEAST_TRIALS + 3
    assert affordable_trials(all_measurements(LEAST_TRIALS) - 1, 1.0) == 0
