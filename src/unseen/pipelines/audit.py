"""The audit: settings in; findings, a repaired split and a page out. Each step calls one stage and hands on."""

from pathlib import Path

from unseen.audit.checks import Judged, Look, look, run_checks
from unseen.audit.compare_sets import compare_sets
from unseen.audit.frozen_backbone import Frozen, audit_recipe, frozen_backbone
from unseen.config import AuditConfig, TrainConfig
from unseen.context import Clock
from unseen.dataset.dataset import Dataset, SplitDataset
from unseen.dataset.load import load_dataset
from unseen.dataset.split_dataset import fractions_of
from unseen.pipelines.audit_result import Audited, AuditFolder, Outcome, publish
from unseen.pipelines.random_split import thumbnails
from unseen.pipelines.split_probe import by_discriminant
from unseen.pipelines.split_scores import SplitWorth, repaired_split, worth_of_splits
from unseen.progress import Progress
from unseen.records import Float32Array, Split
from unseen.registry import find_spec
from unseen.split.split_table import apply_table, read_table
from unseen.split.verify import verify

NO_EYE = "16 px thumbnails, for want of pre-trained weights: name some with --weights"


def audit(config: AuditConfig, progress: Progress) -> Audited:
    """Audit `config.photos` into the folder `config.out`."""
    clock, folder = Clock(minutes=float("inf")), AuditFolder(Path(config.out))
    with clock.stage("weights"):
        recipe = audit_recipe(config)
        frozen = frozen_backbone(recipe, config.device)
    seen = _see(config, config.photos, recipe.side_px, frozen, clock, progress)
    judged = judge(config, seen.gathered)
    with clock.stage("checks"):
        checked = run_checks(seen, judged, config.seed, progress)
    compared = None
    if config.against:
        other = _see(config, config.against, recipe.side_px, frozen, clock, progress)
        with clock.stage("compare"):
            compared = compare_sets(seen, other, frozen, config.seed, progress)
    with clock.stage("splits"):
        splits = _splits(config, seen, judged, progress)
        repaired = repaired_split(seen.gathered, fractions_of(config.fractions), config.seed)
    probed = frozen.name if frozen else NO_EYE
    outcome = Outcome(seen.gathered, checked, compared, splits, repaired, probed, config.as_dict(), clock.stages)
    return publish(folder, outcome)


def audit_prepared(
    folder: AuditFolder, data: SplitDataset, features: Float32Array | None, config: TrainConfig, progress: Progress
) -> Audited:
    """Audit the photos of a run with the features it has already; training compares the splits itself."""
    clock = Clock(minutes=float("inf"))
    with clock.stage("measure photos"):
        seen = look(data, features, progress, scenes=find_spec(config.model).sees_scenes)
    with clock.stage("checks"):
        checked = run_checks(seen, Judged(data.split, data.leaks), config.seed, progress)
    return publish(folder, Outcome(data, checked, None, (), None, "", config.as_dict(), clock.stages))


def _see(
    config: AuditConfig, photos: str, side_px: int, frozen: Frozen | None, clock: Clock, progress: Progress
) -> Look:
    """Gather and measure one of the two sets; the settings on classes, groups and layout are those of the first."""
    asked = config if photos == config.photos else AuditConfig(photos, config.out)
    with clock.stage("read photos"):
        gathered = load_dataset(asked, side_px, progress, least_classes=1)
    with clock.stage("features"):
        features = frozen.features(gathered.images, progress) if frozen else None
    with clock.stage("measure photos"):
        return look(gathered, features, progress, scenes=find_spec(config.model).sees_scenes)


def judge(config: AuditConfig, gathered: Dataset) -> Judged | None:
    """Return the stated split with its leaks; `None` where neither `--split` nor the photos state one."""
    photos, grouping = gathered, gathered.grouping
    if config.split != "auto":
        split = apply_table(photos, read_table(Path(config.split), ["path", "part"]))
    elif all(photo.part is not None for photo in photos.photos):
        split = Split(tuple(photo.part for photo in photos.photos if photo.part is not None), grouping.groups)
    else:
        return None
    return Judged(split, verify(photos, split, grouping, gathered.fingerprints, gathered.digests))


def _splits(config: AuditConfig, seen: Look, judged: Judged | None, progress: Progress) -> tuple[SplitWorth, ...]:
    gathered = seen.gathered
    if len(gathered.classes) < 2:
        return ()
    features: Float32Array = thumbnails(gathered.images) if seen.features is None else seen.features
    return worth_of_splits(gathered, by_discriminant(gathered, features), config.seed, judged, progress)
