"""Confirm what each half of the groups chose by the other half, and record what a search found."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from unseen.augment.policy import SavedPolicy
from unseen.evaluation.gate import Gate, Reason, judge_gain
from unseen.records import BoolArray, Unit
from unseen.searching.judged_groups import JudgedGroups
from unseen.searching.policy_search import AGAIN, Found, Kept, Tried, mattering
from unseen.searching.policy_space import USUAL, policy_of
from unseen.searching.policy_trial import PolicyTrials
from unseen.searching.searched_policy import Outcome, SearchedKind, SearchedPolicy, TriedPolicy

Judge = Callable[[SavedPolicy, Sequence[int]], list[BoolArray]]
"""(policy, halves of the groups) to which photos of each half are told right, (n,) each."""

CONFIRM = "confirm"  # the views that nothing was chosen by
OUTCOMES = {
    Reason.PASSED: Outcome.USED,
    Reason.NO_BETTER: Outcome.NO_BETTER,
    Reason.GUESSING: Outcome.GUESSING,
    Reason.FEW_GROUPS: Outcome.FEW_GROUPS,
}


class Tuning(Protocol):
    """What fine-tunes a network for some steps and says what it is right on, as `PolicyTrials` does of heads."""

    @property
    def steps(self) -> int:
        """Steps of one fine-tuning; 0 where there is no time for them."""

    def right(self, policy: SavedPolicy, half: int) -> BoolArray:
        """Return which photos of one half a network is right on that was tuned by `policy` on none of its groups."""


def confirmed(
    found: tuple[Found, Found],
    trials: PolicyTrials,
    judged: JudgedGroups,
    groups: Sequence[str],
    kept: Kept,
    tuning: Tuning | None = None,
    over: Unit | None = None,
) -> tuple[SearchedPolicy, SavedPolicy]:
    """Return what was found, and the policy to train with: the better one, or the default.

    groups: of every photo. tuning: of a run that fine-tunes; where there is time it is what judges. over: what
    groups are of.
    """
    others = [one.best for one in found if one.best.strengths != USUAL]
    best = min(others, key=lambda one: sum(kept(one.strengths, AGAIN, half).loss for half in (0, 1)), default=None)
    judge = _by_tuning(tuning) if tuning and tuning.steps else _by_heads(trials, judged)
    gate = _gate(found, judge, trials, judged, groups) if best else None
    outcome = OUTCOMES[gate.reason] if gate else Outcome.DEFAULT_BEST
    record = SearchedPolicy(
        outcome=outcome,
        groups=len({groups[i] for fold in (*judged.halves[0], *judged.halves[1]) for i in fold.judged.tolist()}),
        apart=judged.apart,
        kinds=_kinds(found, best or found[0].best),
        trials=tuple(
            TriedPolicy(half, dict(one.strengths), one.loss, one.accuracy)
            for half in (0, 1)
            for one in found[half].trials
        ),
        difference=replace(gate.difference, over=over) if gate else None,
        p_value=gate.p_value if gate else None,
        tuned_steps=tuning.steps if tuning and best else None,
    )
    return record, policy_of(best.strengths if best and outcome is Outcome.USED else USUAL)


def _by_heads(trials: PolicyTrials, judged: JudgedGroups) -> Judge:
    def judge(policy: SavedPolicy, halves: Sequence[int]) -> list[BoolArray]:
        return [one.right for one in trials.judge(policy, [judged.halves[half] for half in halves], CONFIRM)]

    return judge


def _by_tuning(tuning: Tuning) -> Judge:
    return lambda policy, halves: [tuning.right(policy, half) for half in halves]


def _gate(
    found: tuple[Found, Found], judge: Judge, trials: PolicyTrials, judged: JudgedGroups, groups: Sequence[str]
) -> Gate:
    """Compare the default with what was chosen, on each half by the policy that the other half chose."""
    usual = judge(policy_of(USUAL), (0, 1))
    chosen = [
        usual[half]
        if found[other].best.strengths == USUAL
        else judge(policy_of(found[other].best.strengths), [half])[0]
        for half, other in ((0, 1), (1, 0))
    ]
    positions = np.concatenate([fold.judged for folds in judged.halves for fold in folds])
    return judge_gain(
        np.concatenate(usual), np.concatenate(chosen), trials.labels[positions],
        [groups[i] for i in positions.tolist()], trials.options.seed,
    )  # fmt: skip


def _kinds(found: tuple[Found, Found], best: Tried) -> tuple[SearchedKind, ...]:
    """Return a row for each kind that was searched, the most important first."""
    both = [one.rises for one in found]
    known = {kind for rises in both for kind in rises}
    importance = {kind: sum(rises.get(kind, 0.0) for rises in both) / 2 for kind in found[0].spans if kind in known}
    mattered = mattering(importance)
    order = sorted(found[0].spans, key=lambda kind: -importance.get(kind, float("-inf")))
    return tuple(
        SearchedKind(kind, USUAL[kind], best.strengths[kind], importance.get(kind), kind in mattered) for kind in order
    )
