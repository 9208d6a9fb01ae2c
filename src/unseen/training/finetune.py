"""Fine-tune a classifier, resumably, and keep the best: the averaged weights of an epoch, or the head as it was.

Every random draw is a function of the seed and the step, so a checkpoint holds only weights, averages and the
optimiser: a run that was killed and resumed ends with the numbers of one that was not.
"""

import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import torch
from torch import Tensor

from unseen.errors import UnseenError
from unseen.models.classifier import Classifier, set_training
from unseen.progress import Progress, Task
from unseen.runtime import Runtime
from unseen.training.average import MovingAverage
from unseen.training.checkpoint import (
    Checkpoint,
    Stateful,
    load_checkpoint,
    restore_states,
    save_checkpoint,
    state_tensors,
    under_prefix,
    with_prefix,
)
from unseen.training.fit_state import FitState
from unseen.training.history import EpochRow
from unseen.training.objective import make_objective
from unseen.training.optimise import Batch, Stepper, parameter_groups
from unseen.training.schedule import Plan, shorten, small_side, warmup_cosine
from unseen.training.selection import Judged, judge
from unseen.training.training_data import StepBatches, TrainingData

CHECKPOINT_SECONDS = 20.0
# The pace is the median of so many of the latest steps; of fewer than the least it is not known.
PACED_STEPS, LEAST_PACED = 32, 5


