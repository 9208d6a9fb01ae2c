"""Settings in, everything that fitting starts from out: photos split and audited, a network, what its views are."""

import os
from dataclasses import dataclass

from unseen.config import TrainConfig
from unseen.context import Clock, Job
from unseen.dataset.dataset import SplitDataset
from unseen.dataset.split_dataset import load_split_dataset
from unseen.errors import UnseenError
from unseen.inputs.allowed_transforms import require_classes
from unseen.inputs.training_images import Variety, find_variety
from unseen.models.classifier import Classifier, unfreeze
from unseen.pipelines.audit import audit_prepared
from unseen.pipelines.audit_result import AuditFolder
from unseen.pipelines.fitting import frozen_features
from unseen.pipelines.run_record import write_config
from unseen.progress import Progress
from unseen.recipe import build, check, resolve
from unseen.records import Float32Array
from unseen.runs import RunFolder
from unseen.runtime import find_runtime
from unseen.text import count

# Findings of the audit that are said on the screen; all are on its page.
SAID, SAID_FROM = 3, 0.3


@dataclass(frozen=True, slots=True)
class Begun:
    """A run before anything is fitted.

    stages: the parts of the backbone that may learn, from the input on; none where it is frozen. features: what the
    backbone makes of every photo, (N, D), where that is worth keeping. passes: the user asked for epochs, so there is
    fine-tuning, and an epoch is one pass over the photos.
    """

    job: Job
    data: SplitDataset
    model: Classifier
    stages: list[str]
    features: Float32Array | None
    variety: Variety
    passes: bool


def begin(
    config: TrainConfig, run: RunFolder, progress: Progress, spent: float = 0.0, fingerprint: str | None = None
) -> Begun:
    """Begin the run that `config` describes, or go on with it.

    spent: seconds it had before. fingerprint: of the photos it was started with.
    """
    recipe = resolve(config)
    check(recipe)
    job = Job(run, recipe, find_runtime(config.device, config.precision), Clock(config.minutes, spent), progress)
    make_folder(run)
    with job.clock.stage("read photos and split"):
        data = load_split_dataset(config, recipe.read_px, run.split, progress)
    if fingerprint not in (None, data.fingerprint):
        raise UnseenError(
            f"the photos in {config.photos} are not those {run.root} started with: train into a new --out"
        )
    require_classes(config, data.classes)
    write_config(job, config, data)
    model = build(recipe, len(data.classes), data.images, data.split.positions("train"))
    stages = unfreeze(model.backbone, job.config.unfreeze)
    progress.say(_describe(job, model, stages))
    features = frozen_features(job, data, model)
    look_for_faults(job, data, features)
    variety = find_variety(job, data, model, features)
    return Begun(job, data, model, stages, features, variety, passes=config.epochs is not None)


def look_for_faults(job: Job, data: SplitDataset, features: Float32Array | None) -> None:
    """Audit the photos into the run folder and say the worst; a resumed run has been told."""
    folder = AuditFolder(job.run.root)
    if not job.config.audit or folder.findings.exists():
        return
    with job.clock.stage("audit"):
        audited = audit_prepared(folder, data, features, job.config, job.progress)
    for finding in [one for one in audited.findings if one.severity >= SAID_FROM][:SAID]:
        job.progress.say(f"audit: {finding.headline} {finding.advice}")
    job.progress.say(f"audit: {count(len(audited.findings), 'finding')} in {folder.report}")


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
