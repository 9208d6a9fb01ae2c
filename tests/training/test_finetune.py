import time
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from tests.training.tiny import SIDE_PX, PlantedPhotos, fit, network, plan_for, quadrants, same, tuner, weights
from unseen.errors import UnseenError
from unseen.progress import Silent
from unseen.training.finetune import LEAST_PACED, FineTuner
from unseen.training.fit_state import FitState
from unseen.training.history import EpochRow
from unseen.training.optimise import Batch
from unseen.training.selection import Judged, Score
from unseen.training.speed import measure_speed


def test_a_planted_problem_is_learnt(tmp_path: Path) -> None:
    photos = quadrants(160, 60)
    training = tuner(photos, augment="none")
    state = fit(training, tmp_path, epochs=8)
    first, last = state.history[0], state.history[-1]
    assert last.loss < first.loss / 3
    assert last.validation_accuracy is not None
    assert last.validation_accuracy > 0.9
    right = [
        int(training.model(torch.from_numpy(photos.pixels[int(i)][None])).argmax()) == photos.labels[i]
        for i in photos.validation
    ]
    assert np.mean(right) > 0.9


def test_what_is_learnt_from_mixtures_holds_for_photos(tmp_path: Path) -> None:
    """Two photos laid over each other have two bright quadrants: only as shares of two classes do they make sense."""
    state = fit(tuner(quadrants(160, 60), mixup=1.0), tmp_path, epochs=12)
    best = state.history[state.best_epoch - 1]
    assert best.validation_accuracy is not None
    assert best.validation_accuracy > 0.9
    assert best.accuracy < best.validation_accuracy  # of a mixture the smaller part may be named


def test_what_cannot_be_learnt_is_not(tmp_path: Path) -> None:
    """Labels drawn at random: validation stays near chance, so the accuracy above is not given away."""
    photos = quadrants(160, 60)
    shuffled = np.random.default_rng(0).permutation(photos.labels)
    state = fit(tuner(PlantedPhotos(photos.pixels, shuffled, photos.train, photos.validation)), tmp_path, epochs=4)
    assert state.history[-1].validation_accuracy is not None
    assert state.history[-1].validation_accuracy < 0.5


def test_building_a_tuner_and_measuring_its_speed_leave_the_model_as_it_was() -> None:
    training = tuner()
    fresh = network().state_dict()
    assert same(weights(training), dict(fresh))
    step_seconds, validation_seconds = measure_speed(training, steps=1)
    assert step_seconds > 0
    assert validation_seconds > 0
    assert same(weights(training), dict(fresh))


def test_each_epoch_visits_every_photo_once_in_its_own_order() -> None:
    photos = quadrants(90, 4)
    training = tuner(photos)
    assert training.pass_steps == 6

    def epoch(first: int) -> Tensor:
        return torch.cat([training.make_batch(step).canvas.sum(dim=(1, 2, 3)) for step in range(first, first + 6)])

    one, two = epoch(0), epoch(6)
    expected = sorted(int(photos.pixels[i].sum()) for i in range(90))
    assert sorted(one.tolist()) == sorted(two.tolist()) == expected
    assert one.tolist() != two.tolist()


@pytest.mark.parametrize(("photos", "steps"), [(16, 1), (17, 1), (18, 2), (5, 1), (32, 2)])
def test_a_last_batch_of_one_photo_is_dropped(photos: int, steps: int) -> None:
    training = tuner(quadrants(photos, 4))
    assert training.pass_steps == steps
    assert all(len(training.make_batch(step).targets) > 1 for step in range(2 * steps))


def test_a_batch_is_a_function_of_the_seed_and_the_step() -> None:
    first, second, other_seed = tuner(), tuner(), tuner(seed=8)
    second.make_batch(0)
    a, b, c = (training.make_batch(9) for training in (first, second, other_seed))
    assert torch.equal(a.canvas, b.canvas)
    assert a.seed == b.seed != c.seed
    assert a.targets.tolist() != c.targets.tolist()


