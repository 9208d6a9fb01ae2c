"""The two phases of training: prepared photos and a classifier in; the fitted classifier and its history out."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from unseen.context import RunContext
from unseen.dataset.dataset import SplitDataset
from unseen.dataset.split_dataset import fractions_of
from unseen.errors import UnseenError
from unseen.features.extract import extract
from unseen.features.feature_set import FeatureSet, pooled, subset
from unseen.features.views import varied_features
from unseen.inputs.training_images import TrainingImages
from unseen.models.classifier import Classifier
from unseen.pipelines.random_split import compare_splits
from unseen.probes.thumbnails import thumbnails
from unseen.records import Float32Array, Int64Array
from unseen.report.training_sheet import write_sheet
from unseen.runs import atomic_path, read_json, write_json
from unseen.training.finetune import FineTuneOptions, FineTuner
from unseen.training.fit_state import FitState
from unseen.training.history import EpochRow, write_history
from unseen.training.imbalance import resolve_imbalance
from unseen.training.linear_probe import ProbeOptions, fit_head
from unseen.training.schedule import Plan, plan_steps, steps_of_epoch
from unseen.training.training_data import TrainingData
from unseen.training.validation import augmented_inputs, plain_inputs

# Seconds kept for what comes after fine-tuning (export, measuring, the page): a fixed part and one a photo.
FINISH_SECONDS = 25.0
FINISH_SECONDS_A_PHOTO = 0.006
# Batch statistics of fewer photos than this are too noisy to replace those of a pre-trained backbone.
SMALL_BATCH = 64
# Varied views of each photo that the head is fitted on beside the photo itself, and how many there are in all: of
# photos of one person before one wall, a head on plain features alone got 0.75 of another's right, with views 0.99
# (docs/log.md).
VIEWS, MOST_VIEWS = 4, 12_000


def frozen_features(context: RunContext, data: SplitDataset, model: Classifier) -> Float32Array | None:
    """Extract the frozen features of all photos, or read those that an interrupted run left.

    `None` without pre-trained weights, when there is nothing worth extracting.
    """
    if context.recipe.weights is None:
        return None
    everything = np.arange(len(data.labels))
    return _once(
        context,
        "features",
        lambda: extract(
            model.preprocess, model.backbone, data.images, everything, context.runtime.device, context.progress
        ),
    )


def _once(context: RunContext, name: str, make: Callable[[], Float32Array]) -> Float32Array:
    """Return the features that an interrupted run left under `name`, or make and leave them."""
    path = context.run.checkpoint / f"{name}.safetensors"
    if path.exists():
        return load_file(path)["features"].numpy()
    with context.clock.stage(name.partition("-")[0]):
        features = make()
    with atomic_path(path) as temporary:
        save_file({"features": torch.from_numpy(features)}, temporary)
    return features


def first_phase(
    context: RunContext, data: SplitDataset, model: Classifier, features: Float32Array | None, images: TrainingImages
) -> tuple[list[EpochRow], dict[str, Any]]:
    """Fit the head on frozen features of photos and of varied views, and compare the honest with a careless split.

    Without pre-trained weights there is nothing to probe: the head stays as it is, and the comparison is made on
    thumbnails.
    """
    config = context.config
    labels, train = data.labels, data.split.positions("train")
    imbalance = resolve_imbalance(config.imbalance, labels[train], len(data.classes))
    options = ProbeOptions(config.seed, imbalance, config.weight_decay, config.label_smoothing)
    if features is None:
        with context.clock.stage("compare splits"):
            found = compare_splits(
                data, thumbnails(data.images), options, fractions_of(config.fractions), "16 px thumbnails"
            )
        return [], found
    validation = data.split.positions("validation")
    learnt, held_out = subset(features, labels, train), subset(features, labels, validation)
    if images.augmented:
        learnt = pooled(learnt, _views(context, data, model, images, train, VIEWS))
        held_out = pooled(held_out, _views(context, data, model, images, validation, 1))
    with context.clock.stage("head"):
        torch.manual_seed(options.seed)
        history = fit_head(model.head, learnt, held_out, options, context.progress)
    with context.clock.stage("compare splits"):
        return history, compare_splits(data, features, options, fractions_of(config.fractions), "frozen features")


def _views(
    context: RunContext,
    data: SplitDataset,
    model: Classifier,
    images: TrainingImages,
    positions: Int64Array,
    views: int,
) -> FeatureSet:
    """Return features of varied views of the photos at `positions`: at least one of each, before another background
    where the subject is known.
    """
    name = f"views-{views}"
    views = max(1, min(views, MOST_VIEWS // max(1, len(positions))))

    def make() -> Float32Array:
        return varied_features(
            model, images.augment, images.for_views, data.labels, positions, views, context.config.seed,
            context.runtime.device, context.progress,
        ).features  # fmt: skip

    return FeatureSet(_once(context, name, make), np.tile(data.labels[positions], views))


def make_tuner(
    context: RunContext, data: SplitDataset, model: Classifier, images: TrainingImages, history: list[EpochRow]
) -> FineTuner:
    """Return what fine-tunes `model`, and shows what training sees."""
    config = context.config
    labels, train, validation = data.labels, data.split.positions("train"), data.split.positions("validation")
    assert config.learning_rate is not None
    return FineTuner(
        model,
        TrainingData(
            images,
            labels,
            train,
            plain_inputs(model.preprocess, data.images, validation, labels),
            augmented_inputs(images, validation, labels, config.seed, context.runtime.device),
        ),
        FineTuneOptions(
            seed=config.seed,
            batch_size=config.batch_size,
            learning_rate=config.learning_rate,
            weight_decay=config.weight_decay,
            label_smoothing=config.label_smoothing,
            mixup=config.mixup,
            imbalance=resolve_imbalance(config.imbalance, labels[train], len(data.classes)),
            patience=config.patience,
            frozen_statistics=context.recipe.weights is not None and config.batch_size < SMALL_BATCH,
        ),
        context.runtime,
        first_epoch=len(history),
    )


def second_phase(
    context: RunContext,
    data: SplitDataset,
    model: Classifier,
    images: TrainingImages,
    history: list[EpochRow],
    passes: bool,
) -> list[EpochRow]:
    """Fine-tune by the plan, which is measured once and then kept; return the whole history.

    passes: an epoch is one pass over the photos, however few; else it may hold several where they are varied much.
    """
    tuner = make_tuner(context, data, model, images, history)
    write_sheet(context.run.varied, tuner)
    plan = _plan(context, tuner, len(data.labels), varied=not passes and images.cutout_probability > 0)
    context.progress.say(f"fine-tune: {plan.reason}")
    if plan.steps == 0:
        write_history(context.run.history, history)
        return history
    reserve = _finish_seconds(len(data.labels))
    state = tuner.fit(
        plan,
        context.run.checkpoint,
        seconds_left=lambda: context.clock.left - reserve,
        progress=context.progress,
        on_epoch=lambda rows: write_history(context.run.history, [*history, *rows]),
    )
    context.progress.say(_how_it_ended(state, plan))
    return [*history, *state.history]


def _plan(context: RunContext, tuner: FineTuner, photos: int, varied: bool) -> Plan:
    """Measure the throughput and plan; a plan that was made before is kept, whatever the machine does now."""
    path = context.run.checkpoint / "plan.json"
    if path.exists():
        saved = read_json(path)
        return Plan(**{name: saved[name] for name in ("epochs", "epoch_steps", "steps", "seconds_a_step", "reason")})
    context.progress.say("measuring the speed of a training step")
    step_seconds, validation_seconds = tuner.measure()
    left = context.clock.left - _finish_seconds(photos)
    assert context.config.epochs is not None
    epoch_steps = steps_of_epoch(tuner.pass_steps, varied)
    plan = plan_steps(context.config.epochs, epoch_steps, step_seconds, validation_seconds, left)
    if plan.steps == 0 and context.recipe.weights is None:
        raise UnseenError(
            f"--time-limit {context.config.time_limit:g} leave no time for a single step, and nothing is pre-trained: "
            "give more --time-limit and another --out"
        )
    write_json(path, {**plan.as_dict(), "spent": context.clock.elapsed})
    return plan


def _finish_seconds(photos: int) -> float:
    return FINISH_SECONDS + FINISH_SECONDS_A_PHOTO * photos


def _how_it_ended(state: FitState, plan: Plan) -> str:
    epochs, best = len(state.history), f"the best was epoch {state.best_epoch}"
    if state.stopped:
        return f"fine-tune: stopped by the time limit in epoch {epochs} of {plan.epochs}, {best}"
    if state.step < state.planned:
        return f"fine-tune: stopped early after epoch {epochs}, {best}"
    if state.planned < plan.steps:
        return f"fine-tune: {epochs} epochs, for the machine was slower than measured, {best}"
    return f"fine-tune: {epochs} epochs, {best}"