@dataclass(frozen=True, slots=True)
class FineTuneOptions:
    """How to fine-tune; everything is resolved.

    mixup: strength, 0 for none. imbalance: weights, sampling, focal or none. patience: epochs.
    frozen_statistics: keep the backbone's normalisation statistics.
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
        data: TrainingData,
        options: FineTuneOptions,
        runtime: Runtime,
        first_epoch: int = 0,
    ) -> None:
        """first_epoch: how many epochs the head was fitted for, 0 where it was not; epochs are numbered on from it."""
        self.data, self.options, self.runtime, self.first_epoch = data, options, runtime, first_epoch
        self.model = model.to(runtime.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        labels = data.labels[data.train]
        objective = make_objective(options.imbalance, labels, model.head.classes, options.label_smoothing)
        self.stepper = Stepper(
            self.model,
            data.images.augment.to(runtime.device),
            torch.optim.AdamW(parameter_groups(model, options.learning_rate, options.weight_decay), fused=True),
            objective.to(runtime.device),
            runtime,
            options.mixup,
        )

    @property
    def batches(self) -> StepBatches:
        """What each step is given."""
        data, options = self.data, self.options
        return StepBatches(data.images, data.labels, data.train, options.seed, options.batch_size, options.imbalance)

    @property
    def pass_steps(self) -> int:
        """Steps of one pass over the training photos."""
        return self.batches.pass_steps

    def make_batch(self, step: int) -> Batch:
        """Return the photos of `step`, a function of the seed and the step alone."""
        return self.batches.make(step)

    def judge(self, model: Classifier) -> Judged:
        """Judge `model` on the validation photos, or on what stands in for them."""
        return judge(model, self.data, self.options.label_smoothing, self.runtime)

    def fit(
        self,
        plan: Plan,
        folder: Path,
        seconds_left: Callable[[], float],
        progress: Progress,
        on_epoch: Callable[[list[EpochRow]], None],
    ) -> FitState:
        """Run `plan`, and leave the best weights in the model: of an epoch's average, or the fitted head's.

        Where `seconds_left()` is too little at the pace of the latest steps, fewer epochs are planned; below 0 training
        ends at once. A fitted head is kept where not even one epoch can end in time. A checkpoint is written to
        `folder` after each epoch and every 20 s. Raises `UnseenError` where the loss is no longer a number.
        """
        average = MovingAverage(self.model, plan.steps)
        state = self._restore(folder, average)
        if self.first_epoch and state.best is None:
            state.head, state.best = self.judge(self.model).score, _copied(self.model)
        if state.planned:
            plan = replace(plan, steps=state.planned, epochs=-(-state.planned // plan.epoch_steps))
        state.planned = plan.steps
        pace: deque[float] = deque(maxlen=PACED_STEPS)
        saved_at = time.perf_counter()
        with progress.task("fine-tune", plan.steps * self.options.batch_size, "photos") as task:
            task.advance(state.step * self.options.batch_size)
            # nothing is saved on Ctrl-C: it may come inside a step, which a resumed run would then take twice
            while state.step < plan.steps and not self._stops_early(state, plan) and not state.stopped:
                plan = self._in_time(state, plan, pace, seconds_left())
                if not state.stopped:
                    pace.append(self._one_step(state, plan, average, task))
                ended = state.step % plan.epoch_steps == 0 or state.step == plan.steps or state.stopped
                if ended and state.seen and not state.abandoned:
                    self._end_epoch(state, average)
                    on_epoch(state.history)
                if ended or time.perf_counter() - saved_at > CHECKPOINT_SECONDS:
                    self._save(folder, state, average)
                    saved_at = time.perf_counter()
        if state.best is not None:
            self.model.load_state_dict(state.best)
        self.model.eval()
        return state

    def _in_time(self, state: FitState, plan: Plan, pace: Sequence[float], seconds_left: float) -> Plan:
        """Return `plan`, shortened where it would end too late; say in `state` where nothing more fits.

        pace: seconds of the latest steps. The median counts: one step that had to wait does not end an epoch.
        """
        if len(pace) >= LEAST_PACED:
            plan = shorten(plan, state.step, median(pace), seconds_left)
        too_late = seconds_left < 0 or plan.steps <= state.step
        # with a head to go back to, less than an epoch is not worth its time
        state.abandoned = bool(self.first_epoch) and not state.history and (too_late or plan.steps < plan.least_steps)
        state.stopped = too_late or state.abandoned
        state.planned = plan.steps
        return plan

    def _stops_early(self, state: FitState, plan: Plan) -> bool:
        """Say whether the validation loss has not fallen for `patience` epochs of the second half of the plan.

        Training never stops before the learning rate has decayed: stopping at epoch 7 of 12, with the first epoch as
        the best, classified 78.5% of another person's letters correctly, the full schedule 89.7% (docs/log.md).
        """
        halfway = plan.steps // (2 * plan.epoch_steps)
        waited = len(state.history) - max(state.best_epoch, halfway)
        judged = len(self.data.validation) > 0 and not self.data.stand_in
        return state.best is not None and judged and waited >= self.options.patience

    def _one_step(self, state: FitState, plan: Plan, average: MovingAverage, task: Task) -> float:
        """Take a step; return the seconds that it takes on photos of the whole side."""
        started = time.perf_counter()
        set_training(self.model, self.options.frozen_statistics)
        batch = self.make_batch(state.step)
        if small := plan.small(state.step):
            batch = replace(batch, side_px=small_side(self.data.images.augment.side_px))
        loss, right = self.stepper.step(batch, warmup_cosine(state.step, plan.steps))
        average.update(self.model, state.step)
        state.step += 1
        state.loss_sum += float(loss) * len(batch.targets)
        state.right += int(right)
        state.seen += len(batch.targets)
        seconds = time.perf_counter() - started
        state.seconds += seconds
        note = f"epoch {len(state.history) + 1}/{plan.epochs} loss {state.loss_sum / state.seen:.3f}"
        if state.history and state.history[-1].validation_accuracy is not None:
            note += f" validation {state.history[-1].validation_accuracy:.3f}"
        task.advance(self.options.batch_size, note)
        return seconds / (plan.small_cost if small else 1.0)

    def _end_epoch(self, state: FitState, average: MovingAverage) -> None:
        """Validate the averaged weights, keep them if they are the best, and write the epoch's row."""
        started = time.perf_counter()
        if not math.isfinite(state.loss_sum):
            raise UnseenError(
                f"the training loss is {state.loss_sum} by step {state.step}: use a lower --learning-rate"
            )
        judged = self.judge(average.model)
        rate = float(self.stepper.optimiser.param_groups[0]["lr"])
        row = EpochRow(
            self.first_epoch + len(state.history) + 1, "fine-tune", state.loss_sum / state.seen,
            state.right / state.seen, judged.loss, judged.accuracy, rate, state.seconds + time.perf_counter() - started,
        )  # fmt: skip
        state.history.append(row)
        below_head = state.head is not None and judged.score is not None and judged.score.below(state.head)
        loss = judged.selection_loss
        if not below_head and (loss is None or loss <= state.best_loss):
            state.best = _copied(average.model)
            state.best_loss = state.best_loss if loss is None else loss
            state.best_epoch = len(state.history)
        state.loss_sum, state.right, state.seen, state.seconds = 0.0, 0, 0, 0.0

    def _save(self, folder: Path, state: FitState, average: MovingAverage) -> None:
        tensors = state_tensors(self._parts(average)) | with_prefix("best", state.best or {})
        save_checkpoint(folder, Checkpoint(tensors, state.facts()))

    def _restore(self, folder: Path, average: MovingAverage) -> FitState:
        checkpoint = load_checkpoint(folder)
        if checkpoint is None:
            return FitState()
        restore_states(self._parts(average), checkpoint.tensors)
        return FitState.of(checkpoint.facts, under_prefix("best", checkpoint.tensors) or None)

    def _parts(self, average: MovingAverage) -> dict[str, Stateful]:
        return {"model": self.model, "average": average.model, "optimiser": self.stepper.optimiser}


def _copied(model: Classifier) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}
