"""Fine-tune the network from its fitted head, by a plan that is measured once and then kept."""

from unseen.errors import UnseenError
from unseen.pipelines.training_setup import TrainingSetup
from unseen.report.training_sheet import write_sheet
from unseen.runs import read_json, write_json
from unseen.training.finetune import FineTuneOptions, FineTuner
from unseen.training.fit_state import FitState
from unseen.training.history import EpochRow, write_history
from unseen.training.imbalance import resolve_imbalance
from unseen.training.schedule import Plan, plan_steps, steps_of_epoch
from unseen.training.training_data import TrainingData
from unseen.training.validation import augmented_inputs, plain_inputs

# Seconds kept for what comes after fine-tuning (export, measuring, the page): a fixed part and one a photo.
FINISH_SECONDS = 25.0
FINISH_SECONDS_A_PHOTO = 0.006
# Batch statistics of fewer photos than this are too noisy to replace those of a pre-trained backbone.
SMALL_BATCH = 64


def make_tuner(setup: TrainingSetup, history: list[EpochRow]) -> FineTuner:
    """Return what fine-tunes the model of `setup`, and shows what training is given."""
    config, data, context = setup.config, setup.data, setup.context
    labels, train, validation = data.labels, setup.train, setup.validation
    assert config.learning_rate is not None
    options = FineTuneOptions(
        seed=config.seed,
        batch_size=config.batch_size,
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        label_smoothing=config.label_smoothing,
        mixup=config.mixup,
        imbalance=resolve_imbalance(config.imbalance, labels[train], len(data.classes)),
        patience=config.patience,
        frozen_statistics=context.recipe.weights is not None and config.batch_size < SMALL_BATCH,
    )
    inputs = TrainingData(
        setup.images,
        labels,
        train,
        plain_inputs(setup.model.preprocess, data.images, validation, labels, data.boxes),
        augmented_inputs(setup.images, validation, labels, config.seed, context.runtime.device),
    )
    return FineTuner(setup.model, inputs, options, context.runtime, first_epoch=len(history))


def fine_tune(setup: TrainingSetup, history: list[EpochRow]) -> list[EpochRow]:
    """Fine-tune and leave the best averaged weights in the model; return the whole history."""
    context = setup.context
    tuner = make_tuner(setup, history)
    write_sheet(context.run.varied, tuner)
    plan = _plan(setup, tuner)
    assert setup.config.epochs is not None
    context.progress.say(f"fine-tune: {plan.describe(setup.config.epochs)}")
    if plan.steps == 0:
        write_history(context.run.history, history)
        return history
    reserve = _finish_seconds(setup)
    state = tuner.fit(
        plan,
        context.run.checkpoint,
        seconds_left=lambda: context.clock.left - reserve,
        progress=context.progress,
        on_epoch=lambda rows: write_history(context.run.history, [*history, *rows]),
    )
    context.progress.say(_outcome(state, plan))
    return [*history, *state.history]


def _plan(setup: TrainingSetup, tuner: FineTuner) -> Plan:
    """Measure the throughput and plan; a plan that was made before is kept, whatever the machine does now.

    Where photos are shown on other backgrounds, an epoch may hold several passes over few photos.
    """
    context, config = setup.context, setup.config
    path = context.run.checkpoint / "plan.json"
    if path.exists():
        saved = read_json(path)
        return Plan(**{name: saved[name] for name in ("epochs", "epoch_steps", "steps", "seconds_a_step")})
    context.progress.say("measuring the speed of a training step")
    step_seconds, validation_seconds = tuner.measure()
    left = context.clock.left - _finish_seconds(setup)
    assert config.epochs is not None
    several = not setup.epochs_stated and setup.images.cutout_probability > 0
    epoch_steps = steps_of_epoch(tuner.pass_steps, several)
    plan = plan_steps(config.epochs, epoch_steps, step_seconds, validation_seconds, left)
    if plan.steps == 0 and context.recipe.weights is None:
        raise UnseenError(
            f"--time-limit {config.time_limit:g} leaves no time for a single step, and nothing is pre-trained: "
            "give a longer --time-limit and another --out"
        )
    write_json(path, {**plan.as_dict(), "spent": context.clock.elapsed})
    return plan


def _finish_seconds(setup: TrainingSetup) -> float:
    return FINISH_SECONDS + FINISH_SECONDS_A_PHOTO * len(setup.data.labels)


def _outcome(state: FitState, plan: Plan) -> str:
    epochs, best = len(state.history), f"the best was epoch {state.best_epoch}"
    if state.stopped:
        return f"fine-tune: stopped by the time limit in epoch {epochs} of {plan.epochs}, {best}"
    if state.step < state.planned:
        return f"fine-tune: stopped early after epoch {epochs}, {best}"
    if state.planned < plan.steps:
        return f"fine-tune: {epochs} epochs, because the machine was slower than measured, {best}"
    return f"fine-tune: {epochs} epochs, {best}"
