import pytest
from hypothesis import given
from hypothesis import strategies as st

from unseen.training.schedule import (
    LEAST_EPOCH_STEPS,
    PLANNED_SHARE,
    SMALL_COST,
    Plan,
    plan_steps,
    shorten,
    small_side,
    steps_of_epoch,
    warmup_cosine,
)

SECONDS = st.floats(0.001, 20)


@given(st.integers(1, 50), st.integers(1, 200), SECONDS, st.floats(0, 30), st.floats(-5, 5000))
def test_a_plan_fits_in_the_time(epochs: int, epoch_steps: int, step: float, validation: float, left: float) -> None:
    plan = plan_steps(epochs, epoch_steps, step, validation, left)
    needed = plan.steps * step + plan.epochs * validation
    assert needed <= max(0.0, left * PLANNED_SHARE) + 1e-6
    assert 0 <= plan.steps <= epochs * epoch_steps
    assert plan.epochs == -(-plan.steps // epoch_steps)


@given(st.integers(1, 50), st.integers(1, 200), SECONDS, st.floats(0, 30))
def test_all_epochs_run_where_there_is_time(epochs: int, epoch_steps: int, step: float, validation: float) -> None:
    enough = epochs * (epoch_steps * step + validation) / PLANNED_SHARE * 1.001
    assert plan_steps(epochs, epoch_steps, step, validation, enough).steps == epochs * epoch_steps


def test_few_photos_are_learnt_for_as_long_as_many_where_each_pass_differs() -> None:
    assert steps_of_epoch(6, augmented=True) == LEAST_EPOCH_STEPS
    assert steps_of_epoch(6, augmented=False) == 6
    assert steps_of_epoch(200, augmented=True) == steps_of_epoch(200, augmented=False) == 200


def test_time_for_two_and_a_half_epochs_is_two() -> None:
    plan = plan_steps(10, 100, 1.0, 10.0, 275 / PLANNED_SHARE)
    assert (plan.epochs, plan.steps) == (2, 200)
    assert "2.0 of 10 epochs" in plan.describe(10)
    assert "--time-limit" in plan.describe(10)


def test_a_part_of_an_epoch_is_not_begun_after_a_whole_one() -> None:
    plan = plan_steps(10, 100, 1.0, 10.0, 190 / PLANNED_SHARE)
    assert (plan.epochs, plan.steps) == (1, 100)


def test_time_for_half_an_epoch_is_half_an_epoch() -> None:
    plan = plan_steps(10, 100, 1.0, 10.0, 60.5 / PLANNED_SHARE)
    assert (plan.epochs, plan.steps) == (1, 50)


@pytest.mark.parametrize("left", [0.0, -30.0, 5.0])
def test_no_time_is_no_steps(left: float) -> None:
    plan = plan_steps(10, 100, 1.0, 10.0, left)
    assert (plan.epochs, plan.steps) == (0, 0)


def test_the_rate_rises_to_its_peak_and_falls_to_nothing() -> None:
    shares = [warmup_cosine(step, 100) for step in range(101)]
    assert shares[0] == pytest.approx(0.1)
    assert shares[9] == shares[10] == 1.0
    assert shares[55] == pytest.approx(0.5)
    assert 0 < shares[99] < 0.001
    assert shares[100] == pytest.approx(0.0, abs=1e-12)
    assert shares[:10] == sorted(shares[:10])
    assert shares[10:] == sorted(shares[10:], reverse=True)


@given(st.integers(1, 400))
def test_every_planned_step_learns(steps: int) -> None:
    assert all(0 < warmup_cosine(step, steps) <= 1 for step in range(steps))


def test_first_steps_on_smaller_photos_leave_time_for_more_of_them() -> None:
    whole = plan_steps(10, 100, 1.0, 0.0, 300 / PLANNED_SHARE)
    mixed = plan_steps(10, 100, 1.0, 0.0, 300 / PLANNED_SHARE, SMALL_COST)
    assert (whole.steps, mixed.steps) == (300, 400)
    small = [mixed.small(step) for step in range(400)]
    assert small == [True] * 240 + [False] * 160
    assert sum(SMALL_COST if one else 1.0 for one in small) <= 300
    assert not any(whole.small(step) for step in range(300))
    # past the smaller ones, each step that is left takes its whole time
    assert shorten(mixed, 300, seconds_a_step=1.0, seconds_left=99.0).steps == 399
    assert shorten(mixed, 100, seconds_a_step=1.0, seconds_left=140 * SMALL_COST + 160.1) is mixed
    assert [small_side(side) for side in (224, 192, 32)] == [160, 128, 32]


def test_a_plan_is_shortened_to_whole_epochs_that_fit() -> None:
    plan = Plan(10, 7, 70, 1.0)
    assert shorten(plan, 14, seconds_a_step=5 / 7, seconds_left=40.0) is plan
    cut = shorten(plan, 14, seconds_a_step=5 / 7, seconds_left=17.0)
    assert (cut.steps, cut.epochs) == (14 + 3 * 7, 5)
    inside = shorten(plan, 17, seconds_a_step=1.0, seconds_left=12.0)
    assert (inside.steps, inside.epochs) == (28, 4)


def test_where_no_epoch_fits_the_rate_falls_within_part_of_one() -> None:
    plan = Plan(10, 7, 70, 1.0)
    assert shorten(plan, 14, seconds_a_step=1.0, seconds_left=3.5).steps == 17
    assert shorten(plan, 14, seconds_a_step=1.0, seconds_left=-2.0).steps == 14


def test_validation_slows_down_with_the_steps() -> None:
    plan = Plan(1, 10, 10, 1.0, validation_seconds=5.0)
    assert shorten(plan, 0, seconds_a_step=3.0, seconds_left=45.0) is plan
    assert shorten(plan, 0, seconds_a_step=3.0, seconds_left=44.0).steps == 9


def test_less_than_an_epoch_is_worth_it_only_where_one_is_long() -> None:
    assert Plan(3, 48, 144, 1.0).least_steps == 48
    assert Plan(3, 2000, 6000, 1.0).least_steps == LEAST_EPOCH_STEPS
