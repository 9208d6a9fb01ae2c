"""`unseen extend`: a finished run and a few new photos in; a new run that knows both, and what that gained, out.

The backbone stays as it is: features of old photos are looked up, and only the head learns.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch

from unseen import seeds
from unseen.augment.permitted import Permitted
from unseen.augment.pipeline import Augment
from unseen.augment.policy import find_policy
from unseen.context import Clock, Job
from unseen.dataset.dataset import SplitDataset
from unseen.dataset.load import Source
from unseen.dataset.merge import MergedDataset, merge_photos
from unseen.dataset.reload import reload_photos
from unseen.errors import UnseenError
from unseen.features.feature_cache import kept_features
from unseen.features.feature_set import FeatureSet, pooled, subset
from unseen.features.views import varied_features
from unseen.inputs.allowed_transforms import carry_permitted
from unseen.locate.close_ups import CloseUps, find_hands
from unseen.locate.hand_focus import HandFocus
from unseen.models.classifier import Classifier
from unseen.photos.fit import Fit
from unseen.pipelines.adaptation import Adapted, adapted
from unseen.pipelines.finish import Finished, finish
from unseen.pipelines.run_comparison import MOST_LOST, Gains
from unseen.pipelines.run_record import write_config
from unseen.pipelines.setup import make_folder
from unseen.pipelines.trained_run import Trained, load_trained
from unseen.progress import Progress
from unseen.records import Float32Array, GroupReason, Images, Int64Array, Interval
from unseen.runs import RunFolder
from unseen.runtime import find_runtime
from unseen.split.split_table import read_table, write_split
from unseen.training.history import read_history, write_history
from unseen.training.linear_probe import ProbeOptions
from unseen.training.refit import MIXES, Mixed, mix_heads, rebased, refit, right_share, widened

# Varied views of each new photo, 8 as in docs/log.md, and at most so many in all: each costs a pass of the network.
VIEWS, MOST_VIEWS = 8, 1200


@dataclass(frozen=True, slots=True)
class Extension:
    """What `unseen extend` was asked. photos: labelled new ones, '' for none; adapt: unlabelled ones, '' for none."""

    run: str
    out: str
    photos: str = ""
    adapt: str = ""
    layout: str = "auto"
    groups: str = ""
    device: str = "auto"


def extend(asked: Extension, progress: Progress) -> Finished:
    """Extend the run `asked.run` into the new folder `asked.out`; the old run is not touched.

    A folder that is not finished is removed again, whatever stops it.
    """
    if not asked.photos and not asked.adapt:
        raise UnseenError("no photos named: unseen extend RUN PHOTOS, or unseen extend RUN --adapt PHOTOS")
    run = RunFolder(Path(asked.out))
    if run.taken():
        raise UnseenError(f"{run.root} is there already: use another --out, or delete it")
    trained = load_trained(Path(asked.run))
    runtime = find_runtime(asked.device, "fp32")
    config = replace(trained.recipe.config, out=str(run.root))
    job = Job(run, replace(trained.recipe, config=config), runtime, Clock(config.minutes), progress)
    with _whole_or_nothing(run):
        return _run(asked, trained, job)


def _run(asked: Extension, trained: Trained, job: Job) -> Finished:
    clock, progress, run = job.clock, job.progress, job.run
    with clock.stage("read photos and split"):
        joined = _merged(asked, trained, progress)
        write_split(run.split, joined.data, joined.data.split)
    data = joined.data
    sources = [*trained.sources, *([joined.source] if joined.source else [])]
    more = {"extended": asdict(asked), "sources": [asdict(source) for source in sources]}
    write_config(job, None, data, more)
    permitted = carry_permitted(job, trained.saved, data.classes)
    features = _features(job, trained.model, data)
    guards = _guards(joined)
    before = right_share(trained.model.head, subset(features, data.labels, guards)) if len(guards) else None
    change: Adapted | None = None
    if asked.adapt:
        with clock.stage("adapt"):
            change = adapted(trained.model, asked.adapt, trained.facts.decode_side_px, job)
        features = _features(job, trained.model, data)
    mixed = _fit(job, trained.model, joined, features, before, permitted)
    with clock.stage("measure before"):
        gains = Gains(trained, joined, mixed, change, progress)
    model = Classifier(trained.model.preprocess, trained.model.backbone, mixed.head)
    history = read_history(trained.run.history)
    write_history(run.history, history)
    return finish(run, job.recipe, data, model, history, _no_random_split(), clock, progress, gains.compare)


def _merged(asked: Extension, trained: Trained, progress: Progress) -> MergedDataset:
    """Read the photos of the run and the new ones, and split them."""
    rows = read_table(trained.run.split, ["path", "label", "group", "part"])
    past = reload_photos(trained.sources, rows, trained.facts.classes)
    reasons = tuple(GroupReason(**row) for row in trained.saved.get("grouping", []))
    recipe = trained.recipe
    return merge_photos(past, reasons, _source(asked, trained), recipe.read_px, recipe.config.seed, progress)


def _fit(
    job: Job,
    model: Classifier,
    joined: MergedDataset,
    features: Float32Array,
    before: float | None,
    permitted: Permitted,
) -> Mixed:
    """Fit a head for old and new photos, as new as the old validation photos permit; before: what they were."""
    config, data, clock, progress = job.config, joined.data, job.clock, job.progress
    train, labels = data.split.positions("train"), data.labels
    old, new = train[~joined.is_new[train]], train[joined.is_new[train]]
    known, classes = model.head.classes, len(data.classes)
    kinds = [subset(features, labels, old)]
    if len(new):
        with clock.stage("views"):
            kinds.append(pooled(subset(features, labels, new), _views(job, model, data, new, permitted)))
    with clock.stage("head"):
        start = widened(model.head, classes).cpu()
        if classes > known:
            start = rebased(start, kinds)
        options = ProbeOptions(config.seed, "weights", config.l2, config.label_smoothing)
        torch.manual_seed(seeds.derive(config.seed, "refit"))
        fitted = refit(start, known, kinds, options, progress)
        # where statistics are all that is new, the old head stays as far as it holds: neither was clearly better
        mixes = MIXES if len(new) else MIXES[::-1]
        mixed = mix_heads(start, fitted, subset(features, labels, _guards(joined)), MOST_LOST, before, mixes=mixes)
    progress.say(_how_mixed(mixed))
    return mixed


def _features(job: Job, model: Classifier, data: SplitDataset) -> Float32Array:
    """Return features (N, D) float32 of the photos that learn and validate; zero for the others, which are not read."""
    needed = np.sort(np.concatenate([data.split.positions("train"), data.split.positions("validation")]))
    features = np.zeros((len(data.labels), model.backbone.features), np.float32)
    with job.clock.stage("features"):
        features[needed] = kept_features(model, data.images, data.digests, needed, job.runtime.device, job.progress)
    return features


def _views(job: Job, model: Classifier, data: SplitDataset, new: Int64Array, permitted: Permitted) -> FeatureSet:
    """Return features of varied views of the photos at `new`, by the run's own policy."""
    views = 0 if job.config.augment == "none" else max(1, min(VIEWS, MOST_VIEWS // len(new)))
    if not views:
        return FeatureSet(np.zeros((0, model.backbone.features), np.float32), np.zeros(0, np.int64))
    # other backgrounds behind new photos gained nothing for twice the time (docs/log.md)
    policy = replace(find_policy(job.config.augment), background=0.0)
    fit: Fit = job.config.fit  # type: ignore[assignment]  # checked by TrainConfig
    augment = Augment(policy, job.recipe.side_px, fit, None, permitted)
    photos: Images = data.images
    if isinstance(model.preprocess, HandFocus):
        photos = CloseUps(photos, find_hands(model.preprocess, photos, new, job.progress).boxes)
    return varied_features(
        model, augment, photos, data.labels, new, views, job.config.seed, job.runtime.device, job.progress
    )


def _guards(joined: MergedDataset) -> Int64Array:
    """Return the old photos that watch over what is lost: those of the validation part."""
    validation = joined.data.split.positions("validation")
    return validation[~joined.is_new[validation]]


def _how_mixed(mixed: Mixed) -> str:
    if mixed.before is None or mixed.after is None:
        return "the run has no validation photos, so nothing watched over what its old classes lose"
    said = f"old validation photos: {mixed.before * 100:.1f}% right before, {mixed.after * 100:.1f}% now"
    return said if mixed.mix == 1 else f"{said}, with {mixed.mix:.0%} of the new head and the rest of the old one"


def _source(asked: Extension, trained: Trained) -> Source | None:
    """Return where the new photos lie; their paths begin with the folder's name, made unlike that of other sources."""
    if not asked.photos:
        return None
    name = Path(asked.photos).resolve().name.removesuffix(".zip").removesuffix(".csv") or "photos"
    taken = {source.prefix for source in trained.sources}
    prefix = next(p for n in range(1, 10_000) if (p := f"{name}/" if n == 1 else f"{name}-{n}/") not in taken)
    return Source(asked.photos, asked.layout, "", asked.groups, prefix)


def _no_random_split() -> dict[str, object]:
    """Features of a backbone that was trained on these photos flatter a random split too much to be compared."""
    unknown = asdict(Interval(None, None, None, 0, 0))
    return {"accuracy": unknown, "honest_accuracy": unknown, "honest_split": "", "probed": "not after unseen extend"}


@contextmanager
def _whole_or_nothing(run: RunFolder) -> Iterator[None]:
    make_folder(run)
    try:
        yield
    except BaseException:
        shutil.rmtree(run.root, ignore_errors=True)
        raise
