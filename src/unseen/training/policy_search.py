"""Search for a better augmentation policy: try many, look at the best again, leave out what does not help.

Every measurement is kept in a file. A search that is killed and goes on asks for the same ones in the same order, finds
those that were made, and ends as an undisturbed one.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from unseen import seeds
from unseen.augment.policy_space import USUAL, Kind, Span, Strengths
from unseen.progress import Progress
from unseen.runs import read_json, write_json

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.study import Study

TRIALS, LEAST_TRIALS = 40, 10
# Trials that are drawn at random before the sampler (TPE) learns from them; the default is one more.
AT_RANDOM = 12
FINALISTS = 3
# Measurements beside the trials: the finalists and the default again, each kind left out, what remains, and two that
# confirm.
BESIDE = FINALISTS + 1 + len(Kind) + 1 + 2
# A kind matters if leaving it out costs this share of what leaving out the one that matters most does.
MATTERS = 0.15
# What putting all the others back may cost of what the policy gained.
PUT_BACK_COSTS = 0.1

SEARCH, AGAIN = "search", "again"


@dataclass(frozen=True, slots=True)
class Tried:
    """A policy and how it did on the groups that pick. loss: nats a photo. accuracy: a share."""

    strengths: Strengths
    loss: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found among `spans`.

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
    def importance(self) -> dict[Kind, float]:
        """By how many nats a photo the loss rises where a kind is turned off, the most important first."""
        rises = {kind: tried.loss - self.whole.loss for kind, tried in self.without.items()}
        return dict(sorted(rises.items(), key=lambda item: -item[1]))

    @property
    def mattered(self) -> list[Kind]:
        """Kinds without which the policy would be clearly worse, the most important first."""
        rises = self.importance
        return [kind for kind, rise in rises.items() if rise > 0 and rise >= MATTERS * max(rises.values())]


Measure = Callable[[Strengths, str], tuple[float, float]]
"""(strengths, name of the views) to loss and accuracy on the groups that pick."""


class Kept:
    """Measurements by policy and views, in a file that is written after each.

    planned: how many trials there are to be, `None` before that is known: a search that goes on has as many, whatever
    the machine does then.
    """

    def __init__(self, path: Path, measure: Measure, elapsed: Callable[[], float] = lambda: 0.0) -> None:
        """elapsed: seconds that the run has taken so far."""
        self._path, self._measure, self._elapsed = path, measure, elapsed
        saved = read_json(path) if path.exists() else {}
        self.planned: int | None = saved.get("planned")
        self._found: dict[str, list[float]] = saved.get("found", {})

    def __call__(self, strengths: Strengths, views: str) -> Tried:
        """Return what was measured before, or measure and keep it."""
        key = _key(strengths, views)
        if key not in self._found:
            self._found[key] = list(self._measure(strengths, views))
            if self.planned is not None:
                self._write()
        loss, accuracy = self._found[key]
        return Tried(strengths, loss, accuracy)

    def holds(self, strengths: Strengths, views: str) -> bool:
        """Say whether this was measured before."""
        return _key(strengths, views) in self._found

    def plan(self, trials: int) -> None:
        """Keep how many trials there are to be."""
        self.planned = trials
        self._write()

    def _write(self) -> None:
        write_json(self._path, {"planned": self.planned, "spent": self._elapsed(), "found": self._found})


def _key(strengths: Strengths, views: str) -> str:
    return json.dumps([views, dict(sorted(strengths.items()))])


def search_policy(
    spans: Mapping[Kind, Span], kept: Kept, seed: int, progress: Progress, in_time: Callable[[], bool] = lambda: True
) -> Found:
    """Search among `spans` with the planned number of trials, fewer where `in_time` says that time runs out."""
    assert kept.planned is not None
    with progress.task("search", kept.planned + BESIDE, "policies") as task:

        def measure(strengths: Strengths, views: str) -> Tried:
            tried = kept(strengths, views)
            task.advance(1, f"loss {tried.loss:.3f}, {tried.accuracy:.1%} right")
            return tried

        trials = [measure(USUAL, SEARCH)]
        study, distributions = _study(spans)
        while len(trials) <= kept.planned:
            strengths = _proposed(study, distributions, trials, seed)
            if not kept.holds(strengths, SEARCH) and not in_time():
                kept.plan(len(trials) - 1)
                break
            trials.append(measure(strengths, SEARCH))
        default = measure(USUAL, AGAIN)
        order = sorted(trials[1:], key=lambda one: one.loss)[:FINALISTS]
        # both measurements count, or the luckiest views would win
        again = [(measure(one.strengths, AGAIN), one) for one in order]
        whole = min(again, key=lambda pair: pair[0].loss + pair[1].loss, default=(default, default))[0]
        # how many photos are changed is no kind of change
        used = [kind for kind in spans if kind is not Kind.SHARE and whole.strengths[kind] > 0]
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
    study: "Study", distributions: dict[str, "BaseDistribution"], trials: Sequence[Tried], seed: int
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
    draw = seeds.derive(seed, "policy search", len(trials)) % 2**32
    study.sampler = TPESampler(n_startup_trials=AT_RANDOM, seed=draw)
    asked = study.ask(distributions)
    return {**USUAL, **{Kind(name): float(value) for name, value in asked.params.items()}}


def _simpler(found: Found, measure: Callable[[Strengths, str], Tried]) -> Tried:
    """Put back what does not matter to the default's strengths, where that costs little of what was gained."""
    whole, matters = found.whole, found.mattered
    strengths = {kind: value if kind in matters else USUAL[kind] for kind, value in whole.strengths.items()}
    simpler = measure(strengths, AGAIN)
    allowed = whole.loss + PUT_BACK_COSTS * max(0.0, found.default.loss - whole.loss)
    return simpler if simpler.loss <= allowed else whole


def affordable_trials(seconds: float, a_trial: float) -> int:
    """Return how many trials fit into `seconds`, `TRIALS` at most; 0 where they are too few to find anything."""
    fit = int(seconds / a_trial) - BESIDE
    return 0 if fit < LEAST_TRIALS else min(TRIALS, fit)
