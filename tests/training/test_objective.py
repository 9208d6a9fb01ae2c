import math

import numpy as np
import pytest
import torch
from torch.nn.functional import one_hot

from unseen.training.objective import FOCUS, Objective, make_objective


def test_the_loss_is_weighted_smoothed_cross_entropy_in_nats() -> None:
    logits, targets = torch.tensor([[2.0, 0.0], [0.0, 0.0]]), torch.tensor([0, 1])
    first, second = math.log(1 + math.exp(-2)), math.log(2)
    assert float(Objective(None, 0.0)(logits, targets)) == pytest.approx((first + second) / 2)
    weighted = Objective(torch.tensor([1.0, 3.0]), 0.0)(logits, targets)
    assert float(weighted) == pytest.approx((first + 3 * second) / 4)
    smoothed = Objective(None, 0.2)(logits[:1], targets[:1])
    assert float(smoothed) == pytest.approx(0.9 * first + 0.1 * (first + 2), rel=1e-5)


def test_focal_loss_is_the_papers_formula() -> None:
    logits, targets = torch.randn(8, 4, generator=torch.Generator().manual_seed(0)), torch.arange(8) % 4
    probability = torch.softmax(logits, dim=1)[torch.arange(8), targets]
    expected = (-((1 - probability) ** 2) * torch.log(probability)).mean()
    assert float(Objective(None, 0.0, focus=2.0)(logits, targets)) == pytest.approx(float(expected), rel=1e-5)


def test_focal_loss_takes_shares_of_each_class_as_it_takes_labels() -> None:
    logits, targets = torch.randn(6, 3, generator=torch.Generator().manual_seed(1)), torch.arange(6) % 3
    objective = Objective(None, 0.05, focus=FOCUS)
    assert float(objective(logits, one_hot(targets, 3).float())) == pytest.approx(float(objective(logits, targets)))


def test_focal_loss_hears_more_of_what_is_wrong() -> None:
    easy, hard = torch.tensor([[4.0, 0.0]]), torch.tensor([[0.0, 4.0]])
    target = torch.tensor([0])
    plain, focal = Objective(None, 0.0), Objective(None, 0.0, focus=FOCUS)
    assert focal(hard, target) / focal(easy, target) > 100 * plain(hard, target) / plain(easy, target)


def test_each_way_with_imbalance_has_its_loss() -> None:
    labels = np.array([0] * 9 + [1], dtype=np.int64)
    assert make_objective("focal", labels, 2, 0.0).focus == FOCUS
    for imbalance in ("none", "sampling"):
        assert make_objective(imbalance, labels, 2, 0.0) == Objective(None, 0.0)
    weights = make_objective("weights", labels, 2, 0.0).weights
    assert weights is not None
    assert float(weights[1] / weights[0]) == pytest.approx(9)
