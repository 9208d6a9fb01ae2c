"""Fine-tune the network from its fitted head, by a plan that is measured once and then kept."""

import math
from collections.abc import Sequence
from dataclasses import fields, replace

from unseen import seeds
from unseen.errors import UnseenError
from unseen.inputs.joining import Joining, join
from unseen.pipelines.stages.training_setup import TrainingSetup
from unseen.records import Int64Array
from unseen.report.training_sheet import write_sheet
from unseen.runs import read_json, write_json
from unseen.text import count
from unseen.training.finetune import FineTuneOptions, FineTuner
from unseen.training.fit_state import FitState
from unseen.training.history import EpochRow, choose, write_history
from unseen.training.schedule import PLANNED_SHARE, SMALL_COST, Plan, plan_steps, steps_of_epoch
from unseen.training.speed import measure_speed
from unseen.training.training_data import StepBatches, TrainingData
from unseen.training.validation import augmented_inputs, plain_inputs

# Seconds kept for what comes after fine-tuning (export, measuring, the page): a fixed part and one a photo.
FINISH_SECONDS = 25.0
FINISH_SECONDS_A_PHOTO = 0.006
# Batch statistics of fewer photos than this are too noisy to replace those of a pre-trained backbone.
SMALL_BATCH = 64
# Training photos that the head and the epochs are compared on where none are held out.
STAND_IN_PHOTOS = 256


def tuning_options(setup: TrainingSetup, labels: Int64Array, mixup: float) -> FineTuneOptions:
    """Return how photos with these labels are fine-tuned on."""
    config = setup.config
    assert config.learning_rate is not None
    return FineTuneOptions(
        seed=config.seed,
        batch_size=config.batch_size,
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        label_smoothing=config.label_smoothing,
        mixup=mixup,
        imbalance=setup.imbalance_of(labels),
        patience=config.patience,
        frozen_statistics=setup.context.recipe.weights is not None and config.batch_size < SMALL_BATCH,
    )


def training_batches(setup: TrainingSetup) -> StepBatches:
    """Return what the steps of fine-tuning are given."""
    config, labels = setup.config, setup.data.labels
    imbalance = setup.imbalance_of(labels[setup.train])
    return StepBatches(setup.images, labels, setup.train, config.seed, config.batch_size, imbalance)


def make_tuner(setup: TrainingSetup, history: list[EpochRow], joining: Sequence[Joining] = ()) -> FineTuner:
    """Return what fine-tunes the model of `setup`; photos may join its training part."""
    config, data, context = setup.config, setup.data, setup.context
    images, labels, train = join(setup.images, data.labels, setup.train, joining)
    validation = setup.validation
    options = tuning_options(setup, labels[train], config.mixup)
    stand_in = len(validation) == 0
    judged = (
        seeds.generator(config.seed, "stand-in").permutation(setup.train)[:STAND_IN_PHOTOS] if stand_in else validation
    )
    inputs = TrainingData(
        images,
        labels,
        train,
        plain_inputs(setup.model.preprocess, data.images, judged, labels, data.boxes),
        augmented_inputs(setup.images, judged, labels, config.seed, context.runtime.device),
        stand_in,
    )
    return FineTuner(setup.model, inputs, options, context.runtime, first_epoch=len(history))


def fine_tune(setup: TrainingSetup, history: list[EpochRow], joining: Sequence[Joining] = ()) -> list[EpochRow]:
    """Fine-tune and leave in the model what is best, an epoch or the head as it was; return the whole history."""
    context = setup.context
    if backgrounds := setup.images.augment.backgrounds:
        backgrounds.grow(setup.config.seed)  # few are drawn for few photos' views; steps use thousands
    tuner = make_tuner(setup, history, joining)
    write_sheet(context.run.varied, tuner.batches, context.runtime.device)
    plan = _plan(setup, tuner)
    if plan.steps == 0:
        context.progress.say(_skipped(setup, plan))
        return history
    assert setup.config.epochs is not None
    context.progress.say(f"fine-tune: {plan.describe(setup.config.epochs)}")
    reserve = _finish_seconds(setup)
    state = tuner.fit(
        plan,
        context.run.checkpoint,
        seconds_left=lambda: context.clock.left - reserve,
        progress=context.progress,
        on_epoch=lambda rows: write_history(context.run.history, [*history, *rows]),
    )
    context.progress.say(_outcome(state, plan))
    whole = [*history, *state.history]
    return choose(whole, len(history) + state.best_epoch - 1) if state.best_epoch else whole


