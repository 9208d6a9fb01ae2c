"""Make shifts: what a model trained on one photo set does on another, for all pairs of sets that share classes.

Frozen features of every set and of augmented views of it are extracted once, as training does, and kept in a folder;
then a head is fitted in seconds for each set, choice of classes and recipe.
"""

import copy
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from unseen.config import TrainConfig
from unseen.context import Clock
from unseen.estimation.signals import signals
from unseen.estimation.strangers import own_signals
from unseen.evaluation.metrics import softmax
from unseen.features.feature_set import FeatureSet, pooled
from unseen.features.views import varied_features
from unseen.inference.reference import Reference, make_reference
from unseen.models.head import Head
from unseen.photos.class_names import in_figures
from unseen.pipelines.train import set_up
from unseen.progress import Silent
from unseen.records import Float32Array, Int64Array
from unseen.runs import RunFolder
from unseen.training.known_signs import SignSpace, find_known_signs
from unseen.training.linear_probe import ProbeOptions, fit_head

# Sets that share classes. B, C, E, J and O of asl_kept/test look like the training person's.
FAMILIES = (
    ("asl_kept/train", "asl_kept/test", "people/asl_t32rahman", "people/asl_seeel", "people/asl_hawk",
     "people/asl_derick", "people/vowels_abimael"),
    ("sign_digits", "fingers_subhi/train", "people/fingers_lebanese", "people/count_lionel"),
    ("rps_freeman", "rps_subhi"),
)  # fmt: skip
ONE_PERSON = frozenset("BCEJO")
VIEWS, MOST_PHOTOS = 3, 1000
LEAST_SHARED = 0.4


