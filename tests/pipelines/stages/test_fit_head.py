"""A head that trusts some features: kept where they tell the classes, given up where others alone do."""

import numpy as np
import pytest
import torch

from unseen.context import Clock
from unseen.features.feature_set import FeatureSet
from unseen.models.head import Head
from unseen.pipelines.stages.fit_head import VIEWS, affordable_views, fit_trusting
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


@pytest.mark.parametrize(
    ("left", "views"),
    [(1000.0, VIEWS), (12.0, VIEWS), (11.9, 3), (3.0, 1), (2.0, 0), (-5.0, 0)],
)
def test_a_time_limit_leaves_fewer_views_or_none(left: float, views: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """100 photos took 2 s; a view of each of 50 takes 1.5 s, and views may take half of the time that is left."""
    clock = Clock(10.0)
    clock.stages["features"] = 2.0
    monkeypatch.setattr(Clock, "left", property(lambda _: left))
    assert affordable_views(clock, photos=100, training=50) == views
