"""Fit a new head on frozen features of photos and of augmented views of them."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce

import numpy as np
import torch
from safetensors.torch import load_file, save

from unseen.config import TrainConfig
from unseen.context import Clock, RunContext
from unseen.dataset.dataset import SplitDataset
from unseen.dataset.split_dataset import fractions_of
from unseen.errors import SettingError
from unseen.evaluation.results import FeatureKind, SplitComparison
from unseen.features.extract import extract
from unseen.features.feature_set import FeatureSet, pooled, subset
from unseen.features.views import varied_features
from unseen.inference.ready import CLASSES
from unseen.locate.pose_conditioned import PoseConditioned
from unseen.models.classifier import Classifier
from unseen.models.head import Head
from unseen.paths import READY
from unseen.pipelines.other_splits.random_split import compare_splits
from unseen.pipelines.stages.training_setup import TrainingSetup
from unseen.probes.thumbnails import thumbnails
from unseen.progress import Progress
from unseen.records import Float32Array, Images, Int64Array, Part
from unseen.runs import atomic_path
from unseen.text import count, listed
from unseen.training.history import EpochRow, chosen_row
from unseen.training.known_signs import KnownSigns, find_known_signs, nearly_all_known, read_spaces
from unseen.training.linear_probe import ProbeOptions, fit_head

# Augmented views of each photo that the head is fitted on beside the photo itself, and how many there are in all: with
# photos of one person before one wall, a head on plain features alone classified 75% of another person's photos
# correctly, with views 99% (docs/log.md).
VIEWS, MAX_VIEWS = 4, 12_000
# Views where nearly all classes are known from other people (with 4, 2 and 1 the same on other people), and where whole
# photos are fine-tuned on anyway: a fifth of a usual run's time otherwise (docs/log.md).
FEW_VIEWS = 1
# A view takes so many times the features of the photo; and the share of the time left that views may take.
VIEW_COST, VIEWS_SHARE = 1.5, 0.5
# Validation accuracy from which a head that trusts some features more is kept unasked, and by how much one that uses
# all alike must be better: by up to a point it is, on photos of the same people, and 15 worse on others (docs/log.md).
TRUSTED_SUFFICES, TRUST_COSTS = 0.98, 0.03


def frozen_features(context: RunContext, data: SplitDataset, model: Classifier) -> Float32Array | None:
    """Extract the frozen features of all photos, (N, D), or read those that an interrupted run left.

    `None` without pre-trained weights: features of random weights are not worth extracting.
    """
    if context.recipe.weights is None:
        return None
    everything, device = np.arange(len(data.labels)), context.runtime.device
    return _once(
        context,
        "features",
        lambda: extract(
            model.preprocess, model.backbone, data.images, everything, device, context.progress, data.boxes
        ),
    )


def fit_new_head(
    setup: TrainingSetup, known: KnownSigns | None = None, more: Sequence[FeatureSet] = ()
) -> tuple[list[EpochRow], SplitComparison]:
    """Fit the head; return its history, and how a random split compares with the run's grouped one.

    more: what else to fit it on. Without pre-trained weights there is nothing to fit a head on: it stays as it is, and
    the splits are compared on thumbnails.
    """
    context, data, config = setup.context, setup.data, setup.config
    fractions = fractions_of(config.fractions)
    if setup.features is None:
        with context.clock.stage("compare splits"):
            return [], compare_splits(data, thumbnails(data.images), FeatureKind.THUMBNAILS, config.seed, fractions)
    train, validation = head_inputs(setup, known)
    train = reduce(pooled, more, train)
    with context.clock.stage("head"):
        history = fit_trusting(setup.model.head, train, validation, head_options(setup), context.progress)
    with context.clock.stage("compare splits"):
        return history, compare_splits(data, setup.features, FeatureKind.FROZEN, config.seed, fractions)


def head_options(setup: TrainingSetup) -> ProbeOptions:
    """Return how the run's settings fit a head."""
    config = setup.config
    return ProbeOptions(
        config.seed,
        setup.imbalance_of(setup.data.labels[setup.train]),
        config.weight_decay,
        config.label_smoothing,
        config.mixup,
    )


def head_inputs(setup: TrainingSetup, known: KnownSigns | None) -> tuple[FeatureSet, FeatureSet]:
    """Return what the head is fitted on and validated on: photos, augmented views of them, known signs."""
    assert setup.features is not None
    data = setup.data
    train = subset(setup.features, data.labels, setup.train)
    validation = subset(setup.features, data.labels, setup.validation)
    if setup.images.augmented:
        wanted = wanted_views(setup, known)
        views = affordable_views(setup.context.clock, len(data.labels), len(setup.train) or 1, wanted)
        if views < wanted:
            setup.progress.say(f"the time limit leaves time for {count(views, 'augmented view')} a photo, not {wanted}")
        train = pooled(train, _views(setup, "train", views))
        validation = pooled(validation, _views(setup, "validation", min(views, 1)))
    return known.pooled_with(train, setup.config.seed) if known else train, validation


