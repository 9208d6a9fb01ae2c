"""The main job: settings in, a finished run folder out. Each step calls one stage and hands on its result."""

import os
from pathlib import Path

from unseen.config import TrainConfig, config_from
from unseen.errors import UnseenError
from unseen.model.classifier import Classifier, unfreeze
from unseen.progress import Progress
from unseen.records import Float32Array
from unseen.runs import RunFolder, read_json
from unseen.split.reasons import counted
from unseen.training.history import EpochRow, write_history
from unseen.training.runtime import find_runtime
from unseen.workflow.audit import audit_prepared
from unseen.workflow.audited import AuditFolder
from unseen.workflow.build import build, check, resolve
from unseen.workflow.choose import choose_model
from unseen.workflow.clock import Clock
from unseen.workflow.finish import Finished, finish
from unseen.workflow.job import Job, spent_seconds, write_config
from unseen.workflow.kept_features import keep_features
from unseen.workflow.label_safe import require_classes
from unseen.workflow.phases import first_phase, frozen_features, make_tuner, second_phase
from unseen.workflow.prepare import Prepared, prepare
from unseen.workflow.sheet import write_sheet
from unseen.workflow.variety import find_variety

# Findings of the audit that are said on the screen; all are on its page.
SAID, SAID_FROM = 3, 0.3
# Share of validation photos and varied views from which a head on what the built-in network reads is left at that:
# fine-tuning handnet on rps_freeman then cost 3 points on other people's photos, and won nothing with ImageNet weights
# told the pose (docs/log.md). Of 24 letters it knows 0.92.
HEAD_SUFFICES = 0.98


def train(config: TrainConfig, progress: Progress) -> Finished:
    """Train from `config.photos` into `config.out`, a folder that is new or empty."""
    run = RunFolder(Path(config.out))
    if run.taken():
        raise UnseenError(f"{run.root} is there already: use --resume {run.root}, another --out, or delete it")
    return _run(choose_model(config, progress), run, progress, spent=0.0, fingerprint=None)


def resume(folder: Path, progress: Progress) -> Finished:
    """Go on with a run that was stopped, with the settings it was started with."""
    run = RunFolder(folder)
    saved = read_json(run.config)
    if run.finished():
        raise UnseenError(f"{folder} is finished: see {run.report}, or train into another --out")
    settings = saved.get("config")
    if not isinstance(settings, dict):
        raise UnseenError(f"{run.config} holds no settings: train into a new --out")
    return _run(config_from(settings), run, progress, spent_seconds(run), saved.get("fingerprint"))


def _run(config: TrainConfig, run: RunFolder, progress: Progress, spent: float, fingerprint: str | None) -> Finished:
    clock = Clock(config.minutes, spent)
    recipe = resolve(config)
    check(recipe)
    job = Job(run, recipe, find_runtime(config.device, config.precision), clock, progress)
    make_folder(run)
    with clock.stage("read photos and split"):
        data = prepare(config, recipe.read_px, run, progress)
    if fingerprint not in (None, data.fingerprint):
        raise UnseenError(
            f"the photos in {config.photos} are not those {run.root} started with: train into a new --out"
        )
    require_classes(config, data.photos.classes)
    write_config(job, config, data)
    model = build(recipe, len(data.photos.classes), data.pixels, data.split.positions("train"))
    stages = unfreeze(model.backbone, job.config.unfreeze)
    progress.say(_describe(job, model, stages))
    features = frozen_features(job, data, model)
    look_for_faults(job, data, features)
    variety = find_variety(job, data, model, features)
    history, random_split = first_phase(job, data, model, features, variety)
    if stages and job.config.epochs and not (config.epochs is None and head_suffices(job, history)):
        with clock.stage("fine-tune"):
            history = second_phase(job, data, model, variety, history, passes=config.epochs is not None)
    else:
        write_history(run.history, history)
        if variety.varies:
            write_sheet(run.varied, make_tuner(job, data, model, variety, history))
        if features is not None:  # `unseen extend` will ask for them
            keep_features(model, data.gathered.digests, features)
    return finish(run, recipe, data, model, history, random_split, clock, progress)


def head_suffices(job: Job, history: list[EpochRow]) -> bool:
    """Say whether a network that knows hands is better left as it is, where the user did not ask for epochs."""
    best = min(
        (row for row in history if row.validation_loss is not None),
        key=lambda row: row.validation_loss or 0.0,
        default=None,
    )
    knows_hands = bool(job.recipe.spec.builtin) or job.config.focus == "hand"
    if not knows_hands or best is None or (best.validation_accuracy or 0.0) < HEAD_SUFFICES:
        return False
    job.progress.say(
        f"a new head tells {best.validation_accuracy:.1%} of the validation photos and their varied views: "
        f"{job.recipe.spec.name} stays as it is, which keeps what it knows of other people (--epochs fine-tunes it)"
    )
    return True


def look_for_faults(job: Job, data: Prepared, features: Float32Array | None) -> None:
    """Audit the photos into the run folder and say the worst; a resumed run has been told."""
    folder = AuditFolder(job.run.root)
    if not job.config.audit or folder.findings.exists():
        return
    with job.clock.stage("audit"):
        audited = audit_prepared(folder, data, features, job.config, job.progress)
    for finding in [one for one in audited.findings if one.severity >= SAID_FROM][:SAID]:
        job.progress.say(f"audit: {finding.headline} {finding.advice}")
    job.progress.say(f"audit: {counted(len(audited.findings), 'finding')} in {folder.report}")


def make_folder(run: RunFolder) -> None:
    """Make the run folder, so that a place that cannot be written to is known before photos are read."""
    try:
        run.root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnseenError(f"{run.root} cannot be made ({error.strerror}): choose another --out") from None
    if not os.access(run.root, os.W_OK | os.X_OK):
        raise UnseenError(f"{run.root} cannot be written to: choose another --out, or change its permissions")


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
