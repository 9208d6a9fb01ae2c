"""Extend a finished run by new photos or classes: from both to a new run folder, stage by stage.

The backbone stays as it is: features of old photos are looked up, and only the head is fitted.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from unseen.config import Layout
from unseen.context import Clock, RunContext
from unseen.dataset.dataset import SplitDataset
from unseen.dataset.load import Source
from unseen.dataset.merge import MergedDataset, merge_photos
from unseen.dataset.reload import reload_photos
from unseen.errors import UnseenError
from unseen.evaluation.measure import Outcome
from unseen.evaluation.results import SplitComparison
from unseen.features.feature_cache import kept_features
from unseen.features.feature_set import subset
from unseen.inference.asked_alone import with_asked_hand
from unseen.inputs.allowed_transforms import carry_allowed
from unseen.locate.locator import Locator
from unseen.locate.regions import find_regions
from unseen.models.classifier import Classifier
from unseen.paths import source_name
from unseen.pipelines.stages.adaptation import Adaptation, adapt_batch_norms
from unseen.pipelines.stages.finish import TrainResult, finish
from unseen.pipelines.stages.fit_head import known_classes
from unseen.pipelines.stages.loaded_run import LoadedRun, load_run
from unseen.pipelines.stages.refit_head import old_validation, refit_head
from unseen.pipelines.stages.run_comparison import Gains
from unseen.pipelines.stages.run_record import write_config
from unseen.progress import Progress
from unseen.recipe import check_hand
from unseen.records import Float32Array, GroupReason, Hand, Part
from unseen.runs import RunFolder
from unseen.runtime import find_runtime
from unseen.saved import read_record
from unseen.split.split_table import read_table, write_split
from unseen.training.history import read_history, write_history
from unseen.training.refit import head_accuracy, head_logits
from unseen.training.temperature import temper


@dataclass(frozen=True, slots=True)
class Extension:
    """What `unseen extend` is to do. photos: labelled new ones. adapt: unlabelled ones."""

    run: str
    out: str
    photos: str | None = None
    adapt: str | None = None
    layout: Layout = "auto"
    labels_from: str | None = None
    groups: str | None = None
    hand: Hand | None = None
    device: str = "auto"


def extend(request: Extension, progress: Progress) -> TrainResult:
    """Extend the run `request.run` into the new folder `request.out`; the old run is not touched.

    A folder that is not finished is removed again, whatever stops it.
    """
    if not request.photos and not request.adapt:
        raise UnseenError("no photos named: unseen extend RUN PHOTOS, or unseen extend RUN --adapt PHOTOS")
    run = RunFolder(Path(request.out))
    if run.taken():
        raise UnseenError(f"{run.root} is there already: use another --out, or delete it")
    trained = load_run(Path(request.run))
    temper(trained.model.head, 1 / trained.facts.temperature)  # the head as it was fitted; it is calibrated anew
    runtime = find_runtime(request.device, "fp32")
    hand = request.hand or trained.facts.hand
    config = replace(trained.recipe.config, out=str(run.root), hand=hand)
    check_hand(replace(trained.recipe, config=config))
    context = RunContext(run, replace(trained.recipe, config=config), runtime, Clock(config.time_limit), progress)
    with _whole_or_nothing(run):
        return _run(request, trained, context)


def _run(request: Extension, trained: LoadedRun, context: RunContext) -> TrainResult:
    clock, progress, run = context.clock, context.progress, context.run

    # 1. Photos: those of the run with their split, the new ones grouped and some of them held out
    with clock.stage("read photos and split"):
        merged = _merged(request, trained, progress)
    if trained.recipe.locator:
        with clock.stage("locate"):
            merged = _located(merged, trained.recipe.locator, context.config.hand, progress)
    data = merged.data
    write_split(run.split, data, data.split)
    sources = [*trained.sources, *([merged.source] if merged.source else [])]
    more = {"extended": asdict(request), "sources": [asdict(source) for source in sources]}
    write_config(context, None, data, more)
    allowed = carry_allowed(context, trained.saved, data.classes)

    # 2. Frozen features, which are looked up for old photos; what the old head makes of the old validation photos
    features = _features(context, trained.model, data)
    guards = old_validation(merged)
    before = head_accuracy(trained.model.head, subset(features, data.labels, guards)) if len(guards) else None

    # 3. Batch statistics of the place the model will be used in, from photos without labels
    adaptation: Adaptation | None = None
    if request.adapt:
        with clock.stage("adapt"):
            adaptation = adapt_batch_norms(trained.model, request.adapt, trained.facts.decode_side_px, context)
        features = _features(context, trained.model, data)

    # 4. A head for old and new photos
    signs = known_classes(context.config, data, trained.model, features)
    mixed = refit_head(context, trained.model, merged, features, before, allowed, signs)
    model = Classifier(trained.model.preprocess, trained.model.backbone, mixed.head)

    # 5. The old run measured on the new test photos; then export, measure, report
    with clock.stage("measure before"):
        gains = Gains(trained, merged, mixed, adaptation, progress)
    history = read_history(trained.run.history)
    write_history(run.history, history)
    parts: list[Part] = ["train", "validation"] if len(data.split.positions("test")) else ["train"]
    known = {part: features[data.split.positions(part)] for part in parts}
    outcomes = {part: Outcome(head_logits(mixed.head, rows), rows) for part, rows in known.items()}
    # No random split: features of a backbone that was trained on these photos would flatter it.
    return finish(context, data, model, history, SplitComparison(), gains.compare, outcomes, features, signs=signs)


def _merged(request: Extension, trained: LoadedRun, progress: Progress) -> MergedDataset:
    """Read the photos of the run and the new ones, and split them."""
    rows = read_table(trained.run.split, ["path", "label", "group", "part"])
    some_without = bool(trained.recipe.config.also)
    past = reload_photos(trained.sources, rows, trained.facts.classes, some_without=some_without)
    reasons = tuple(read_record(GroupReason, row) for row in trained.saved.get("grouping", []))
    recipe = trained.recipe
    return merge_photos(past, reasons, _source(request, trained), recipe.read_px, recipe.config.seed, progress)


def _located(merged: MergedDataset, locator: Locator, hand: Hand | None, progress: Progress) -> MergedDataset:
    """Return the photos with their regions; those of the run were kept when it was trained."""
    data = with_asked_hand(merged.data, hand, progress)
    regions = find_regions(locator, data.images, progress, digests=data.digests)
    return replace(merged, data=replace(data, regions=regions))


def _features(context: RunContext, model: Classifier, data: SplitDataset) -> Float32Array:
    """Return features (N, D) float32 of the training and validation photos, zero for the others."""
    needed = np.sort(np.concatenate([data.split.positions("train"), data.split.positions("validation")]))
    features = np.zeros((len(data.labels), model.backbone.features), np.float32)
    with context.clock.stage("features"):
        features[needed] = kept_features(
            model, data.images, data.digests, needed, context.runtime.device, context.progress, data.boxes
        )
    return features


def _source(request: Extension, trained: LoadedRun) -> Source | None:
    """Return where the new photos lie; their paths begin with the folder's name, made unlike that of other sources."""
    if not request.photos:
        return None
    name = source_name(Path(request.photos))
    taken = {source.prefix for source in trained.sources}
    prefix = next(p for n in range(1, 10_000) if (p := f"{name}/" if n == 1 else f"{name}-{n}/") not in taken)
    return Source(request.photos, request.layout, None, request.groups, prefix, request.labels_from)


@contextmanager
def _whole_or_nothing(run: RunFolder) -> Iterator[None]:
    run.make()
    try:
        yield
    except BaseException:
        shutil.rmtree(run.root, ignore_errors=True)
        raise
