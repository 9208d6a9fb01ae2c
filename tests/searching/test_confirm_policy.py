"""What half of the groups chose is confirmed by the other half, by fine-tunings where the run fine-tunes."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from unseen.augment.policy import SavedPolicy
from unseen.records import BoolArray
from unseen.searching.confirm_policy import confirmed
from unseen.searching.judged_groups import Fold, JudgedGroups
from unseen.searching.policy_search import Found, Kept, Tried
from unseen.searching.policy_space import USUAL, Kind, policy_of, searchable
from unseen.searching.policy_trial import PolicyTrials
from unseen.searching.search_wording import search_verdict
from unseen.searching.searched_policy import Outcome, SearchedPolicy

PHOTOS, LABELS = 80, np.arange(80) % 2
GROUPS = [f"person{i // 8}" for i in range(PHOTOS)]
HALVES = np.arange(40), np.arange(40, PHOTOS)
DARKER = {**USUAL, Kind.LIGHT: 2.0}


def right(policy: SavedPolicy, half: int, better: bool) -> BoolArray:
    """Three in five with the default; all with the other policy, or as many, of others."""
    found = np.arange(len(HALVES[half])) % 5 < 3
    usual = policy == policy_of(USUAL)
    return found if usual else np.ones_like(found) if better else found[::-1].copy()


class Heads:
    """Stands for `PolicyTrials`."""

    def __init__(self, better: bool) -> None:
        self.better, self.labels, self.options = better, LABELS, SimpleNamespace(seed=0)

    def judge(self, policy: SavedPolicy, halves: Sequence[Sequence[Fold]], name: str) -> list[Any]:
        asked = [0 if folds[0].judged[0] == 0 else 1 for folds in halves]
        return [SimpleNamespace(right=right(policy, half, self.better)) for half in asked]


class Networks:
    """Fine-tuned ones."""

    def __init__(self, better: bool, steps: int) -> None:
        self.better, self.steps = better, steps

    def right(self, policy: SavedPolicy, half: int) -> BoolArray:
        return right(policy, half, self.better)


def outcome(tmp_path: Path, heads: bool, tuning: Networks | None) -> SearchedPolicy:
    fold = [Fold(HALVES[1], HALVES[0]), Fold(HALVES[0], HALVES[1])]
    default, best = Tried(USUAL, 1.0, 0.6), Tried(DARKER, 0.5, 0.9)
    spans = searchable(turned=True, all_turned=True, flipped=False, backgrounds=False)
    found = Found(spans, default, best, (default, best), best, {})
    kept = Kept(tmp_path / "search.json", lambda strengths, views: [(0.5, 0.9), (0.5, 0.9)])
    judged = JudgedGroups(((fold[0],), (fold[1],)), apart=False)
    return confirmed((found, found), cast(PolicyTrials, Heads(heads)), judged, GROUPS, kept, tuning)[0]


@pytest.mark.parametrize("networks", [True, False])
def test_fine_tunings_decide_where_there_are_any(tmp_path: Path, networks: bool) -> None:
    found = outcome(tmp_path, not networks, Networks(networks, 60))
    assert (found.outcome is Outcome.USED) == networks
    assert found.tuned_steps == 60
    assert "60 steps" in search_verdict(found)


@pytest.mark.parametrize("tuning", [None, Networks(False, 0)])
def test_heads_decide_where_nothing_is_tuned_and_it_is_said(tmp_path: Path, tuning: Networks | None) -> None:
    found = outcome(tmp_path, True, tuning)
    assert found.outcome is Outcome.USED
    assert found.tuned_steps == (None if tuning is None else 0)
    assert ("no time" in search_verdict(found)) == (tuning is not None)