def test_one_seed_is_one_result(tmp_path: Path) -> None:
    found = []
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        training = tuner(augment="basic", dropout=0.3, seed=seed)
        fit(training, tmp_path / name, epochs=1)
        found.append(weights(training))
    assert same(found[0], found[1])
    assert not same(found[0], found[2])


def scripted(
    training: FineTuner, losses: list[float], accuracies: list[float] | None = None
) -> list[dict[str, Tensor]]:
    """Make `judge` return `losses` and `accuracies`, and note the weights it was given."""
    shown: list[dict[str, Tensor]] = []

    def judge(model: torch.nn.Module) -> Judged:
        shown.append({name: value.clone() for name, value in model.state_dict().items()})
        loss, accuracy = losses[len(shown) - 1], 0.5 if accuracies is None else accuracies[len(shown) - 1]
        return Judged(loss, accuracy, loss, Score(accuracy, loss))

    training.judge = judge  # type: ignore[method-assign]
    return shown


def test_early_stopping_keeps_the_best_epochs_average(tmp_path: Path) -> None:
    training = tuner(patience=2)
    shown = scripted(training, [0.9, 0.4, 0.6, 0.5, 0.1])
    state = fit(training, tmp_path, epochs=5)
    assert (len(state.history), state.best_epoch, state.best_loss) == (4, 2, 0.4)
    assert same(weights(training), shown[1])
    assert not same(shown[1], shown[3])


def test_it_never_stops_before_the_learning_rate_has_fallen_by_half(tmp_path: Path) -> None:
    training = tuner(patience=1)
    scripted(training, [0.1, 0.9, 0.8, 0.7, 0.6, 0.5])
    state = fit(training, tmp_path, epochs=6)
    assert (len(state.history), state.best_epoch) == (4, 1)


def test_a_stale_checkpoint_is_not_trained_on(tmp_path: Path) -> None:
    training = tuner(patience=2)
    scripted(training, [0.9, 0.4, 0.6, 0.5])
    fit(training, tmp_path, epochs=5)
    again = tuner(patience=2)
    assert len(fit(again, tmp_path, epochs=5).history) == 4
    assert same(weights(again), weights(training))


def test_the_deadline_ends_an_epoch_early_and_validates_it(tmp_path: Path) -> None:
    calls: list[None] = []

    def seconds_left() -> float:
        calls.append(None)
        return -1.0 if len(calls) > 8 else 1e9  # asked before each of 8 steps

    rows: list[list[EpochRow]] = []
    state = fit(tuner(), tmp_path, epochs=5, seconds_left=seconds_left, on_epoch=lambda found: rows.append(list(found)))
    assert (state.step, state.stopped, len(state.history)) == (8, True, 2)
    assert state.history[1].validation_loss is not None
    assert [len(found) for found in rows] == [1, 2]


class SlowedClock:
    """A clock that nothing but steps moves: each takes `seconds`, whatever the plan says. It stands in for the stepper
    too, and notes the shares of the learning rate.
    """

    def __init__(self, training: FineTuner, monkeypatch: pytest.MonkeyPatch, seconds: float, limit: float) -> None:
        self.now, self.seconds, self.limit = 0.0, seconds, limit
        self.rates: list[float] = []
        self.stepper, self.optimiser = training.stepper, training.stepper.optimiser
        training.stepper = self  # type: ignore[assignment]
        monkeypatch.setattr(time, "perf_counter", lambda: self.now)

    def step(self, batch: Batch, rate_share: float) -> tuple[Tensor, Tensor]:
        self.now += self.seconds
        self.rates.append(rate_share)
        return self.stepper.step(batch, rate_share)

    def left(self) -> float:
        return self.limit - self.now


def slowed(
    training: FineTuner, folder: Path, monkeypatch: pytest.MonkeyPatch, limit: float, epochs: int = 50
) -> tuple[FitState, SlowedClock]:
    """Fit by a plan made for steps of one second, on a machine that takes three from the first on."""
    clock = SlowedClock(training, monkeypatch, seconds=3.0, limit=limit)
    plan = replace(plan_for(training, epochs), seconds_a_step=1.0)
    return training.fit(plan, folder, clock.left, Silent(), lambda rows: None), clock


