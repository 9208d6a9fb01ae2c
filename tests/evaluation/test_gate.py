import numpy as np
import pytest

from unseen.evaluation.gate import LEAST_GROUPS, Gate, gate
from unseen.records import BoolArray


def _right(share: float, photos: int, seed: int) -> BoolArray:
    right: BoolArray = np.random.default_rng(seed).random(photos) < share
    return right


def _compared(usual: float, candidate: float, groups: int, seed: int) -> Gate:
    labels = np.arange(400) % 4
    names = [f"person{i // 4 % groups}" for i in range(400)]
    return gate(_right(usual, 400, 2 * seed), _right(candidate, 400, 2 * seed + 1), labels, names)


def test_a_clear_gain_passes_and_none_or_a_loss_does_not() -> None:
    assert all(_compared(0.6, 0.9, 20, seed).passed for seed in range(10))
    assert not any(_compared(0.9, 0.6, 20, seed).passed for seed in range(10))
    assert sum(_compared(0.8, 0.8, 20, seed).passed for seed in range(40)) <= 3


def test_too_few_groups_never_pass() -> None:
    assert not _compared(0.2, 0.95, LEAST_GROUPS - 1, 0).passed
    assert _compared(0.2, 0.95, LEAST_GROUPS, 0).passed


def test_every_class_counts_alike() -> None:
    labels = np.array([0] * 90 + [1] * 10)
    groups = [f"person{i % 10}" for i in range(100)]
    usual, candidate = labels == 0, labels == 1  # the rare class instead of the frequent one
    compared = gate(usual, candidate, labels, groups)
    assert (compared.usual, compared.candidate) == pytest.approx((0.5, 0.5))
    assert abs(compared.gain.value or 0.0) < 1e-9


def test_no_photos_are_no_reason_to_use_anything() -> None:
    nothing = gate(np.zeros(0, bool), np.zeros(0, bool), np.zeros(0, np.int64), [])
    assert not nothing.passed
    assert nothing.usual is None
