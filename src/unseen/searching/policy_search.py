"""Search for a better augmentation policy: try many, look at the best again, put back what does not matter.

It is done twice, each time by half of the groups, so that the other half can confirm: what one half chose, the other
had no part in.

Every measurement is kept in a file. A search that is killed and goes on asks for the same ones in the same order, finds
those that were made, and ends as an undisturbed one.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from unseen import seeds
from unseen.progress import Progress, Task
from unseen.runs import read_json, write_json
from unseen.searching.policy_space import USUAL, Kind, Span, Strengths

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.study import Study

# Trials that each half of the groups chooses among.
TRIALS, LEAST_TRIALS = 30, 14
# Trials that are drawn at random before the sampler (TPE) learns from the others: the same ones for both halves.
AT_RANDOM = 12
FINALISTS = 3
# A kind matters if leaving it out costs this share of what leaving out the one that matters most does.
MATTERS = 0.1
# What putting all the others back may cost of what the policy gained.
PUT_BACK_COSTS = 0.1

SEARCH, AGAIN = "search", "again"


@dataclass(frozen=True, slots=True)
class Tried:
    """A policy and how it did on the groups that choose. loss: nats a photo. accuracy: a share."""

    strengths: Strengths
    loss: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Found:
    """What half of the groups found among `spans`.

    default, best: measured on the same views. trials: in their order, the default first. whole: the best before what
    does not matter was put back. without: how that does with each kind that it uses off.
    """

    spans: Mapping[Kind, Span]
    default: Tried
    best: Tried
    trials: tuple[Tried, ...]
    whole: Tried
    without: Mapping[Kind, Tried]

    @property
    def rises(self) -> dict[Kind, float]:
        """By how many nats a photo the loss rises where a kind is turned off."""
        return {kind: tried.loss - self.whole.loss for kind, tried in self.without.items()}


def mattering(rises: Mapping[Kind, float]) -> list[Kind]:
    """Return the kinds without which the loss would be clearly higher, the most important first."""
    order = sorted(rises, key=lambda kind: -rises[kind])
    return [kind for kind in order if rises[kind] > 0 and rises[kind] >= MATTERS * max(rises.values())]


Measure = Callable[[Strengths, str], Sequence[tuple[float, float]]]
"""(strengths, name of the views) to loss and accuracy on each half of the groups."""


class Kept:
    """Measurements by policy and views, in a file that is written after each.

    planned: how many trials each half is to have, `None` before that is known: a search that goes on has as many,
    whatever the machine does then; tuned_steps likewise.
    """

    def __init__(self, path: Path, measure: Measure, elapsed: Callable[[], float] = lambda: 0.0) -> None:
        """elapsed: seconds that the run has taken so far."""
        self._path, self._measure, self._elapsed = path, measure, elapsed
        saved = read_json(path) if path.exists() else {}
        self.planned: list[int] | None = saved.get("planned")
        self.tuned_steps: int | None = saved.get("tuned_steps")
        self._found: dict[str, list[list[float]]] = saved.get("found", {})

    def __call__(self, strengths: Strengths, views: str, half: int) -> Tried:
        """Return what was measured before, or measure and keep it, for one half of the groups."""
        key = _key(strengths, views)
        if key not in self._found:
            self._found[key] = [list(one) for one in self._measure(strengths, views)]
            if self.planned is not None:
                self._write()
        loss, accuracy = self._found[key][half]
        return Tried(strengths, loss, accuracy)

    def holds(self, strengths: Strengths, views: str) -> bool:
        """Say whether this was measured before."""
        return _key(strengths, views) in self._found

    def plan(self, first: int, second: int) -> None:
        """Keep how many trials each half is to have."""
        self.planned = [first, second]
        self._write()

    def plan_tuning(self, affordable: Callable[[], int]) -> int:
        """Return how many steps the fine-tunings that confirm have, measured once."""
        if self.tuned_steps is None:
            self.tuned_steps = affordable()
            self._write()
        return self.tuned_steps

    def _write(self) -> None:
        kept = {"planned": self.planned, "tuned_steps": self.tuned_steps, "found": self._found}
        write_json(self._path, {**kept, "spent": self._elapsed()})


def _key(strengths: Strengths, views: str) -> str:
    return json.dumps([views, dict(sorted(strengths.items()))])


def search_halves(
    spans: Mapping[Kind, Span], kept: Kept, seed: int, progress: Progress, in_time: Callable[[], bool] = lambda: True
) -> tuple[Found, Found]:
    """Search by each half of the groups, see `search_policy`."""
    assert kept.planned is not None
    # random trials, which both halves ask for, are measured once
    with progress.task("search", all_measurements(max(kept.planned)) + AT_RANDOM, "policies") as task:
        return (
            search_policy(spans, kept, 0, seed, task, in_time),
            search_policy(spans, kept, 1, seed, task, in_time),
        )


def search_policy(
    spans: Mapping[Kind, Span], kept: Kept, half: int, seed: int, task: Task, in_time: Callable[[], bool] = lambda: True
) -> Found:
    """Search among `spans` by one half of the groups, with the planned number of trials.

    in_time: whether there still is time; without it fewer are tried.
    """
    assert kept.planned is not None

    def measure(strengths: Strengths, views: str) -> Tried:
        tried = kept(strengths, views, half)
        task.advance(1, f"loss {tried.loss:.3f}, {tried.accuracy:.1%} right")
        return tried

    trials = [measure(USUAL, SEARCH)]
    study, distributions = _study(spans)
    while len(trials) <= kept.planned[half]:
        strengths = _proposed(study, distributions, trials, half, seed)
        if not kept.holds(strengths, SEARCH) and not in_time():
            tried = len(trials) - 1
            kept.plan(*((tried, tried) if half == 0 else (kept.planned[0], tried)))
            break
        trials.append(measure(strengths, SEARCH))
    default = measure(USUAL, AGAIN)
    order = sorted(trials[1:], key=lambda one: one.loss)[:FINALISTS]
    # both measurements count, or the luckiest views would win
    again = [(measure(one.strengths, AGAIN), one) for one in order]
    whole = min(again, key=lambda pair: pair[0].loss + pair[1].loss, default=(default, default))[0]
    # how many photos are changed is no kind of change
    used: list[Kind] = [kind for kind in spans if kind is not Kind.SHARE and whole.strengths[kind] > 0]
    without = {kind: measure({**whole.strengths, kind: 0.0}, AGAIN) for kind in used}
    found = Found(spans, default, whole, tuple(trials), whole, without)
    return replace(found, best=_simpler(found, measure))


def _study(spans: Mapping[Kind, Span]) -> tuple["Study", dict[str, "BaseDistribution"]]:
    import optuna  # takes a quarter of a second, which no other run is to wait for
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna.create_study(direction="minimize"), {
        kind.value: CategoricalDistribution([0.0, 1.0]) if span.switch else FloatDistribution(span.least, span.most)
        for kind, span in spans.items()
    }


def _proposed(
    study: "Study", distributions: dict[str, "BaseDistribution"], trials: Sequence[Tried], half: int, seed: int
) -> Strengths:
    """Tell `study` the latest trial; return what a tree-structured Parzen estimator proposes next.

    (Bergstra et al., 2011, "Algorithms for Hyper-Parameter Optimization".) Its sampler is made anew for each trial:
    what it draws follows from the seed and the trials before alone.
    """
    from optuna.samplers import TPESampler
    from optuna.trial import create_trial

    latest = trials[-1]
    params = {name: latest.strengths[Kind(name)] for name in distributions}
    study.add_trial(create_trial(params=params, distributions=distributions, value=latest.loss))
    number = len(trials)
    draw = seeds.derive(seed, "policy search", number, *([half] if number > AT_RANDOM else [])) % 2**32
    study.sampler = TPESampler(n_startup_trials=AT_RANDOM + 1, seed=draw)
    asked = study.ask(distributions)
    return {**USUAL, **{Kind(name): float(value) for name, value in asked.params.items()}}


def _simpler(found: Found, measure: Callable[[Strengths, str], Tried]) -> Tried:
    """Put back what does not matter to the default's strengths, where that costs little of what was gained."""
    whole, matters = found.whole, mattering(found.rises)
    strengths = {kind: value if kind in matters else USUAL[kind] for kind, value in whole.strengths.items()}
    simpler = measure(strengths, AGAIN)
    allowed = whole.loss + PUT_BACK_COSTS * max(0.0, found.default.loss - whole.loss)
    return simpler if simpler.loss <= allowed else whole


def all_measurements(trials: int) -> int:
    """Return about how many measurements a search with so many trials for each half takes.

    The default and the random trials serve both halves. Then each looks at its finalists again, leaves out kind by
    kind, and puts back what does not matter; three more confirm.
    """
    return 2 + AT_RANDOM + 2 * (trials - AT_RANDOM + FINALISTS + len(Kind)) + 3


def affordable_trials(seconds: float, a_trial: float) -> int:
    """Return how many trials fit into `seconds`, `TRIALS` at most; 0 where they are too few to find anything."""
    return next((n for n in range(TRIALS, LEAST_TRIALS - 1, -1) if all_measurements(n) * a_trial <= seconds), 0)
