"""Measure how long a step of fine-tuning and a validation take."""

import copy
import time
from itertools import islice

from unseen.models.classifier import set_training
from unseen.training.finetune import FineTuner
from unseen.training.validation import logits_of


def measure_speed(tuner: FineTuner, steps: int = 5) -> tuple[float, float]:
    """Return the seconds of a step and of one validation, from real steps on a copy of the model.

    The fastest step counts: other work of this moment should not shorten the whole run.
    """
    trial = FineTuner(copy.deepcopy(tuner.model), tuner.data, tuner.options, tuner.runtime)
    set_training(trial.model, tuner.options.frozen_statistics)
    trial.stepper.step(trial.make_batch(0), 0.0)
    step_seconds = []
    for step in range(steps):
        started = time.perf_counter()
        trial.stepper.step(trial.make_batch(step), 0.0)[0].item()
        step_seconds.append(time.perf_counter() - started)
    validation_seconds = 0.0
    for inputs in (tuner.data.validation, tuner.data.augmented_validation or ()):
        batch = list(islice(inputs, 1))
        started = time.perf_counter()
        logits_of(trial.model, batch, tuner.runtime)
        seconds_a_photo = (time.perf_counter() - started) / max(1, sum(len(labels) for _, labels in batch))
        validation_seconds += seconds_a_photo * len(tuner.data.validation)
    return min(step_seconds), validation_seconds