@dataclass(frozen=True, slots=True)
class FrozenSet:
    """Features (N, D) and views (V, N, D) of a set, with labels by name, sessions, and the head to start from.

    scores: (N,) of the locator, `None` where they were not kept.
    """

    name: str
    features: Float32Array
    views: Float32Array
    labels: np.ndarray
    groups: np.ndarray
    head: Head = field(repr=False)
    scores: Float32Array | None = None

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in order."""
        return tuple(sorted(set(self.labels.tolist())))


@dataclass(frozen=True, slots=True)
class Shift:
    """One model on one other set. own: `own_signals` of the model. seen: `signals` of the photos. truth: accuracy.

    confidence: (n,) of what it says, and whether that is right. known_signs: whether the head learnt from other people.
    """

    source: str
    target: str
    classes: int
    recipe: str
    own: dict[str, float]
    seen: dict[str, float]
    truth: float
    confidence: Float32Array
    right: np.ndarray
    known_signs: bool = False


def frozen_set(name: str, data: Path, kept: Path) -> FrozenSet:
    """Extract features of at most `MOST_PHOTOS` photos of a set, or read those that were kept."""
    path = kept / f"{name.replace('/', '-')}.pt"
    if not path.exists():
        kept.mkdir(parents=True, exist_ok=True)
        torch.save(_extract(data / name), path)
    content = torch.load(path, weights_only=False)
    return FrozenSet(name, *content)


def _extract(folder: Path) -> tuple[object, ...]:
    with tempfile.TemporaryDirectory() as temporary:
        photos, run = Path(temporary) / "photos", RunFolder(Path(temporary) / "run")
        _sample(folder, photos)
        config = TrainConfig(str(photos), str(run.root), model="handnet", audit=False)
        setup = set_up(config, run, Silent(), Clock(600))
        everything, labels = np.arange(len(setup.data.labels)), setup.data.labels
        assert setup.features is not None
        views = varied_features(
            setup.model, setup.images.augment, setup.images.for_views, labels, everything, VIEWS, 0,
            setup.context.runtime.device, Silent(),
        ).features.reshape(VIEWS, len(labels), -1)  # fmt: skip
        names = np.array([in_figures(name) for name in setup.data.classes])
        return setup.features, views, names[labels], np.array(setup.data.grouping.groups), setup.model.head.cpu()


def _sample(folder: Path, out: Path) -> None:
    classes = [path for path in sorted(folder.iterdir()) if path.is_dir()]
    for one in classes:
        files = sorted(one.iterdir())
        chosen = np.unique(np.linspace(0, len(files) - 1, min(len(files), MOST_PHOTOS // len(classes))).astype(int))
        (out / one.name).mkdir(parents=True)
        for i in chosen.tolist():
            shutil.copy(files[i], out / one.name / files[i].name)


def shifts(data: Path, kept: Path, seeds: int) -> Iterator[Shift]:
    """Yield the shifts of every family: on the classes that a pair shares, and on a few classes with few photos."""
    for family in FAMILIES:
        sets = [frozen_set(name, data, kept) for name in family]
        for source in sets:
            others = [one for one in sets if one is not source]
            for classes, per_class, views, seed in _recipes(source, others, seeds):
                fitted = fit_on(source, classes, per_class, views, seed)
                yield from on_others(source, others, classes, per_class, views, fitted)


def _recipes(
    source: FrozenSet, others: list[FrozenSet], seeds: int
) -> Iterator[tuple[tuple[str, ...], int | None, int, int]]:
    """Yield classes, photos of each, views of each photo, and seed."""
    yield from (
        (classes, None, VIEWS, 0)
        for classes in sorted({shared_classes(source, other) for other in others})
        if len(classes) > 1
    )
    for seed in range(1, seeds):
        rng = np.random.default_rng(seed)
        for per_class, views in ((None, VIEWS), (12, VIEWS), (40, 0)):
            number = min(len(source.classes), int(rng.integers(3, 9)))
            yield tuple(sorted(rng.permutation(source.classes)[:number].tolist())), per_class, views, seed


def shared_classes(source: FrozenSet, other: FrozenSet) -> tuple[str, ...]:
    """Return the classes that both sets have, of two people."""
    kept_apart = {source.name, other.name} == {"asl_kept/train", "asl_kept/test"}
    alike = set(source.classes) & set(other.classes) - (ONE_PERSON if kept_apart else frozenset())
    return tuple(sorted(alike))


Fitted = tuple[Head, Reference, dict[str, float]]


def on_others(
    source: FrozenSet, others: list[FrozenSet], classes: tuple[str, ...], per_class: int | None, views: int,
    fitted: Fitted,
) -> Iterator[Shift]:  # fmt: skip
    """Yield what a head that was fitted on `source` does on each of the other sets that have enough of its classes."""
    head, known, own = fitted
    for other in others:
        shared = [name for name in classes if name in shared_classes(source, other)]
        rows = np.flatnonzero(np.isin(other.labels, shared))
        if len(shared) < max(2, LEAST_SHARED * len(classes)):
            continue
        labels = np.array([classes.index(name) for name in other.labels[rows]])
        logits = logits_of(head, other.features[rows])
        right = logits.argmax(axis=1) == labels
        seen = signals(logits, other.features[rows], known)
        sure = softmax(logits).max(axis=1).astype(np.float32)
        recipe = f"{views} views, {per_class or 'all'} a class"
        yield Shift(source.name, other.name, len(classes), recipe, own, seen, float(right.mean()), sure, right)


def fit_on(
    source: FrozenSet, classes: tuple[str, ...], per_class: int | None, views: int, seed: int,
    space: SignSpace | None = None,
) -> Fitted:  # fmt: skip
    """Fit a head as training does; return it with what is known of its photos and the signals of its own set.

    space: signs that it learns from other people, too.
    """
    chosen, labels, (train, validation, test) = division(source, classes, per_class, seed)
    fitted = _with_views(source, chosen, labels, train, views)
    if space:
        signs = find_known_signs(classes, source.features[chosen[train]], labels[train], spaces=[space])
        fitted = signs.pooled_with(fitted, seed) if signs else fitted
    checked = _with_views(source, chosen, labels, validation, min(views, 1))
    head = _new_head(source.head, len(classes), seed)
    rows_ = fit_head(head, fitted, checked, ProbeOptions(seed, "weights", 0.02, 0.05), Silent())
    best = next(row for row in rows_ if row.chosen)
    held = np.concatenate([test, validation])
    seen = source.features[chosen[held]]
    known = make_reference(
        (source.features[chosen[train]], labels[train]), (seen, labels[held], logits_of(head, seen)), len(classes)
    )
    return head, known, own_signals(known, len(train), best.validation_accuracy)


def division(
    source: FrozenSet, classes: tuple[str, ...], per_class: int | None, seed: int
) -> tuple[Int64Array, Int64Array, tuple[Int64Array, ...]]:
    """Return the rows of `source` that a head is fitted with, their labels, and which of them are in each part."""
    rng = np.random.default_rng(seed)
    rows = [np.flatnonzero(source.labels == name) for name in classes]
    chosen = np.sort(np.concatenate([rng.permutation(one)[:per_class] for one in rows]))
    labels = np.array([classes.index(name) for name in source.labels[chosen]])
    return chosen, labels, _split(source.groups[chosen], rng)


def _split(groups: np.ndarray, rng: np.random.Generator) -> tuple[Int64Array, ...]:
    """Split by groups into 70, 15 and 15 percent of the photos."""
    names, codes = np.unique(groups, return_inverse=True)
    order = rng.permutation(len(names))
    sizes = np.bincount(codes)[order]
    place = np.empty(len(names))
    place[order] = (np.cumsum(sizes) - sizes / 2) / sizes.sum()
    part = np.digitize(place[codes], (0.7, 0.85))
    return tuple(np.flatnonzero(part == number) for number in range(3))


def _with_views(source: FrozenSet, chosen: Int64Array, labels: Int64Array, part: Int64Array, views: int) -> FeatureSet:
    plain = FeatureSet(source.features[chosen[part]], labels[part])
    if not views:
        return plain
    varied = source.views[:views, chosen[part]].reshape(-1, plain.features.shape[1])
    return pooled(plain, FeatureSet(varied, np.tile(labels[part], views)))


def _new_head(like: Head, classes: int, seed: int) -> Head:
    torch.manual_seed(seed)
    head = copy.deepcopy(like)
    last = head[-1]
    assert isinstance(last, torch.nn.Linear)
    head[-1] = torch.nn.Linear(last.in_features, classes)
    head.classes = classes
    for layer in head:
        if isinstance(layer, torch.nn.Linear):
            layer.reset_parameters()
    return head


def logits_of(head: Head, features: Float32Array) -> Float32Array:
    """Return what a head makes of features (N, D), (N, C)."""
    with torch.inference_mode():
        out: Float32Array = head.eval()(torch.from_numpy(features)).numpy()
        return out


def file_name(text: str) -> str:
    """Return a name for a file of results."""
    return re.sub(r"\W+", "-", text).strip("-")
