"""The main job: settings in, a finished run folder out. Each step calls one stage and hands on its result."""

import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from unseen import __version__
from unseen.augment.pipeline import Augment
from unseen.augment.policy import find_policy
from unseen.config import TrainConfig, config_from
from unseen.errors import UnseenError
from unseen.model.classifier import Classifier, unfreeze
from unseen.photos.fit import Fit
from unseen.progress import Progress
from unseen.records import Float32Array
from unseen.runs import RunFolder, atomic_path, read_json, write_json
from unseen.training.balance import resolve_imbalance
from unseen.training.features import extract
from unseen.training.finetune import FineTuneOptions, FineTuner, FitState, TrainingPhotos
from unseen.training.history import EpochRow, write_history
from unseen.training.probe import ProbeOptions, fit_head, subset
from unseen.training.runtime import Runtime, find_runtime
from unseen.training.schedule import Plan, plan_steps
from unseen.workflow.build import Recipe, build, check, resolve
from unseen.workflow.careless import compare_splits, thumbnails
from unseen.workflow.clock import Clock
from unseen.workflow.finish import Finished, finish
from unseen.workflow.prepare import Prepared, fractions_of, prepare

# Seconds kept for what comes after fine-tuning (export, measuring, the page): a fixed part and one a photo.
FINISH_SECONDS = 25.0
FINISH_SECONDS_A_PHOTO = 0.006
# Batch statistics of fewer photos than this are too noisy to replace those of a pre-trained backbone.
SMALL_BATCH = 64


@dataclass(frozen=True, slots=True)
class Job:
    """What every step of a run shares."""

    run: RunFolder
    recipe: Recipe
    runtime: Runtime
    clock: Clock
    progress: Progress

    @property
    def config(self) -> TrainConfig:
        """The resolved settings."""
        return self.recipe.config


def train(config: TrainConfig, progress: Progress) -> Finished:
    """Train from `config.photos` into `config.out`, a folder that is new or empty."""
    run = RunFolder(Path(config.out))
    if run.root.exists() and (not run.root.is_dir() or any(run.root.iterdir())):
        raise UnseenError(f"{run.root} is there already: use --resume {run.root}, another --out, or delete it")
    return _run(config, run, progress, spent=0.0, fingerprint=None)


def resume(folder: Path, progress: Progress) -> Finished:
    """Go on with a run that was stopped, with the settings it was started with."""
    run = RunFolder(folder)
    saved = read_json(run.config)
    if run.finished():
        raise UnseenError(f"{folder} is finished: see {run.report}, or train into another --out")
    settings = saved.get("config")
    if not isinstance(settings, dict):
        raise UnseenError(f"{run.config} holds no settings: train into a new --out")
    return _run(config_from(settings), run, progress, _spent(run), saved.get("fingerprint"))


def _run(config: TrainConfig, run: RunFolder, progress: Progress, spent: float, fingerprint: str | None) -> Finished:
    clock = Clock(config.minutes, spent)
    recipe = resolve(config)
    check(recipe)
    job = Job(run, recipe, find_runtime(config.device, config.precision), clock, progress)
    _make_folder(run)
    with clock.stage("read photos and split"):
        data = prepare(config, recipe.side_px, run, progress)
    if fingerprint not in (None, data.fingerprint):
        raise UnseenError(
            f"the photos in {config.photos} are not those {run.root} started with: train into a new --out"
        )
    _write_config(job, config, data)
    model = build(recipe, len(data.photos.classes), data.pixels, data.split.positions("train"))
    stages = unfreeze(model.backbone, job.config.unfreeze)
    progress.say(_describe(job, model, stages))
    history, random_split = first_phase(job, data, model)
    if stages and job.config.epochs:
        with clock.stage("fine-tune"):
            history = second_phase(job, data, model, history)
    else:
        write_history(run.history, history)
    return finish(run, recipe, data, model, history, random_split, clock, progress)


def _make_folder(run: RunFolder) -> None:
    """Make the run folder, so that a place that cannot be written to is known before photos are read."""
    try:
        run.root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnseenError(f"{run.root} cannot be made ({error.strerror}): choose another --out") from None
    if not os.access(run.root, os.W_OK | os.X_OK):
        raise UnseenError(f"{run.root} cannot be written to: choose another --out, or change its permissions")


def first_phase(job: Job, data: Prepared, model: Classifier) -> tuple[list[EpochRow], dict[str, Any]]:
    """Extract frozen features, fit the head on them, and compare the honest with a careless split.

    Without pre-trained weights there is nothing to probe: the head stays as it is, and the comparison is made on
    thumbnails.
    """
    config = job.config
    labels, train = data.labels, data.split.positions("train")
    imbalance = resolve_imbalance(config.imbalance, labels[train], len(data.photos.classes))
    options = ProbeOptions(config.seed, imbalance, config.l2, config.label_smoothing)
    if job.recipe.weights is None:
        with job.clock.stage("compare splits"):
            found = compare_splits(data, thumbnails(data.pixels), options, fractions_of(config), "16 px thumbnails")
        return [], found
    with job.clock.stage("features"):
        features = _features(job, data, model)
    with job.clock.stage("head"):
        validation = data.split.positions("validation")
        torch.manual_seed(options.seed)
        history = fit_head(
            model.head, subset(features, labels, train), subset(features, labels, validation), options, job.progress
        )
    with job.clock.stage("compare splits"):
        return history, compare_splits(data, features, options, fractions_of(config), "frozen features")