def joined_features(
    setup: TrainingSetup,
    photos: Images,
    labels: Int64Array,
    boxes: Float32Array | None,
    crops: Images | None,
) -> FeatureSet:
    """Return features of photos that are no part of the data set, with labels (n,), and of `VIEWS` views of each.

    boxes: (n, 4), see `BoxPreprocess`. crops: what views are made of, `None` for no views.
    """
    model, device, everything = setup.model, setup.context.runtime.device, np.arange(len(labels))
    plain = extract(model.preprocess, model.backbone, photos, everything, device, setup.progress, boxes)
    if crops is None:
        return FeatureSet(plain, labels)
    views = varied_features(
        model, setup.images.augment, crops, labels, everything, VIEWS, setup.config.seed, device, setup.progress
    )
    return pooled(FeatureSet(plain, labels), views)


def known_classes(
    config: TrainConfig, data: SplitDataset, model: Classifier, features: Float32Array | None
) -> KnownSigns | None:
    """Find the classes that are known from other people; `None` where none are, or hands are not read."""
    if features is None or not isinstance(model.backbone, PoseConditioned):
        return None
    train = data.split.positions("train")
    return find_known_signs(data.classes, features[train], data.labels[train], config.known_signs)


def with_signs_without_photos(config: TrainConfig, data: SplitDataset) -> SplitDataset:
    """Return the photos with the signs that `--also` adds to their classes; raise `SettingError` for unknown ones."""
    if not config.also:
        return data
    space = next((one for one in read_spaces() if READY + one.name == config.known_signs), None)
    if space is None:
        raise SettingError("also", "needs known signs to take them from: name them with --from, such as signs:letters")
    shown = {place for name in data.classes if (place := space.place(name)) is not None}
    every = CLASSES[space.name]
    places = {name: space.place(name) for name in (every if config.also == ("all",) else config.also)}
    unknown = [name for name, place in places.items() if place is None]
    if unknown:
        raise SettingError("also", f"has no known sign {unknown[0]!r}: {READY}{space.name} knows {', '.join(every)}")
    more = tuple(name for name, place in places.items() if place not in shown)
    if not more:
        return data
    note = (
        f"{listed(more)} have no photos here: they are learnt from other people alone, and not tested on these photos"
    )
    return replace(data, classes=(*data.classes, *more), notes=(*data.notes, note))


def fit_trusting(
    head: Head, train: FeatureSet, validation: FeatureSet, options: ProbeOptions, progress: Progress
) -> list[EpochRow]:
    """Fit `head` on the features that it trusts, or on all alike where the classes cannot be told by those.

    Which phone or cup a hand holds no joint says.
    """
    alike = copy.deepcopy(head)
    torch.manual_seed(options.seed)
    history = fit_head(head, train, validation, options, progress)
    known = _accuracy(history)
    if alike.standardise.trusts_all_alike or known is None or known >= TRUSTED_SUFFICES:
        return history
    alike.standardise.trust_all_alike()
    torch.manual_seed(options.seed)
    other = fit_head(alike, train, validation, options, progress)
    if (_accuracy(other) or 0.0) < known + TRUST_COSTS:
        return history
    head.load_state_dict(alike.state_dict())
    return other


def _accuracy(history: list[EpochRow]) -> float | None:
    row = chosen_row(history)
    return row.validation_accuracy if row else None


def wanted_views(setup: TrainingSetup, known: KnownSigns | None) -> int:
    """Return how many views of each training photo the head is fitted on."""
    tuned = setup.trainable and setup.config.epochs and not setup.context.recipe.reads_crops
    return FEW_VIEWS if tuned or nearly_all_known(known, len(setup.data.classes)) else VIEWS


def affordable_views(clock: Clock, photos: int, training: int, wanted: int = VIEWS) -> int:
    """Return how many views of each training photo fit into their share of the time that is left, `wanted` at most.

    photos: whose features the run has extracted, which says how long a view takes.
    """
    seconds = clock.stages.get("features", 0.0) / photos * VIEW_COST * training
    enough = seconds * wanted <= clock.left * VIEWS_SHARE
    return wanted if enough else max(0, int(clock.left * VIEWS_SHARE / seconds))


def _views(setup: TrainingSetup, part: Part, views: int) -> FeatureSet:
    """Return features of augmented views of each photo, on another background where its mask is known."""
    positions, labels = setup.data.split.positions(part), setup.data.labels
    name = f"views-{part}"
    views = min(views, max(1, MAX_VIEWS // max(1, len(positions))))

    def make() -> Float32Array:
        return varied_features(
            setup.model, setup.images.augment, setup.images.for_views, labels, positions, views, setup.config.seed,
            setup.context.runtime.device, setup.progress,
        ).features  # fmt: skip

    features = _once(setup.context, name, make)  # an interrupted run may have left fewer views
    return FeatureSet(features, np.tile(labels[positions], len(features) // max(1, len(positions))))


def _once(context: RunContext, name: str, make: Callable[[], Float32Array]) -> Float32Array:
    """Return the features that an interrupted run left under `name`, or make and leave them."""
    path = context.run.checkpoint / f"{name}.safetensors"
    if path.exists():
        return load_file(path)["features"].numpy()
    with context.clock.stage(name.partition("-")[0]):
        features = make()
    with atomic_path(path) as temporary:
        temporary.write_bytes(save({"features": torch.from_numpy(features)}))
    return features
