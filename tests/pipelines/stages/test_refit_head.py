"""A head that learnt signs of other people does not forget them when a class is added."""

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import torch

from unseen.augment.transforms import AllowedTransforms
from unseen.config import TrainConfig
from unseen.context import Clock
from unseen.dataset.merge import MergedDataset
from unseen.features.feature_set import FeatureSet
from unseen.locate.sign_net import SIGN
from unseen.models.head import Head
from unseen.pipelines.stages.refit_head import refit_head
from unseen.progress import Silent
from unseen.training.known_signs import KnownSigns, SignSpace
from unseen.training.linear_probe import ProbeOptions, fit_head
from unseen.training.refit import head_logits

CLASSES, PHOTOS = 3, 12


@pytest.fixture
def space() -> SignSpace:
    """Three signs that other people show far apart."""
    means = 4 * np.random.default_rng(1).standard_normal((CLASSES, SIGN)).astype(np.float32)
    zero = np.zeros(CLASSES, np.float32)
    return SignSpace("letters", tuple("ABL"), means, zero, means, 0.5 * np.eye(SIGN, dtype=np.float32))


def own_photos(space: SignSpace, classes: int) -> FeatureSet:
    """One person's photos, whose signs are all off to the same side: L is nearer to A as others show it."""
    labels = np.repeat(np.arange(classes), PHOTOS)
    noise = 0.1 * np.random.default_rng(2).standard_normal((len(labels), SIGN)).astype(np.float32)
    return FeatureSet(space.means[labels] + 0.8 * (space.means[0] - space.means[2]) + noise, labels)


def correct_on_others(head: Head, space: SignSpace) -> float:
    return float((head_logits(head, space.means).argmax(axis=1) == np.arange(CLASSES)).mean())


@pytest.mark.parametrize("is_known", [True, False])
def test_signs_of_other_people_are_kept_while_a_class_is_added(space: SignSpace, is_known: bool) -> None:
    signs = KnownSigns(space, (0, 1), (0, 1), 1.0)
    old = own_photos(space, 2)
    head = Head(old.features.shape[1], 2)
    fit_head(head, signs.pooled_with(old, 0), old, ProbeOptions(0, "weights", 0.02, 0.0), Silent())
    every = own_photos(space, CLASSES)
    train = SimpleNamespace(positions=lambda part: np.arange(len(every.labels) if part == "train" else 0))
    data = SimpleNamespace(labels=every.labels, classes=tuple("ABL"), split=train)
    merged = MergedDataset(cast("Any", data), every.labels == 2, None)
    config = TrainConfig("photos", "run", augment="none")
    context = cast("Any", SimpleNamespace(config=config, clock=Clock(100.0), progress=Silent()))
    model = cast("Any", SimpleNamespace(head=head, backbone=SimpleNamespace(features=old.features.shape[1])))
    never = torch.zeros(CLASSES, dtype=torch.bool)
    known = KnownSigns(space, (0, 1, 2), (0, 1, 2), 1.0) if is_known else None
    mixed = refit_head(context, model, merged, every.features, None, AllowedTransforms(never, never), known)
    assert (correct_on_others(mixed.head, space) == 1.0) == is_known