def test_a_slow_machine_plans_fewer_epochs_and_anneals_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state, clock = slowed(tuner(), tmp_path, monkeypatch, limit=60.0)  # for 20 steps of 3 s, an epoch has 6
    assert (len(state.history), state.step, state.planned, state.stopped) == (3, 18, 18, False)
    assert clock.now < clock.limit
    assert clock.rates[-1] < 0.05
    assert max(clock.rates) > 0.9


def test_without_a_head_part_of_an_epoch_is_annealed_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    training = tuner(quadrants(400, 24))  # an epoch has 25 steps
    state, clock = slowed(training, tmp_path, monkeypatch, limit=31.0, epochs=1)
    assert (state.step, len(state.history), state.stopped, state.abandoned) == (10, 1, False, False)
    assert clock.rates[-1] < 0.05


def with_head(photos: PlantedPhotos | None = None, **options: Any) -> FineTuner:
    """Return a tuner of a network that classifies the planted photos correctly before its first step."""
    training = tuner(photos, **options)
    training.model.load_state_dict(fitted())
    training.first_epoch = 60
    return training


@cache
def fitted() -> dict[str, Tensor]:
    training = tuner(quadrants(160, 60))
    with TemporaryDirectory() as folder:
        fit(training, Path(folder), epochs=8)
    return weights(training)


@pytest.mark.parametrize("validation", [24, 0], ids=["validated", "nothing held out"])
def test_steps_that_destroy_the_model_leave_the_head(tmp_path: Path, validation: int) -> None:
    training = with_head(quadrants(90, validation), learning_rate=3.0)
    state = fit(training, tmp_path, epochs=2)
    assert (state.best_epoch, len(state.history)) == (0, 2)
    assert same(weights(training), fitted())
    assert not training.model.training


@pytest.mark.parametrize("validation", [24, 0], ids=["validated", "nothing held out"])
def test_steps_that_improve_the_model_ship(tmp_path: Path, validation: int) -> None:
    training = tuner(quadrants(160, validation))
    training.first_epoch = 60  # what was fitted classifies no better than chance
    before = weights(training)
    state = fit(training, tmp_path, epochs=8)
    assert state.best_epoch > 0
    assert not same(weights(training), before)


def test_an_epoch_ships_where_as_many_photos_are_right_and_the_loss_is_lower(tmp_path: Path) -> None:
    """Planted: the head, then epochs; epochs are chosen by loss among those that are not below the head."""
    planted = (
        ([0.1, 0.5, 0.4, 0.3], [0.9, 0.95, 0.92, 0.8], 2),  # the last has the lowest loss, and fewer photos right
        ([0.5, 0.4, 0.6, 0.45], [0.9, 0.9, 0.9, 0.9], 1),
        ([0.3, 0.4, 0.6, 0.45], [0.9, 0.9, 0.9, 0.9], 0),
        ([9.9, 0.4, 0.6, 0.45], [0.9, 0.89, 0.88, 0.87], 0),
    )
    for number, (losses, accuracies, best) in enumerate(planted):
        training = with_head()
        shown = scripted(training, losses, accuracies)
        state = fit(training, tmp_path / str(number), epochs=3)
        assert state.best_epoch == best
        assert same(weights(training), shown[best])


def test_a_head_stays_where_the_first_epoch_would_end_too_late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    training = with_head()
    state, clock = slowed(training, tmp_path, monkeypatch, limit=17.0, epochs=1)  # 6 steps of 3 s are 18
    assert (state.step, state.abandoned, state.history) == (LEAST_PACED, True, [])
    assert same(weights(training), fitted())
    assert clock.now < clock.limit
    resumed = with_head()
    assert fit(resumed, tmp_path, epochs=1).abandoned
    assert same(weights(resumed), fitted())


