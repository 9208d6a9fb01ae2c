"""A head that trusts some features: kept where they tell the classes, given up where others alone do."""

import numpy as np
import torch

from unseen.features.feature_set import FeatureSet
from unseen.models.head import Head
from unseen.pipelines.stages.fit_head import fit_trusting
from unseen.progress import Silent
from unseen.training.linear_probe import ProbeOptions

OPTIONS = ProbeOptions(0, "none", 0.02, 0.0)
TRUST = torch.tensor([1.0] * 4 + [0.001] * 8)


def planted(told_by: int, seed: int) -> FeatureSet:
    """Two classes that one of twelve features tells, the others are chance."""
    rng = np.random.default_rng(seed)
    labels = np.arange(120) % 2
    features = rng.normal(size=(120, 12)).astype(np.float32)
    features[:, told_by] += 6 * labels
    return FeatureSet(features, labels)


def spreads(told_by: int) -> tuple[float, float]:
    head = Head(12, 2, trust=TRUST)
    fit_trusting(head, planted(told_by, 0), planted(told_by, 1), OPTIONS, Silent())
    seen = head.standardise(torch.from_numpy(planted(told_by, 0).features)).std(dim=0)
    return float(seen[0]), float(seen[11])


def test_what_is_trusted_suffices() -> None:
    trusted, other = spreads(told_by=1)
    assert trusted > 0.9
    assert other < 0.01


def test_classes_that_only_other_features_tell_are_still_told() -> None:
    trusted, other = spreads(told_by=9)
    assert trusted > 0.9
    assert other > 0.9
