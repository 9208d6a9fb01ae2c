"""The search finds what is planted in a loss that is known, and goes on where it was stopped."""

from collections.abc import Callable
from pathlib import Path

import pytest

from unseen.augment.policy_space import USUAL, Kind, Strengths, searchable
from unseen.progress import Silent
from unseen.training.policy_search import (
    BESIDE,
    LEAST_TRIALS,
    TRIALS,
    Found,
    Kept,
    affordable_trials,
    search_policy,
)

SPANS = searchable(turned=True, all_turned=True, flipped=True, backgrounds=True)


def shifted(strengths: Strengths, views: str) -> tuple[float, float]:
    """A loss that falls with light and distance, is worst without rotation, and knows no other kind."""
    whole = {**USUAL, **strengths}
    loss = 2.0 - 0.4 * whole[Kind.LIGHT] - 0.2 * whole[Kind.DISTANCE] + 0.3 * (1 - min(whole[Kind.ROTATION], 1.0))
    return loss + 0.001 * len(views), 1 - loss / 4


def searched(path: Path, measure: Callable[[Strengths, str], tuple[float, float]], trials: int = 25) -> Found:
    kept = Kept(path, measure)
    if kept.planned is None:
        kept.plan(trials)
    return search_policy(SPANS, kept, 3, Silent())


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Found:
    return searched(tmp_path_factory.mktemp("search") / "search.json", shifted)


def test_it_finds_and_names_what_is_planted_and_puts_the_rest_back(undisturbed: Found) -> None:
    assert set(undisturbed.mattered) == {Kind.LIGHT, Kind.DISTANCE, Kind.ROTATION}
    assert undisturbed.mattered[0] is Kind.LIGHT
    best = undisturbed.best.strengths
    assert best[Kind.LIGHT] > 1.6
    assert best[Kind.DISTANCE] > 1.2
    assert {kind: best[kind] for kind in Kind if kind not in undisturbed.mattered} == {
        kind: USUAL[kind] for kind in Kind if kind not in undisturbed.mattered
    }
    assert undisturbed.trials[0].strengths == USUAL


def test_what_no_policy_changes_keeps_the_default(tmp_path: Path) -> None:
    found = searched(tmp_path / "search.json", lambda *_: (1.0, 0.5), 10)
    assert found.best.strengths == USUAL
    assert found.mattered == []


class Killed(Exception):
    pass


@pytest.mark.parametrize("after", [2, 17, 30])
def test_a_search_that_is_killed_goes_on_and_ends_as_an_undisturbed_one(
    tmp_path: Path, undisturbed: Found, after: int
) -> None:
    asked: list[tuple[str, str]] = []

    def once(strengths: Strengths, views: str) -> tuple[float, float]:
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
    kept.plan(20)
    left = iter([True] * 13 + [False] * 100)
    found = search_policy(SPANS, kept, 3, Silent(), lambda: next(left))
    assert len(found.trials) == 14
    assert Kept(path, shifted).planned == 13
    assert search_policy(SPANS, Kept(path, shifted), 3, Silent(), lambda: False) == found


def test_as_many_policies_are_tried_as_there_is_time_for() -> None:
    assert affordable_trials(1000, 1.0) == TRIALS
    assert affordable_trials(BESIDE + LEAST_TRIALS + 3, 1.0) == LEAST_TRIALS + 3
    assert affordable_trials(BESIDE + LEAST_TRIALS - 1, 1.0) == 0
