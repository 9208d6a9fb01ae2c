"""The second phase: a classifier and photos in, the averaged best classifier and its history out; resumable.

All chance is a function of the seed and the step, so what must be kept between steps is weights, averages and the
optimiser: a run that was killed and resumed ends with the numbers of one that was not.
"""

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from unseen import seeds
from unseen.augment.pipeline import Augment, collate
from unseen.errors import UnseenError
from unseen.models.classifier import Classifier, set_training
from unseen.progress import Progress, Task
from unseen.records import Int64Array
from unseen.runtime import Runtime
from unseen.training.average import MovingAverage
from unseen.training.checkpoint import (
    Checkpoint,
    load_checkpoint,
    optimiser_tensors,
    restore_optimiser,
    save_checkpoint,
    under_prefix,
    with_prefix,
)
from unseen.training.fit_state import FitState
from unseen.training.history import EpochRow
from unseen.training.imbalance import epoch_order
from unseen.training.linear_probe import loss_weights
from unseen.training.optimise import Batch, Objective, Stepper, parameter_groups
from unseen.training.schedule import Plan, shorten, warmup_cosine
from unseen.training.training_photos import TrainingPhotos
from unseen.training.validation import VALIDATION_BATCH, validate, varied_loss

CHECKPOINT_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class FineTuneOptions:
    """How to fine-tune; everything is resolved. frozen_statistics: keep the backbone's normalisation statistics.

    mixup: as `augment.mixup` takes its strength.
    """

    seed: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    label_smoothing: float
    mixup: float
    imbalance: str
    patience: int
    frozen_statistics: bool


