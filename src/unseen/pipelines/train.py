"""Train a classifier: from settings and photos to a finished run folder, stage by stage."""

from dataclasses import replace
from pathlib import Path

from unseen.auditing.audit_result import AuditFolder
from unseen.auditing.severity import WORTH_FIXING
from unseen.augment.transforms import Transform
from unseen.config import TrainConfig
from unseen.context import Clock, RunContext
from unseen.dataset.dataset import SplitDataset
from unseen.dataset.split_dataset import load_split_dataset
from unseen.errors import SettingError, UnseenError
from unseen.evaluation.measure import Outcome
from unseen.features.feature_cache import keep_features
from unseen.generating.generated_folder import finished
from unseen.inference.asked_alone import with_asked_hand
from unseen.inputs.allowed_transforms import require_classes
from unseen.inputs.training_images import find_training_images
from unseen.locate.regions import find_regions
from unseen.models.classifier import Classifier, unfreeze
from unseen.pipelines.audit import audit_run
from unseen.pipelines.learnt.search_augmentation import settle_augmentation
from unseen.pipelines.learnt.try_generated import try_generated
from unseen.pipelines.other_splits.leave_out import leave_out
from unseen.pipelines.rendered.copied_signs import copied_hands
from unseen.pipelines.stages.choose_model import choose_model
from unseen.pipelines.stages.fine_tune import fine_tune, training_batches
from unseen.pipelines.stages.finish import Addition, TrainResult, finish
from unseen.pipelines.stages.finite_features import without_broken
from unseen.pipelines.stages.fit_head import fit_new_head, frozen_features, known_classes, with_signs_without_photos
from unseen.pipelines.stages.run_record import spent_seconds, started_with, write_config
from unseen.pipelines.stages.training_setup import TrainingSetup
from unseen.progress import Progress
from unseen.recipe import build, check, resolve
from unseen.records import Float32Array, Part
from unseen.report.sections import search, ways
from unseen.report.training_sheet import write_sheet
from unseen.runs import RunFolder
from unseen.runtime import find_runtime
from unseen.split.split_table import write_split
from unseen.text import count, percent
from unseen.training.history import EpochRow, chosen_row, write_history
from unseen.training.known_signs import nearly_all_known
from unseen.training.refit import head_logits

# Accuracy on validation photos and their augmented views from which a head on frozen features is left at that:
# fine-tuning handnet on rps_freeman then cost 3 points on other people's photos, and gained nothing with ImageNet
# weights and pose features (docs/log.md). Of 24 letters that head classifies 92% correctly.
HEAD_SUFFICES = 0.98
# Share of the time limit that must be left for the audit to be made beside training.
LEAST_FOR_AUDIT = 0.6
# How many of the audit's findings are shown on the screen, of those that are worth fixing; all are on its page.
MAX_SHOWN = 3


def train(config: TrainConfig, progress: Progress) -> TrainResult:
    """Train from `config.photos` into `config.out`, a folder that is new or empty."""
    run = RunFolder(Path(config.out))
    if run.taken():
        going_on = f"go on with --resume {run.root}, " if run.config.exists() and not run.finished() else ""
        raise UnseenError(f"{run.root} is there already: {going_on}use another --out, or delete it")
    if config.generated:
        finished(Path(config.generated))
    clock = Clock(config.time_limit)
    with clock.stage("choose the network"):
        config = choose_model(config, progress)
    try:
        return _fit(set_up(config, run, progress, clock))
    finally:
        run.remove_if_empty()  # refused before anything was learnt of the photos


def resume(folder: Path, progress: Progress) -> TrainResult:
    """Go on with a run that was stopped, with the settings it was started with."""
    run = RunFolder(folder)
    config, fingerprint = started_with(run)
    clock = Clock(config.time_limit, spent_seconds(run))
    return _fit(set_up(config, run, progress, clock, fingerprint))


def set_up(
    config: TrainConfig, run: RunFolder, progress: Progress, clock: Clock, fingerprint: str | None = None
) -> TrainingSetup:
    """Do all that comes before fitting, for a new run or one that goes on.

    clock: started when the run was. fingerprint: of the photos that an interrupted run was started with.
    """
    # 1. Settings: every `auto` that does not depend on photos; what fits no network is refused before photos are read
    recipe = resolve(config)
    check(recipe)
    runtime = find_runtime(config.device, config.precision)
    context = RunContext(run, recipe, runtime, clock, progress)
    run.make()

    # 2. Photos: decoded, grouped, split, and the split proved
    with context.clock.stage("read photos and split"):
        data = load_split_dataset(config, recipe.read_px, run.split, progress, fingerprint)
    data = with_signs_without_photos(config, data)
    require_classes(config, data.classes)
    write_config(context, config, data)  # first: a run that stops before its split is written plans it again
    write_split(run.split, data, data.split)

    # 3. Regions: where each photo shows the thing, once for the whole run
    if recipe.locator:
        with context.clock.stage("locate"):
            data = with_asked_hand(data, config.hand, progress)
            regions = find_regions(recipe.locator, data.images, progress, digests=data.digests)
        data = replace(data, regions=regions)

    # 4. The network, with what fine-tuning may change in it
    model = build(recipe, len(data.classes), data.images, data.split.positions("train"))
    trainable = unfreeze(model.backbone, context.config.unfreeze)
    progress.say(_describe(context, model, trainable))

    # 5. Frozen features, and the audit, which needs them
    every_photo, found = data, frozen_features(context, data, model)
    data, features = without_broken(data, found, progress)
    if data is not every_photo:
        write_split(run.split, data, data.split)
    _audit(context, data, features)

    # 6. What training is given: signs of other people, what may be flipped and rotated, crops, masks, backgrounds
    signs = known_classes(config, data, model, features)
    if signs:
        progress.say(f"{signs.sentence}, and the head learns from both (not with --from none)")
    if config.also and signs is None:
        raise SettingError("also", "is for a network that reads hands, which this one does not: leave it out")
    keep_label = {transform: signs.keeps_label(transform) for transform in Transform} if signs else {}
    images = find_training_images(context, data, model, features, keep_label)
    return TrainingSetup(context, data, model, trainable, features, images, config.epochs is not None, signs)