def second_phase(job: Job, data: Prepared, model: Classifier, history: list[EpochRow]) -> list[EpochRow]:
    """Fine-tune by the plan, which is measured once and then kept; return the whole history."""
    config = job.config
    labels, train = data.labels, data.split.positions("train")
    fit: Fit = config.fit  # type: ignore[assignment]  # checked by TrainConfig
    assert config.learning_rate is not None
    tuner = FineTuner(
        model,
        Augment(find_policy(config.augment, config.flip == "yes"), job.recipe.side_px, fit),
        TrainingPhotos(data.pixels, labels, train, data.split.positions("validation")),
        FineTuneOptions(
            seed=config.seed,
            batch=config.batch,
            learning_rate=config.learning_rate,
            l2=config.l2,
            label_smoothing=config.label_smoothing,
            imbalance=resolve_imbalance(config.imbalance, labels[train], len(data.photos.classes)),
            patience=config.patience,
            frozen_statistics=job.recipe.weights is not None and config.batch < SMALL_BATCH,
        ),
        job.runtime,
        first_epoch=len(history),
    )
    plan = _plan(job, tuner, len(data.labels))
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


def _plan(job: Job, tuner: FineTuner, photos: int) -> Plan:
    """Measure the throughput and plan; a plan that was made before is kept, whatever the machine does now."""
    path = job.run.checkpoint / "plan.json"
    if path.exists():
        saved = read_json(path)
        return Plan(**{name: saved[name] for name in ("epochs", "epoch_steps", "steps", "seconds_a_step", "reason")})
    job.progress.say("measuring the speed of a training step")
    step_seconds, validation_seconds = tuner.measure()
    left = job.clock.left - _finish_seconds(photos)
    assert job.config.epochs is not None
    plan = plan_steps(job.config.epochs, tuner.epoch_steps, step_seconds, validation_seconds, left)
    if plan.steps == 0 and job.recipe.weights is None:
        raise UnseenError(
            f"--minutes {job.config.minutes:g} leave no time for a single step, and nothing is pre-trained: "
            "give more --minutes and another --out"
        )
    write_json(path, {**plan.as_dict(), "spent": job.clock.elapsed})
    return plan


def _features(job: Job, data: Prepared, model: Classifier) -> Float32Array:
    """Extract the frozen features of all photos, or read those that an interrupted run left."""
    path = job.run.checkpoint / "features.safetensors"
    if path.exists():
        return load_file(path)["features"].numpy()
    everything = np.arange(len(data.labels))
    features = extract(model.preprocess, model.backbone, data.pixels, everything, job.runtime.device, job.progress)
    with atomic_path(path) as temporary:
        save_file({"features": torch.from_numpy(features)}, temporary)
    return features


def _spent(run: RunFolder) -> float:
    """Seconds that the interrupted part took up to its last checkpoint, as far as they were written down."""
    plan, latest = run.checkpoint / "plan.json", run.checkpoint / "latest.json"
    spent = float(read_json(plan)["spent"]) if plan.exists() else 0.0
    if latest.exists():
        facts = read_json(latest)
        spent += facts["seconds"] + sum(row["seconds"] for row in facts["history"])
    return spent


def _finish_seconds(photos: int) -> float:
    return FINISH_SECONDS + FINISH_SECONDS_A_PHOTO * photos


def _write_config(job: Job, config: TrainConfig, data: Prepared) -> None:
    """Write `run.json`: the settings as given (to resume with) and as resolved, versions, data fingerprint."""
    write_json(
        job.run.config,
        {
            "config": config.as_dict(),
            "resolved": job.config.as_dict(),
            "versions": {
                "unseen": __version__,
                "python": platform.python_version(),
                "torch": str(torch.__version__),
                "numpy": np.__version__,
            },
            "device": str(job.runtime.device),
            "bf16": job.runtime.bf16,
            "weights": job.recipe.weights.source if job.recipe.weights else "none",
            "photos": len(data.labels),
            "classes": list(data.photos.classes),
            "grouping": [asdict(reason) for reason in data.grouping.reasons],
            "fingerprint": data.fingerprint,
        },
    )


def _describe(job: Job, model: Classifier, stages: list[str]) -> str:
    parameters = list(model.parameters())
    trainable = sum(p.numel() for p in parameters if p.requires_grad)
    source = f"weights {job.recipe.weights.source}" if job.recipe.weights else "no pre-trained weights"
    tuned = f"un-frozen from {stages[0]} on" if stages else "backbone frozen"
    precision = "bfloat16" if job.runtime.bf16 else "float32"
    return (
        f"{job.config.model} at {job.recipe.side_px} px, {source}, {tuned}: {trainable:,} parameters train, "
        f"{sum(p.numel() for p in parameters) - trainable:,} are frozen; {job.runtime.device}, {precision}"
    )


def _how_it_ended(state: FitState, plan: Plan) -> str:
    epochs, best = len(state.history), f"the best was epoch {state.best_epoch}"
    if state.stopped:
        return f"fine-tune: stopped by the time limit in epoch {epochs} of {plan.epochs}, {best}"
    if state.step < state.planned:
        return f"fine-tune: stopped early after epoch {epochs}, {best}"
    if state.planned < plan.steps:
        return f"fine-tune: {epochs} epochs, for the machine was slower than measured, {best}"
    return f"fine-tune: {epochs} epochs, {best}"
