"""The two phases of training: a job, prepared photos and a classifier in; the fitted classifier and its history out."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from unseen.context import Job
from unseen.dataset.dataset import SplitDataset
from unseen.dataset.split_dataset import fractions_of
from unseen.errors import UnseenError
from unseen.features.extract import extract
from unseen.features.feature_set import FeatureSet, pooled, subset
from unseen.features.views import varied_features
from unseen.inputs.training_images import Variety
from unseen.models.classifier import Classifier
from unseen.pipelines.random_split import compare_splits, thumbnails
from unseen.records import Float32Array, Int64Array
from unseen.report.training_sheet import write_sheet
from unseen.runs import atomic_path, read_json, write_json
from unseen.training.finetune import FineTuneOptions, FineTuner
from unseen.training.fit_state import FitState
from unseen.training.history import EpochRow, write_history
from unseen.training.imbalance import resolve_imbalance
from unseen.training.linear_probe import ProbeOptions, fit_head
from unseen.training.schedule import Plan, plan_steps, steps_of_epoch
from unseen.training.training_photos import TrainingPhotos

# Seconds kept for what comes after fine-tuning (export, measuring, the page): a fixed part and one a photo.
FINISH_SECONDS = 25.0
FINISH_SECONDS_A_PHOTO = 0.006
# Batch statistics of fewer photos than this are too noisy to replace those of a pre-trained backbone.
SMALL_BATCH = 64
# Varied views of each photo that the head is fitted on beside the photo itself, and how many there are in all: of
# photos of one person before one wall, a head on plain features alone got 0.75 of another's right, with views 0.99
# (docs/log.md).
VIEWS, MOST_VIEWS = 4, 12_000


def frozen_features(job: Job, data: SplitDataset, model: Classifier) -> Float32Array | None:
    """Extract the frozen features of all photos, or read those that an interrupted run left.

    `None` without pre-trained weights, when there is nothing worth extracting.
    """
    if job.recipe.weights is None:
        return None
    everything = np.arange(len(data.labels))
    return _once(
        job,
        "features",
        lambda: extract(model.preprocess, model.backbone, data.images, everything, job.runtime.device, job.progress),
    )


def _once(job: Job, name: str, make: Callable[[], Float32Array]) -> Float32Array:
    """Return the features that an interrupted run left under `name`, or make and leave them."""
    path = job.run.checkpoint / f"{name}.safetensors"
    if path.exists():
        return load_file(path)["features"].numpy()
    with job.clock.stage(name.partition("-")[0]):
        features = make()
    with atomic_path(path) as temporary:
        save_file({"features": torch.from_numpy(features)}, temporary)
    return features


def first_phase(
    job: Job, data: SplitDataset, model: Classifier, features: Float32Array | None, variety: Variety
) -> tuple[list[EpochRow], dict[str, Any]]:
    """Fit the head on frozen features of photos and of varied views, and compare the honest with a careless split.

    Without pre-trained weights there is nothing to probe: the head stays as it is, and the comparison is made on
    thumbnails.
    """
    config = job.config
    labels, train = data.labels, data.split.positions("train")
    imbalance = resolve_imbalance(config.imbalance, labels[train], len(data.classes))
    options = ProbeOptions(config.seed, imbalance, config.l2, config.label_smoothing)
    if features is None:
        with job.clock.stage("compare splits"):
            found = compare_splits(
                data, thumbnails(data.images), options, fractions_of(config.fractions), "16 px thumbnails"
            )
        return [], found
    validation = data.split.positions("validation")
    learnt, held_out = subset(features, labels, train), subset(features, labels, validation)
    if variety.varies:
        learnt = pooled(learnt, _views(job, data, model, variety, train, VIEWS))
        held_out = pooled(held_out, _views(job, data, model, variety, validation, 1))
    with job.clock.stage("head"):
        torch.manual_seed(options.seed)
        history = fit_head(model.head, learnt, held_out, options, job.progress)
    with job.clock.stage("compare splits"):
        return history, compare_splits(data, features, options, fractions_of(config.fractions), "frozen features")


def _views(
    job: Job, data: SplitDataset, model: Classifier, variety: Variety, positions: Int64Array, views: int
) -> FeatureSet:
    """Return features of varied views of the photos at `positions`: at least one of each, before another background
    where the subject is known.
    """
    name = f"views-{views}"
    views = max(1, min(views, MOST_VIEWS // max(1, len(positions))))
    photos = variety.views_from(data.images)

    def make() -> Float32Array:
        return varied_features(
            model, variety.augment, photos, data.labels, positions, views, job.config.seed, job.runtime.device,
            job.progress,
        ).features  # fmt: skip

    return FeatureSet(_once(job, name, make), np.tile(data.labels[positions], views))


def make_tuner(job: Job, data: SplitDataset, model: Classifier, variety: Variety, history: list[EpochRow]) -> FineTuner:
    """Return what fine-tunes `model`, and shows what training sees."""
    config = job.config
    labels, train = data.labels, data.split.positions("train")
    assert config.learning_rate is not None
    return FineTuner(
        model,
        variety.augment,
        TrainingPhotos(data.images, labels, train, data.split.positions("validation"), *variety.source),
        FineTuneOptions(
            seed=config.seed,
            batch=config.batch,
            learning_rate=config.learning_rate,
            l2=config.l2,
            label_smoothing=config.label_smoothing,
            mixup=config.mixup,
            imbalance=resolve_imbalance(config.imbalance, labels[train], len(data.classes)),
            patience=config.patience,
            frozen_statistics=job.recipe.weights is not None and config.batch < SMALL_BATCH,
        ),
        job.runtime,
        first_epoch=len(history),
    )


def second_phase(
    job: Job, data: SplitDataset, model: Classifier, variety: Variety, history: list[EpochRow], passes: bool
) -> list[EpochRow]:
    """Fine-tune by the plan, which is measured once and then kept; return the whole history.

    passes: an epoch is one pass over the photos, however few; else it may hold several where they are varied much.
    """
    tuner = make_tuner(job, data, model, variety, history)
    write_sheet(job.run.varied, tuner)
    plan = _plan(job, tuner, len(data.labels), varied=not passes and variety.share > 0)
    job.progress.say(f"fine-tune: {plan.reason}")
    if plan.steps == 0:
        write_history(job.run.history, history)
        return history
    reserve = _finish_seconds(len(data.labels))
    state = tuner.fit(
        plan,
        job.run.checkpoint,
        seconds_left=lambda: job.clock.left - reserve,
        progress=job.progress,
        on_epoch=lambda rows: write_history(job.run.history, [*history, *rows]),
    )
    job.progress.say(_how_it_ended(state, plan))
    return [*history, *state.history]


def _plan(job: Job, tuner: FineTuner, photos: int, varied: bool) -> Plan:
    """Measure the throughput and plan; a plan that was made before is kept, whatever the machine does now."""
    path = job.run.checkpoint / "plan.json"
    if path.exists():
        saved = read_json(path)
        return Plan(**{name: saved[name] for name in ("epochs", "epoch_steps", "steps", "seconds_a_step", "reason")})
    job.progress.say("measuring the speed of a training step")
    step_seconds, validation_seconds = tuner.measure()
    left = job.clock.left - _finish_seconds(photos)
    assert job.config.epochs is not None
    epoch_steps = steps_of_epoch(tuner.pass_steps, varied)
    plan = plan_steps(job.config.epochs, epoch_steps, step_seconds, validation_seconds, left)
    if plan.steps == 0 and job.recipe.weights is None:
        raise UnseenError(
            f"--minutes {job.config.minutes:g} leave no time for a single step, and nothing is pre-trained: "
            "give more --minutes and another --out"
        )
    write_json(path, {**plan.as_dict(), "spent": job.clock.elapsed})
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
