"""Try an augmentation policy cheaply: a head on frozen features of augmented views, judged on other groups' photos."""

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import torch

from unseen import seeds
from unseen.augment.policy import Policy, SavedPolicy
from unseen.features.extract import FeatureRunner
from unseen.features.feature_set import FeatureSet, pooled, subset
from unseen.features.views import run_views
from unseen.inputs.training_images import TrainingImages
from unseen.models.head import Head
from unseen.progress import Silent
from unseen.records import BoolArray, Float32Array, Images, Int64Array
from unseen.searching.judged_groups import Fold
from unseen.training.linear_probe import ProbeOptions, fitted_copy
from unseen.training.selection import Score, score

# Training photos that views are made of: of twice as many a trial would take twice as long.
PHOTOS = 200
VIEWS = 3


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a trial's heads made of the photos of one half, fold by fold. right: (n,) bool.

    score: with the loss at the temperature that suits best, for heads that saw harder views are less sure.
    """

    right: BoolArray
    score: Score

    @property
    def means(self) -> tuple[float, float]:
        """Loss, nats a photo, and accuracy."""
        return self.score.loss, self.score.accuracy


@dataclass(frozen=True, slots=True)
class PolicyTrials:
    """What every trial shares.

    head: untrained, as the run would begin with. features: (N, D) of plain photos; labels: (N,). photos: those that
    views are made of, kept in memory; some: their positions (n,), ascending. complete: puts what the run's settings
    ask for into a policy. enrich: adds what the run's head learns from other people.
    """

    head: Head
    runner: FeatureRunner
    images: TrainingImages
    photos: tuple[Images, Images]
    some: Int64Array
    features: Float32Array
    labels: Int64Array
    options: ProbeOptions
    complete: Callable[[Policy], Policy]
    enrich: Callable[[FeatureSet], FeatureSet]

    def judge(self, tried: SavedPolicy, halves: Sequence[Sequence[Fold]], name: str) -> list[Judgement]:
        """Fit heads and let them judge each half. name: of the views that are drawn, the same for every policy."""
        views = self._views(self.complete(tried.policy), name)
        heads: dict[int, Head] = {}  # folds that are trained on the same photos share one
        for fold in chain(*halves):
            if id(fold.train) not in heads:
                heads[id(fold.train)] = self._fit(views, fold.train, tried.mixup)
        return [self._judge(heads, folds) for folds in halves]

    def _views(self, policy: Policy, name: str) -> Float32Array:
        """Return features (VIEWS, n, D) of views of the photos at `some`."""
        augment = copy.copy(self.images.augment)
        # as in training: whether a photo keeps its background is decided when it is read
        augment.policy = replace(policy, background=float(policy.background > 0))
        photos = self.photos[1 if policy.background > 0 else 0]
        seed = seeds.derive(self.options.seed, "policy search", name)
        everything = np.arange(len(self.some))
        labels = self.labels[self.some]
        found = run_views(self.runner, augment, photos, labels, everything, VIEWS, seed, Silent())
        return found.features.reshape(VIEWS, len(self.some), -1)

    def _fit(self, views: Float32Array, train: Int64Array, mixup: float) -> Head:
        rows = np.flatnonzero(np.isin(self.some, train))
        chosen = self.some[rows]
        varied = FeatureSet(views[:, rows].reshape(-1, views.shape[2]), np.tile(self.labels[chosen], VIEWS))
        fitted = self.enrich(pooled(subset(self.features, self.labels, chosen), varied))
        return fitted_copy(self.head, fitted, replace(self.options, mixup=mixup), Silent())

    def _judge(self, heads: Mapping[int, Head], folds: Sequence[Fold]) -> Judgement:
        with torch.inference_mode():
            logits = torch.cat([heads[id(one.train)](torch.from_numpy(self.features[one.judged])) for one in folds])
            targets = torch.from_numpy(np.concatenate([self.labels[one.judged] for one in folds]))
        return Judgement((logits.argmax(1) == targets).numpy(), score([(logits, targets)]))


def photos_for_views(folds: Iterable[Fold], labels: Int64Array, seed: int, most: int = PHOTOS) -> Int64Array:
    """Return positions of at most `most` photos that the folds train on, as many of each class as can be."""
    everything = np.unique(np.concatenate([fold.train for fold in folds]))
    order = seeds.generator(seed, "policy search photos").permutation(everything)
    rank = np.zeros(len(order), np.int64)
    for label in np.unique(labels[order]):
        members = np.flatnonzero(labels[order] == label)
        rank[members] = np.arange(len(members))
    chosen: Int64Array = np.sort(order[np.argsort(rank, kind="stable")[:most]])
    return chosen
