"""Search for an augmentation policy, use it where held-out groups confirm it, and keep what training augments by."""

import time
from dataclasses import replace
from itertools import chain

import numpy as np

from unseen.augment.policy import SEARCH, SUFFIX, SavedPolicy, saved_policy, write_policy
from unseen.augment.transforms import Transform
from unseen.evaluation.tested_on import unit_of_groups
from unseen.features.extract import FeatureRunner
from unseen.features.views import view_runner
from unseen.inputs.allowed_transforms import settings_of
from unseen.inputs.training_images import with_settings
from unseen.pipelines.learnt.short_tuning import ShortTuning, affordable_steps, fine_tunes
from unseen.pipelines.stages.fit_head import head_options
from unseen.pipelines.stages.training_setup import TrainingSetup
from unseen.records import Int64Array
from unseen.runs import read_json, write_json
from unseen.searching.confirm_policy import confirmed
from unseen.searching.judged_groups import judged_groups
from unseen.searching.policy_search import (
    AT_RANDOM,
    LEAST_TRIALS,
    Kept,
    affordable_trials,
    all_measurements,
    search_halves,
)
from unseen.searching.policy_search import SEARCH as SEARCH_VIEWS
from unseen.searching.policy_space import USUAL, Kind, Span, Strengths, policy_of, searchable
from unseen.searching.policy_trial import VIEWS, PolicyTrials, photos_for_views
from unseen.searching.search_wording import search_verdict
from unseen.searching.searched_policy import Outcome, SearchedPolicy
from unseen.text import duration
from unseen.training.known_signs import KnownSigns

# Share of the time left that a search may take, and steps of a trial's head.
TIME_SHARE, STEPS = 0.4, 300
# A search that was slower than planned may take so much more before it tries no new policies.
OVERTIME = 1.3


def settle_augmentation(setup: TrainingSetup, known: KnownSigns | None) -> tuple[TrainingSetup, SearchedPolicy | None]:
    """Return `setup` with the policy that it is trained with, and what a search found where one was asked for.

    The run keeps its policy as `policy.json` unless it is one of those with a name.
    """
    config, run = setup.config, setup.context.run
    if config.augment.endswith(SUFFIX):
        write_policy(run.policy, saved_policy(config.augment))
    if config.augment != SEARCH:
        return setup, None
    with setup.context.clock.stage("search"):
        searched, chosen = _search(setup, known)
    setup.progress.say(search_verdict(searched))
    write_policy(run.policy, chosen)
    if searched.outcome is not Outcome.USED:
        return setup, searched
    images = setup.images.with_policy(with_settings(chosen.policy, config))
    config = replace(config, mixup=config.mixup or chosen.mixup)
    write_json(run.config, {**read_json(run.config), "resolved": config.as_dict()})
    context = replace(setup.context, recipe=replace(setup.context.recipe, config=config))
    return replace(setup, context=context, images=images), searched


def _search(setup: TrainingSetup, known: KnownSigns | None) -> tuple[SearchedPolicy, SavedPolicy]:
    """Search; return what was found, and the policy to train with."""
    data, seed, clock, default = setup.data, setup.config.seed, setup.context.clock, policy_of(USUAL)
    judged = judged_groups(data.split.parts, data.grouping.groups, data.labels, seed, stated=_stated(setup))
    if judged is None:
        return SearchedPolicy(Outcome.FEW_GROUPS), default
    some = photos_for_views(chain(*judged.halves), data.labels, seed)
    with view_runner(setup.model, setup.context.runtime.device, VIEWS * len(some) * LEAST_TRIALS) as runner:
        trials = _trials(setup, known, runner, some)
        runner.run(
            np.zeros((1, 3, *(setup.context.recipe.side_px,) * 2), np.uint8)
        )  # the first call loads, and is slow

        def measure(strengths: Strengths, views: str) -> list[tuple[float, float]]:
            return [half.means for half in trials.judge(policy_of(strengths), judged.halves, views)]

        kept = Kept(setup.context.run.checkpoint / "search.json", measure, lambda: clock.elapsed)
        if needed := _plan(setup, kept):
            return SearchedPolicy(Outcome.NO_TIME, minutes_needed=needed), default
        ends = clock.elapsed + OVERTIME * TIME_SHARE * clock.left
        found = search_halves(_spans(setup), kept, seed, setup.progress, lambda: clock.elapsed < ends)
        tuning = None
        if fine_tunes(setup):
            tuning = ShortTuning(setup, judged, kept.plan_tuning(lambda: affordable_steps(setup, default)))
        return confirmed(found, trials, judged, data.grouping.groups, kept, tuning, unit_of_groups(data))


def _trials(setup: TrainingSetup, known: KnownSigns | None, runner: FeatureRunner, some: Int64Array) -> PolicyTrials:
    """Prepare what every trial shares; photos are read once, for reading a cutout takes long."""
    config, images, labels = setup.config, setup.images, setup.data.labels
    assert setup.features is not None
    plain = [images.images[i] for i in some.tolist()]
    return PolicyTrials(
        head=setup.model.head,
        runner=runner,
        images=images,
        photos=(plain, plain if images.cutouts is None else [images.cutouts[i] for i in some.tolist()]),
        some=some,
        features=setup.features,
        labels=labels,
        options=replace(head_options(setup), mixup=0.0, steps=STEPS),
        complete=lambda policy: with_settings(policy, config),
        enrich=lambda own: known.pooled_with(own, config.seed) if known else own,
    )


def _plan(setup: TrainingSetup, kept: Kept) -> float | None:
    """Plan as many trials as there is time for; return how many minutes would do where there is too little."""
    if kept.planned is not None:
        return None
    clock, started = setup.context.clock, time.perf_counter()
    kept(USUAL, SEARCH_VIEWS, 0)
    seconds = time.perf_counter() - started
    trials = affordable_trials(TIME_SHARE * clock.left, seconds)
    if not trials:
        return (clock.elapsed + seconds * all_measurements(LEAST_TRIALS) / TIME_SHARE) / 60
    kept.plan(trials, trials)
    policies = 2 * trials - AT_RANDOM
    said = f"search: {policies} augmentation policies are tried, and the best looked at again"
    setup.progress.say(f"{said}: about {duration(seconds * all_measurements(trials))}")
    return None


def _spans(setup: TrainingSetup) -> dict[Kind, Span]:
    """Return what may be searched: labels stay true, and what the user asked for stays on."""
    allowed, asked = setup.images.augment.allowed, settings_of(setup.config)
    assert allowed is not None
    free = {transform: True not in setting.answers for transform, setting in asked.items()}
    return searchable(
        turned=bool(allowed.rotate.any()) and free[Transform.ROTATE],
        all_turned=bool(allowed.rotate.all()),
        flipped=bool(allowed.flip.any()) and free[Transform.FLIP],
        backgrounds=setup.images.cutouts is not None,
    )


def _stated(setup: TrainingSetup) -> bool:
    """Whether the user said which photos are for validation."""
    named = setup.config.split not in ("auto", "random")
    return named or any(photo.part == "validation" for photo in setup.data.photos)