def _fit(setup: TrainingSetup) -> TrainResult:
    """Fit and finish a run that is set up."""
    data, model, signs = setup.data, setup.model, setup.signs

    # 7. A new head on frozen features, of views by the policy that the run is to have
    setup, searched = settle_augmentation(setup, signs)
    context = setup.context
    tried, joining = try_generated(setup, signs)
    copied = copied_hands(setup, signs)
    more = [one for one in (joining, copied and copied.joining) if one]
    history, random_split = fit_new_head(setup, signs, [one.features for one in more])
    left_out = leave_out(setup, signs)
    from_others = nearly_all_known(signs, len(data.classes))

    # 8. Fine-tuning from that head, where there is something to gain and time for it
    if (
        setup.trainable
        and context.config.epochs
        and (setup.epochs_stated or not head_suffices(context, history, from_others))
    ):
        with context.clock.stage("fine-tune"):
            history = fine_tune(setup, history, more)
    elif setup.images.augmented:
        write_sheet(context.run.varied, training_batches(setup), context.runtime.device)
    write_history(context.run.history, history)
    known: dict[Part, Outcome] = {}
    shipped = chosen_row(history)
    frozen = setup.features if shipped and shipped.phase == "head" else None
    if frozen is not None:  # `unseen extend` will need them
        keep_features(model, data.digests, frozen)
        features = frozen[setup.train]
        known["train"] = Outcome(head_logits(model.head.cpu(), features), features)

    # 9. Calibrate, export, measure what was exported, report
    addition = Addition(
        {
            **({"search": searched.as_dict()} if searched else {}),
            **({"generated": tried.as_dict()} if tried else {}),
            **({"copied_signs": copied.as_dict()} if copied else {}),
        },
        sections=(*([search(searched)] if searched else []), *([ways(tried)] if tried else [])),
    )
    return finish(context, data, model, history, random_split, lambda _: addition, known, frozen, left_out, signs)


def _audit(context: RunContext, data: SplitDataset, features: Float32Array | None) -> None:
    """Audit the photos into the run folder and show the worst findings; a resumed run has its audit already."""
    folder = AuditFolder(context.run.root)
    if not context.config.audit or folder.findings.exists():
        return
    if context.clock.share_left < LEAST_FOR_AUDIT:
        context.progress.say("the time limit leaves no time for the audit: `unseen audit` makes it later")
        return
    with context.clock.stage("audit"):
        result = audit_run(folder, data, features, context.config, context.progress)
    serious = [finding for finding in result.findings if finding.severity >= WORTH_FIXING]
    for finding in serious[:MAX_SHOWN]:
        context.progress.say(f"audit: {finding.headline} {finding.advice}")
    context.progress.say(f"audit: {count(len(result.findings), 'finding')} in {folder.report}")


def head_suffices(context: RunContext, history: list[EpochRow], from_others: bool = False) -> bool:
    """Say whether a network that reads the located crop is better left as it is, where no epochs were stated.

    from_others: the head learnt nearly all classes from other people, too.
    """
    best = min(
        (row for row in history if row.validation_loss is not None),
        key=lambda row: row.validation_loss or 0.0,
        default=None,
    )
    if not context.recipe.reads_crops or best is None:
        return False
    name, share = context.recipe.spec.name, percent(best.validation_accuracy)
    classifies = f"classifies {share} of the validation photos and their augmented views correctly"
    if from_others:
        context.progress.say(
            f"the new head {classifies}, and has learnt from other people: {name} is not fine-tuned, for these photos "
            "alone would teach it (--epochs fine-tunes it)"
        )
        return True
    if (best.validation_accuracy or 0.0) < HEAD_SUFFICES:
        return False
    context.progress.say(
        f"the new head already {classifies}, so {name} is not fine-tuned: that generalises better to new people "
        "(--epochs fine-tunes it)"
    )
    return True


def _describe(context: RunContext, model: Classifier, trainable: list[str]) -> str:
    counts = {True: 0, False: 0}
    for parameter in model.parameters():
        counts[parameter.requires_grad] += parameter.numel()
    source = f"weights {context.recipe.weights.source}" if context.recipe.weights else "no pre-trained weights"
    stages = f"un-frozen from {trainable[0]} on" if trainable else "backbone frozen"
    precision = "bfloat16" if context.runtime.bf16 else "float32"
    return (
        f"{context.config.model} at {context.recipe.side_px} px, {source}, {stages}: {counts[True]:,} parameters "
        f"train, {counts[False]:,} are frozen; {context.runtime.device}, {precision}"
    )