def _plan(setup: TrainingSetup, tuner: FineTuner) -> Plan:
    """Measure the throughput and plan; a plan that was made before is kept, whatever the machine does now.

    Where photos are shown on other backgrounds, an epoch may hold several passes over few photos.
    """
    context, config = setup.context, setup.config
    path = context.run.checkpoint / "plan.json"
    if path.exists():
        saved = read_json(path)
        return Plan(**{name: saved[name] for name in [field.name for field in fields(Plan)] if name in saved})
    context.progress.say("measuring the speed of a training step")
    step_seconds, validation_seconds = measure_speed(tuner)
    left = context.clock.left - _finish_seconds(setup)
    if tuner.first_epoch:  # the head is judged first
        left -= validation_seconds
    assert config.epochs is not None
    several = not setup.epochs_stated and setup.images.cutout_probability > 0
    epoch_steps = steps_of_epoch(tuner.pass_steps, several)
    recipe = context.recipe
    small_cost = SMALL_COST if recipe.weights and recipe.side_px == recipe.spec.whole_px else 1.0
    plan = plan_steps(config.epochs, epoch_steps, step_seconds, validation_seconds, left, small_cost)
    if plan.steps == 0 and context.recipe.weights is None:
        raise UnseenError(
            f"--time-limit {config.time_limit:g} leaves no time for a single step, and nothing is pre-trained: "
            "give a longer --time-limit and another --out"
        )
    if tuner.first_epoch and plan.steps < plan.least_steps:
        plan = replace(plan, epochs=0, steps=0)
    write_json(path, {**plan.as_dict(), "spent": context.clock.elapsed})
    return plan


def _finish_seconds(setup: TrainingSetup) -> float:
    return FINISH_SECONDS + FINISH_SECONDS_A_PHOTO * len(setup.data.labels)


def _skipped(setup: TrainingSetup, plan: Plan) -> str:
    """Say that there is no time for an epoch, and about how much would do."""
    epoch = plan.epoch_steps * plan.seconds_a_step + 2 * plan.validation_seconds
    enough = setup.context.clock.elapsed + _finish_seconds(setup) + epoch / PLANNED_SHARE
    return (
        f"fine-tune: left out, for --time-limit {setup.config.time_limit:g} leaves no time for one epoch "
        f"({plan.epoch_steps} steps of {plan.seconds_a_step:.2g} s); the new head ships as it is "
        f"(--time-limit {math.ceil(enough / 60)} has time for one)"
    )


def _outcome(state: FitState, plan: Plan) -> str:
    epochs, best = len(state.history), f"epoch {state.best_epoch} was the best and ships"
    if state.abandoned:
        return (
            f"fine-tune: stopped after {count(state.step, 'step')}, for its first epoch would not have ended in time "
            "on this machine now; the new head ships as it is (use a longer --time-limit to fine-tune)"
        )
    if state.head and not state.best_epoch:
        best = "none was better than the new head, which ships as it was before"
    if state.stopped:
        return f"fine-tune: stopped by the time limit in epoch {epochs} of {plan.epochs}; {best}"
    if state.step < state.planned:
        return f"fine-tune: stopped early after epoch {epochs}; {best}"
    if state.planned < plan.steps:
        return f"fine-tune: {count(epochs, 'epoch', 'epochs')}, because the machine was slower than measured; {best}"
    return f"fine-tune: {count(epochs, 'epoch', 'epochs')}; {best}"
