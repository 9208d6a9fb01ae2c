"""Confirm what each half of the groups chose by the other half, and record what a search found."""

from collections.abc import Sequence

import numpy as np

from unseen.augment.policy import SavedPolicy
from unseen.evaluation.gate import Gate, Reason, judge_gain
from unseen.records import BoolArray
from unseen.searching.judged_groups import JudgedGroups
from unseen.searching.policy_search import AGAIN, Found, Kept, Tried, mattering
from unseen.searching.policy_space import USUAL, policy_of
from unseen.searching.policy_trial import PolicyTrials
from unseen.searching.searched_policy import Outcome, SearchedKind, SearchedPolicy, TriedPolicy

CONFIRM = "confirm"  # the views that nothing was chosen by
OUTCOMES = {
    Reason.PASSED: Outcome.USED,
    Reason.NO_BETTER: Outcome.NO_BETTER,
    Reason.GUESSING: Outcome.GUESSING,
    Reason.FEW_GROUPS: Outcome.FEW_GROUPS,
}


def confirmed(
    found: tuple[Found, Found], trials: PolicyTrials, judged: JudgedGroups, groups: Sequence[str], kept: Kept
) -> tuple[SearchedPolicy, SavedPolicy]:
    """Return what was found, and the policy to train with: the better one, or the default. groups: of every photo."""
    others = [one.best for one in found if one.best.strengths != USUAL]
    best = min(others, key=lambda one: sum(kept(one.strengths, AGAIN, half).loss for half in (0, 1)), default=None)
    gate = _gate(found, trials, judged, groups) if best else None
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
        difference=gate.difference if gate else None,
        p_value=gate.p_value if gate else None,
    )
    return record, policy_of(best.strengths if best and outcome is Outcome.USED else USUAL)


def _gate(found: tuple[Found, Found], trials: PolicyTrials, judged: JudgedGroups, groups: Sequence[str]) -> Gate:
    """Compare the default with what was chosen, on each half by the policy that the other half chose."""
    right: dict[bool, list[BoolArray]] = {True: [], False: []}
    default = trials.judge(policy_of(USUAL), judged.halves, CONFIRM)
    for half, other in ((0, 1), (1, 0)):
        right[False].append(default[half].right)
        if found[other].best.strengths == USUAL:
            right[True].append(default[half].right)
        else:
            (judgement,) = trials.judge(policy_of(found[other].best.strengths), judged.halves[half : half + 1], CONFIRM)
            right[True].append(judgement.right)
    positions = np.concatenate([fold.judged for folds in judged.halves for fold in folds])
    return judge_gain(
        np.concatenate(right[False]), np.concatenate(right[True]), trials.labels[positions],
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
