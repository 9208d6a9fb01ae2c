"""`unseen audit`: read and measure the photos, run every check, compare splits, write the page and a grouped split."""

from collections.abc import Mapping
from pathlib import Path

from unseen.auditing.audit_result import AuditFolder, AuditResult
from unseen.auditing.checks import AuditInput, measure_input, run_checks
from unseen.auditing.findings import ranked
from unseen.auditing.next_photos import next_photos
from unseen.auditing.set_comparison import compare_sets, comparison_findings
from unseen.auditing.split_scores import SplitScore, StatedSplit, score_splits, split_gap_findings
from unseen.config import AuditConfig, TrainConfig
from unseen.context import Clock
from unseen.dataset.dataset import Dataset, SplitDataset
from unseen.dataset.load import load_dataset, without_parts
from unseen.dataset.split_dataset import fractions_of
from unseen.errors import UnseenError
from unseen.pipelines.stages.frozen_backbone import Frozen, audit_recipe, frozen_backbone
from unseen.probes.discriminant import DiscriminantClassifier
from unseen.probes.thumbnails import thumbnails
from unseen.progress import Progress
from unseen.records import Float32Array, Part, Split
from unseen.registry import find_spec
from unseen.report.audit_content import audit_content
from unseen.report.audit_page import render_audit
from unseen.runs import write_json, write_text
from unseen.split.plan import plan_split
from unseen.split.split_table import apply_table, read_table, write_split
from unseen.split.verify import verify

WITHOUT_NETWORK = "16 px thumbnails, because there are no pre-trained weights: name some with --weights"


def audit(config: AuditConfig, progress: Progress) -> AuditResult:
    """Audit `config.photos` into the folder `config.out`."""
    clock = Clock(minutes=float("inf"))
    # The network that looks at the photos, if there are weights.
    with clock.stage("weights"):
        recipe = audit_recipe(config)
        frozen = frozen_backbone(recipe, config.device)
    # The photos, measured once, and the split that was stated.
    photos = _measured(config, config.photos, recipe.read_px, frozen, clock, progress)
    stated = stated_split(config, photos.data)
    # Every check that needs nothing else.
    with clock.stage("checks"):
        checked = run_checks(photos, stated, config.seed, progress)
    findings = [*checked.findings]
    # The second set beside the first.
    comparison, second = None, None
    if config.against:
        second = _measured(config, config.against, recipe.read_px, frozen, clock, progress)
        with clock.stage("compare"):
            extract = frozen.features if frozen else None
            comparison = compare_sets(photos, second, extract, config.seed, progress)
        findings += comparison_findings(comparison)
    # One classifier on the stated, a random and a grouped split; and a grouped split to train on.
    with clock.stage("splits"):
        splits = _scores(photos, stated, config.seed, progress)
        grouped = grouped_split(photos.data, fractions_of(config.fractions), config.seed)
    findings += split_gap_findings(splits, can_group=isinstance(grouped, Split))
    no_split = (f"no split.csv: {grouped}",) if isinstance(grouped, str) else ()
    return _write(
        AuditResult(
            AuditFolder(Path(config.out)),
            photos.data,
            ranked(findings),
            next_photos(ranked(findings)),
            checked.checks,
            config.as_dict(),
            clock.stages,
            notes=(*photos.data.notes, *no_split),
            splits=splits,
            classifier=frozen.name if frozen else WITHOUT_NETWORK,
            grouped=grouped if isinstance(grouped, Split) else None,
            comparison=comparison,
            second=second.data if second else None,
        )
    )


def audit_run(
    folder: AuditFolder, data: SplitDataset, features: Float32Array | None, config: TrainConfig, progress: Progress
) -> AuditResult:
    """Audit the photos of a run with the features it has already; training compares the splits itself."""
    clock = Clock(minutes=float("inf"))
    with clock.stage("measure photos"):
        photos = measure_input(data, features, progress, sees_scenes=find_spec(config.model).sees_scenes)
    with clock.stage("checks"):
        checked = run_checks(photos, StatedSplit(data.split, data.leaks), config.seed, progress)
    recommendations = next_photos(checked.findings)
    settings, seconds = config.as_dict(), clock.stages
    return _write(
        AuditResult(folder, data, checked.findings, recommendations, checked.checks, settings, seconds, data.notes)
    )


def _measured(
    config: AuditConfig, photos: str, side_px: int, frozen: Frozen | None, clock: Clock, progress: Progress
) -> AuditInput:
    """Load and measure one of the two sets; the settings on classes, groups and layout are those of the first."""
    selection = config if photos == config.photos else AuditConfig(photos, config.out)
    with clock.stage("read photos"):
        data = load_dataset(selection, side_px, progress, least_classes=1)
    with clock.stage("features"):
        features = frozen.features(data.images, progress) if frozen else None
    with clock.stage("measure photos"):
        return measure_input(data, features, progress, sees_scenes=find_spec(config.model).sees_scenes)


def stated_split(config: AuditConfig, data: Dataset) -> StatedSplit | None:
    """Return the stated split with its leaks; `None` where neither `--split` nor the photos state one."""
    if config.split != "auto":
        split = apply_table(data, read_table(Path(config.split), ["path", "part"]))
    elif all(photo.part is not None for photo in data.photos):
        split = Split(tuple(photo.part for photo in data.photos if photo.part is not None), data.grouping.groups)
    else:
        return None
    return StatedSplit(split, verify(data, split, data.grouping, data.fingerprints, data.digests))


def grouped_split(data: Dataset, fractions: Mapping[Part, float], seed: int) -> Split | str:
    """Return a split in which no group is in two parts, whatever parts were stated; or why there is none."""
    try:
        return plan_split(without_parts(data), data.grouping, fractions, seed)
    except UnseenError as error:
        return str(error)


def _scores(photos: AuditInput, stated: StatedSplit | None, seed: int, progress: Progress) -> tuple[SplitScore, ...]:
    data = photos.data
    if len(data.classes) < 2:
        return ()
    features = thumbnails(data.images) if photos.features is None else photos.features
    classifier = DiscriminantClassifier(features, data.labels, len(data.classes))
    return score_splits(data, classifier, seed, stated, progress)


def _write(result: AuditResult) -> AuditResult:
    """Write `audit.json`, `audit.html` and, where there is one, `split.csv`."""
    folder = result.folder
    if result.grouped is not None:
        write_split(folder.split, result.data, result.grouped)
    write_text(folder.report, render_audit(audit_content(result)))
    write_json(folder.findings, result.as_dict())  # last: a run that is resumed takes it for a finished audit
    return result
