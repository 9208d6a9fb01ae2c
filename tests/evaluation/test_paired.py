"""A paired interval is of the gains of the same groups, and tells a planted gain from chance."""

import numpy as np
import pytest

from unseen.evaluation.paired import by_class, paired

GROUPS = [f"g{i // 10}" for i in range(400)]
RNG = np.random.default_rng(0)
BEFORE = RNG.random(400) < 0.7


def test_a_planted_gain_is_sure_though_both_intervals_overlap() -> None:
    after = BEFORE | (RNG.random(400) < 0.15)
    found = paired(BEFORE, after, GROUPS)
    assert found.sure
    assert found.difference.value == pytest.approx(float(after.mean() - BEFORE.mean()))
    assert found.before.high is not None
    assert found.after.low is not None
    assert found.after.low < found.before.high


def test_answers_that_change_by_chance_alone_are_no_gain() -> None:
    swapped = np.where(RNG.random(400) < 0.2, RNG.random(400) < 0.7, BEFORE)
    assert not paired(BEFORE, swapped, GROUPS).sure


def test_no_change_is_no_certainty() -> None:
    found = paired(BEFORE, BEFORE, GROUPS).difference
    assert found.value == 0
    assert found.low is not None
    assert found.high is not None
    assert found.low == -found.high < 0


def test_one_group_gives_no_interval() -> None:
    assert paired(BEFORE, ~BEFORE, ["one"] * 400).difference.low is None


def test_classes_are_compared_apart() -> None:
    labels = np.arange(400) % 2
    after = np.where(labels == 1, True, BEFORE)
    found = by_class(BEFORE, after, GROUPS, labels, ("a", "b", "c"))
    assert set(found) == {"a", "b"}
    assert found["a"].difference.value == 0
    assert found["b"].sure