class FineTuner:
    """Runs the planned steps from wherever the checkpoint folder stands."""

    def __init__(
        self,
        model: Classifier,
        augment: Augment,
        photos: TrainingPhotos,
        options: FineTuneOptions,
        runtime: Runtime,
        first_epoch: int = 0,
    ) -> None:
        """`first_epoch`: how many epochs the history has already, for the row numbers."""
        self.photos, self.options, self.runtime, self.first_epoch = photos, options, runtime, first_epoch
        self.model = model.to(runtime.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        weights = loss_weights(options.imbalance, photos.labels[photos.train], model.head.classes)
        weights = weights if weights is None else weights.to(runtime.device)
        self.stepper = Stepper(
            self.model,
            augment.to(runtime.device),
            torch.optim.AdamW(parameter_groups(model, options.learning_rate, options.weight_decay), fused=True),
            Objective(weights, options.label_smoothing),
            runtime,
            options.mixup,
        )

    @property
    def pass_steps(self) -> int:
        """Batches in one pass over the training photos; a last one of a single photo is dropped."""
        photos, batch = len(self.photos.train), self.options.batch_size
        return max(1, photos // batch + (1 if photos % batch > 1 else 0))

    def make_batch(self, step: int) -> Batch:
        """Return the photos of `step`, a function of the seed and the step alone."""
        passes, within = divmod(step, self.pass_steps)
        labels = self.photos.labels[self.photos.train]
        order = epoch_order(labels, self.options.imbalance, seeds.generator(self.options.seed, "order", passes))
        chosen = order[within * self.options.batch_size : (within + 1) * self.options.batch_size]
        positions = self.photos.train[chosen]
        canvas, shapes = collate(self.photos.read(positions, seeds.generator(self.options.seed, "varied", step)))
        targets = torch.from_numpy(labels[chosen])
        return Batch(canvas, shapes, targets, seeds.derive(self.options.seed, "step", step))

    def measure(self, steps: int = 5) -> tuple[float, float]:
        """Return seconds a step and seconds a validation pass, from real steps on a copy of the model.

        The fastest step counts: what else the machine does just now should not shorten the whole run.
        """
        trial = FineTuner(copy.deepcopy(self.model), self.stepper.augment, self.photos, self.options, self.runtime)
        set_training(trial.model, self.options.frozen_statistics)
        trial.stepper.step(trial.make_batch(0), 0.0)
        taken = []
        for step in range(steps):
            started = time.perf_counter()
            trial.stepper.step(trial.make_batch(step), 0.0)[0].item()
            taken.append(time.perf_counter() - started)
        step_seconds = min(taken)
        some = self.photos.validation[:VALIDATION_BATCH]
        started = time.perf_counter()
        trial.validate(trial.model, some)
        seconds_a_photo = (time.perf_counter() - started) / max(1, len(some))
        return step_seconds, seconds_a_photo * len(self.photos.validation)

    def validate(self, model: Classifier, positions: Int64Array) -> tuple[float | None, float | None]:
        """Return loss and accuracy of `model` on the photos at `positions`, see `training.validation`."""
        return validate(model, self.photos, positions, self.options.label_smoothing, self.runtime)

    def fit(
        self,
        plan: Plan,
        folder: Path,
        seconds_left: Callable[[], float],
        progress: Progress,
        on_epoch: Callable[[list[EpochRow]], None],
    ) -> FitState:
        """Run `plan`, leaving the best averaged weights in the model.

        Where `seconds_left()` does not suffice for the epochs to come, fewer are planned; below 0 it ends at once.

        A checkpoint is written to `folder` after each epoch and every 20 s. Raises `UnseenError` where the loss is
        no longer a number.
        """
        average = MovingAverage(self.model, plan.steps)
        state = self._restore(folder, average)
        if state.planned:
            plan = replace(plan, steps=state.planned, epochs=-(-state.planned // plan.epoch_steps))
        state.planned = plan.steps
        saved_at = time.perf_counter()
        with progress.task("fine-tune", plan.steps * self.options.batch_size, "photos") as task:
            task.advance(state.step * self.options.batch_size)
            # nothing is saved on Ctrl-C: it may come inside a step, and half of one would be resumed as none
            while state.step < plan.steps and not self._stale(state, plan) and not state.stopped:
                state.stopped = seconds_left() < 0
                if not state.stopped:
                    self._one_step(state, plan, average, task)
                ended = state.step % plan.epoch_steps == 0 or state.step == plan.steps or state.stopped
                if ended and state.seen:
                    self._end_epoch(state, average)
                    on_epoch(state.history)
                    plan = shorten(plan, state.step, state.history[-1].seconds, seconds_left())
                    state.planned = plan.steps
                if ended or time.perf_counter() - saved_at > CHECKPOINT_SECONDS:
                    self._save(folder, state, average)
                    saved_at = time.perf_counter()
        if state.best is not None:
            self.model.load_state_dict(state.best)
        self.model.eval()
        return state

    def _stale(self, state: FitState, plan: Plan) -> bool:
        """Early stopping: the validation loss has not fallen for `patience` epochs, all in the second half of the plan.

        Near its peak the learning rate holds the loss up, and what it was good for shows when it falls: of letters that
        another person shows, 0.785 were told where it stopped after 7 of 12 epochs, with the first as the best, and
        0.897 by a full course (docs/log.md).
        """
        halfway = plan.steps // (2 * plan.epoch_steps)
        waited = len(state.history) - max(state.best_epoch, halfway)
        return state.best is not None and len(self.photos.validation) > 0 and waited >= self.options.patience

    def _one_step(self, state: FitState, plan: Plan, average: MovingAverage, task: Task) -> None:
        started = time.perf_counter()
        set_training(self.model, self.options.frozen_statistics)
        batch = self.make_batch(state.step)
        loss, right = self.stepper.step(batch, warmup_cosine(state.step, plan.steps))
        average.update(self.model, state.step)
        state.step += 1
        state.loss_sum += float(loss) * len(batch.targets)
        state.right += int(right)
        state.seen += len(batch.targets)
        state.seconds += time.perf_counter() - started
        note = f"epoch {len(state.history) + 1}/{plan.epochs} loss {state.loss_sum / state.seen:.3f}"
        if state.history and state.history[-1].validation_accuracy is not None:
            note += f" validation {state.history[-1].validation_accuracy:.3f}"
        task.advance(self.options.batch_size, note)

    def _end_epoch(self, state: FitState, average: MovingAverage) -> None:
        """Validate the averaged weights, keep them if they are the best, and write the epoch's row."""
        started = time.perf_counter()
        if not math.isfinite(state.loss_sum):
            raise UnseenError(
                f"the training loss is {state.loss_sum} by step {state.step}: use a lower --learning-rate"
            )
        loss, accuracy = self.validate(average.model, self.photos.validation)
        judged = self.judged(average.model, loss)
        rate = float(self.stepper.optimiser.param_groups[0]["lr"])
        row = EpochRow(
            self.first_epoch + len(state.history) + 1, "fine-tune", state.loss_sum / state.seen,
            state.right / state.seen, loss, accuracy, rate, state.seconds + time.perf_counter() - started,
        )  # fmt: skip
        state.history.append(row)
        if judged is None or judged <= state.best_loss:
            state.best = {name: value.clone() for name, value in average.model.state_dict().items()}
            state.best_loss = state.best_loss if judged is None else judged
            state.best_epoch = len(state.history)
        state.loss_sum, state.right, state.seen, state.seconds = 0.0, 0, 0, 0.0

    def judged(self, model: Classifier, loss: float | None) -> float | None:
        """Return what the best epoch is chosen by: the validation loss `loss`, and as much that of varied photos."""
        varied = varied_loss(
            model, self.stepper.augment, self.photos, self.options.label_smoothing, self.options.seed, self.runtime
        )
        return loss if loss is None or varied is None else (loss + varied) / 2

    def _save(self, folder: Path, state: FitState, average: MovingAverage) -> None:
        tensors = {
            **with_prefix("model", self.model.state_dict()),
            **with_prefix("average", average.model.state_dict()),
            **with_prefix("optimiser", optimiser_tensors(self.stepper.optimiser)),
            **with_prefix("best", state.best or {}),
        }
        save_checkpoint(folder, Checkpoint(tensors, state.facts()))

    def _restore(self, folder: Path, average: MovingAverage) -> FitState:
        checkpoint = load_checkpoint(folder)
        if checkpoint is None:
            return FitState()
        self.model.load_state_dict(under_prefix("model", checkpoint.tensors))
        average.model.load_state_dict(under_prefix("average", checkpoint.tensors))
        restore_optimiser(self.stepper.optimiser, under_prefix("optimiser", checkpoint.tensors))
        return FitState.of(checkpoint.facts, under_prefix("best", checkpoint.tensors) or None)
