"""Make shifts: what a head that was fitted on one photo set does on another that shares classes with it."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from unseen.estimation.signals import signals
from unseen.estimation.strangers import own_signals
from unseen.evaluation.metrics import softmax
from unseen.features.feature_set import FeatureSet, pooled
from unseen.inference.reference import Reference, make_reference
from unseen.models.head import Head
from unseen.pipelines.stages.what_is_known import with_locator, with_signs
from unseen.progress import Silent
from unseen.records import Float32Array, Float64Array, Int64Array
from unseen.training.known_signs import KnownSigns, SignSpace, find_known_signs
from unseen.training.linear_probe import ProbeOptions, fit_head

# Sets that share classes. B, C, E, J and O of asl_kept/test look like the training person's.
FAMILIES = (
    ("asl_kept/train", "asl_kept/test", "people/asl_t32rahman", "people/asl_seeel", "people/asl_hawk",
     "people/asl_derick", "people/vowels_abimael"),
    ("sign_digits", "fingers_subhi/train", "people/fingers_lebanese", "people/count_lionel"),
    ("rps_freeman", "rps_subhi"),
)  # fmt: skip
ONE_PERSON = frozenset("BCEJO")
LEAST_SHARED = 0.4
# Of a head; `fit_head` takes up to 3,000.
STEPS = 700


@dataclass(frozen=True, slots=True)
class FrozenSet:
    """Features (N, D) and views (V, N, D) of a set, with labels by name, sessions, and the head to start from.

    scores: (N,) of the locator. turn: see `people_turn`.
    """

    name: str
    features: Float32Array
    views: Float32Array
    labels: np.ndarray
    groups: np.ndarray
    head: Head = field(repr=False)
    scores: Float32Array
    turn: Float64Array

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


def shared_classes(source: FrozenSet, other: FrozenSet) -> tuple[str, ...]:
    """Return the classes that both sets have, of two people."""
    kept_apart = {source.name, other.name} == {"asl_kept/train", "asl_kept/test"}
    alike = set(source.classes) & set(other.classes) - (ONE_PERSON if kept_apart else frozenset())
    return tuple(sorted(alike))


@dataclass(frozen=True, slots=True)
class FittedHead:
    """A head on some classes of a set, with what a run would know of its photos, and the signals of its own set.

    held: rows of the source that were held out. signs: the known signs among the classes, which it learnt from other
    people, too.
    """

    source: FrozenSet
    classes: tuple[str, ...]
    recipe: str
    head: Head
    held: Int64Array
    known: Reference
    own: dict[str, float]
    signs: KnownSigns | None


def on_others(fitted: FittedHead, others: Sequence[FrozenSet]) -> Iterator[Shift]:
    """Yield what a head does on each of the other sets that have enough of its classes."""
    classes, head = fitted.classes, fitted.head
    for other in others:
        shared = [name for name in classes if name in shared_classes(fitted.source, other)]
        rows = np.flatnonzero(np.isin(other.labels, shared))
        if len(shared) < max(2, LEAST_SHARED * len(classes)):
            continue
        labels = np.array([classes.index(name) for name in other.labels[rows]])
        logits = logits_of(head, other.features[rows])
        right = logits.argmax(axis=1) == labels
        seen = signals(logits, other.features[rows], fitted.known)
        sure = softmax(logits).max(axis=1).astype(np.float32)
        yield Shift(
            fitted.source.name, other.name, len(classes), fitted.recipe, fitted.own, seen, float(right.mean()), sure,
            right, fitted.signs is not None,
        )  # fmt: skip


def fit_on(
    source: FrozenSet, classes: tuple[str, ...], per_class: int | None, views: int, seed: int,
    space: SignSpace | None = None, kept: tuple[Head, float | None] | None = None,
) -> tuple[FittedHead, float | None]:  # fmt: skip
    """Fit a head as training does; return it with the accuracy on validation photos and views of them.

    space: signs that it learns from other people, too. kept: the same, of an earlier call.
    """
    chosen, labels, (train, validation, test) = division(source, classes, per_class, seed)
    signs = None
    if space:
        signs = find_known_signs(classes, source.features[chosen[train]], labels[train], spaces=[space])
    if kept is None:
        fitted = _with_views(source, chosen, labels, train, views)
        checked = _with_views(source, chosen, labels, validation, min(views, 1))
        head = new_head(source.head, len(classes), seed)
        rows_ = fit_head(
            head, signs.pooled_with(fitted, seed) if signs else fitted, checked,
            ProbeOptions(seed, "weights", 0.02, 0.05, steps=STEPS), Silent(),
        )  # fmt: skip
        kept = head, next(row for row in rows_ if row.chosen).validation_accuracy
    head, views_accuracy = kept
    held = np.concatenate([test, validation])
    seen = source.features[chosen[held]]
    known = make_reference(
        (source.features[chosen[train]], labels[train]), (seen, labels[held], logits_of(head, seen)), len(classes)
    )
    shown = chosen[train]
    known = with_locator(known, source.scores[shown], source.features[shown], labels[train], source.turn)
    recipe = f"{views} views, {per_class or 'all'} a class"
    own = own_signals(known, len(train), views_accuracy)
    known = with_signs(known, classes, signs)
    return FittedHead(source, classes, recipe, head, chosen[held], known, own, signs), views_accuracy


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


def new_head(like: Head, classes: int, seed: int) -> Head:
    """Return a head like another, for so many classes, as a run starts it."""
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
