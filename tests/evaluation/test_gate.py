import numpy as np
import pytest

from unseen.evaluation.gate import Gate, Reason, judge_gain, student_tail
from unseen.evaluation.intervals import _T

PHOTOS, CLASSES = 24, 3


def planted(before: list[float], after: list[float], seed: int) -> Gate:
    """Groups of `PHOTOS` photos, each right with the stated chance before and after."""
    rng = np.random.default_rng(seed)
    groups = [f"g{i}" for i in range(len(before)) for _ in range(PHOTOS)]
    chances = np.repeat(before, PHOTOS), np.repeat(after, PHOTOS)
    same = rng.random(len(groups))  # a photo that is easy is easy for both
    noise = rng.normal(0, 0.08, (2, len(groups)))
    right = [same + noise[k] < chances[k] for k in (0, 1)]
    labels = np.arange(len(groups)) % CLASSES
    return judge_gain(right[0], right[1], labels, groups)


@pytest.mark.parametrize("freedom", range(1, 11))
def test_the_tail_of_students_t_is_that_of_the_tables(freedom: int) -> None:
    assert student_tail(_T[freedom - 1], freedom) == pytest.approx(0.025, abs=1e-5)
    assert student_tail(-_T[freedom - 1], freedom) == pytest.approx(0.975, abs=1e-5)


def test_a_gain_in_every_group_passes_even_with_three() -> None:
    passed = {n: [planted([0.5] * n, [0.9] * n, seed).reason is Reason.PASSED for seed in range(20)] for n in (3, 5)}
    assert sum(passed[3]) >= 12
    assert all(passed[5])


def test_what_is_no_better_passes_hardly_ever() -> None:
    for groups in (3, 6):
        passed = [planted([0.7] * groups, [0.7] * groups, seed).reason is Reason.PASSED for seed in range(100)]
        assert sum(passed) <= 4


def test_one_lucky_group_and_worse_ones_do_not_pass() -> None:
    assert planted([0.5] * 5, [0.95, 0.5, 0.5, 0.5, 0.5], 0).reason is Reason.NO_BETTER
    assert planted([0.9] * 5, [0.5] * 5, 0).reason is Reason.NO_BETTER


def test_two_groups_are_too_few_and_guesses_are_not_compared() -> None:
    assert planted([0.3] * 2, [0.95] * 2, 0).reason is Reason.FEW_GROUPS
    assert planted([0.02] * 6, [0.3] * 6, 0).reason is Reason.GUESSING


def test_balanced_gains_count_every_class_alike() -> None:
    labels = np.array([0] * 90 + [1] * 10)
    groups = [f"person{i % 10}" for i in range(100)]
    frequent, rare = labels == 0, labels == 1
    swapped = judge_gain(frequent, rare, labels, groups, balanced=True).difference
    assert swapped.before.value == pytest.approx(0.5)
    assert swapped.difference.value == pytest.approx(0, abs=1e-9)
    gained = judge_gain(frequent, frequent | rare, labels, groups, balanced=True)
    assert gained.difference.difference.value == pytest.approx(0.5)
    assert gained.passed
    assert not judge_gain(frequent | rare, frequent, labels, groups, balanced=True).passed
    nothing = judge_gain(frequent, frequent, labels, groups, balanced=True).difference.difference
    assert nothing.low is not None
    assert nothing.low == -(nothing.high or 0)