def test_a_head_is_tuned_where_the_first_epoch_ends_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state, clock = slowed(with_head(), tmp_path, monkeypatch, limit=19.0, epochs=1)
    assert (state.step, state.abandoned, len(state.history)) == (6, False, 1)
    assert clock.now < clock.limit


def test_one_step_that_waits_ends_no_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    training = with_head()
    clock = SlowedClock(training, monkeypatch, seconds=1.0, limit=30.0)
    plan = replace(plan_for(training, 2), seconds_a_step=1.0)
    stalls = iter([0.0, 15.0, *[0.0] * 20])
    batch = training.make_batch

    def stalling(step: int) -> Batch:
        clock.now += next(stalls)
        return batch(step)

    training.make_batch = stalling  # type: ignore[method-assign]
    state = training.fit(plan, tmp_path, clock.left, Silent(), lambda rows: None)
    assert (state.step, state.abandoned) == (12, False)


def test_a_deadline_that_has_passed_leaves_the_weights_alone(tmp_path: Path) -> None:
    training = tuner()
    before = weights(training)
    state = fit(training, tmp_path, seconds_left=lambda: -1.0)
    assert (state.step, state.history) == (0, [])
    assert same(weights(training), before)


def test_without_validation_photos_the_last_average_is_kept(tmp_path: Path) -> None:
    training = tuner(quadrants(40, 0), patience=1)
    state = fit(training, tmp_path, epochs=3)
    assert len(state.history) == 3
    assert state.best_epoch == 3
    assert all(row.validation_loss is None and row.validation_accuracy is None for row in state.history)


def test_frozen_statistics_stay_where_they_were(tmp_path: Path) -> None:
    for frozen in (True, False):
        training = tuner(frozen_statistics=frozen)
        before = {n: v for n, v in weights(training).items() if "running" in n}
        fit(training, tmp_path / str(frozen), epochs=1)
        after = {n: v for n, v in weights(training).items() if "running" in n}
        assert before
        assert same(before, after) is frozen


def test_rates_follow_the_schedule_and_epochs_are_numbered_on(tmp_path: Path) -> None:
    training = tuner()
    training.first_epoch = 60
    state = fit(training, tmp_path, epochs=4)
    assert [row.epoch for row in state.history] == [61, 62, 63, 64]
    rates = [row.learning_rate for row in state.history]
    assert rates == sorted(rates, reverse=True)
    assert 0 < rates[-1] < 0.05 * training.options.learning_rate < rates[0] <= training.options.learning_rate


def test_a_loss_that_is_no_number_is_one_line(tmp_path: Path) -> None:
    training = tuner(learning_rate=1e30)
    with pytest.raises(UnseenError, match=r"the training loss is (nan|inf) by step 6: use a lower --learning-rate"):
        fit(training, tmp_path)


def test_the_plan_ends_inside_an_epoch(tmp_path: Path) -> None:
    training = tuner()
    plan = plan_for(training, 2)
    short = type(plan)(2, plan.epoch_steps, plan.epoch_steps + 2, 0.01)
    state = training.fit(short, tmp_path, lambda: float("inf"), Silent(), lambda rows: None)
    assert (state.step, len(state.history)) == (8, 2)


def test_the_first_steps_are_given_smaller_photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    training = tuner()
    sides: list[int] = []
    forward = training.model.from_pixels

    def watched(pixels: Tensor) -> Tensor:
        if torch.is_grad_enabled():
            sides.append(pixels.shape[-1])
        # its head is for photos of one size
        logits: Tensor = forward(F.interpolate(pixels, (SIDE_PX, SIDE_PX)))
        return logits

    monkeypatch.setattr("unseen.training.finetune.small_side", lambda side_px: side_px // 2)
    monkeypatch.setattr(training.model, "from_pixels", watched)
    plan = replace(plan_for(training, 2), small_cost=0.5)
    training.fit(plan, tmp_path, lambda: float("inf"), Silent(), lambda rows: None)
    assert sides == [SIDE_PX // 2] * 8 + [SIDE_PX] * 4  # of twelve
