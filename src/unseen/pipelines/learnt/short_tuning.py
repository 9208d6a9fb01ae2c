"""Confirm a searched augmentation by short fine-tunings, where a run fine-tunes: what helps heads may not help it."""

import copy
import time
from dataclasses import dataclass

import numpy as np
import torch

from unseen.augment.policy import SavedPolicy
from unseen.features.extract import extract
from unseen.features.feature_set import subset
from unseen.inputs.training_images import with_settings
from unseen.models.classifier import set_training
from unseen.pipelines.stages.fine_tune import tuning_options
from unseen.pipelines.stages.fit_head import head_options
from unseen.pipelines.stages.training_setup import TrainingSetup
from unseen.progress import Silent
from unseen.records import BoolArray, Int64Array
from unseen.searching.judged_groups import JudgedGroups
from unseen.training.finetune import FineTuner
from unseen.training.linear_probe import fitted_copy
from unseen.training.schedule import warmup_cosine
from unseen.training.training_data import TrainingData
from unseen.training.validation import ValidationInputs

STEPS, LEAST_STEPS = 80, 20
TIME_SHARE = 0.25  # of the time left, for all of them
TUNINGS = 4  # each half of the groups is judged with the default and with what the other half chose
TIMED = 3  # steps, the first left out


@dataclass(frozen=True, slots=True)
class ShortTuning:
    """Fine-tunings that each start from a head on plain photos. steps: of each one, over a whole schedule."""

    setup: TrainingSetup
    judged: JudgedGroups
    steps: int

    def right(self, policy: SavedPolicy, half: int) -> BoolArray:
        """Return which photos of one half, fold by fold, a network is right on that was tuned on none of its groups."""
        folds, other = self.judged.halves[half], self.judged.halves[1 - half]
        asked = np.concatenate([fold.judged for fold in folds])
        train = folds[0].train if self.judged.apart else np.sort(np.concatenate([fold.judged for fold in other]))
        tuner = _tuner(self.setup, policy, train)
        take_steps(tuner, self.steps, self.steps)
        return _right(self.setup, tuner, asked)


def fine_tunes(setup: TrainingSetup) -> bool:
    """Say whether this run will fine-tune for all that is known before its head is fitted."""
    return bool(setup.trainable and setup.config.epochs) and (
        setup.epochs_stated or not setup.context.recipe.reads_crops
    )


def affordable_steps(setup: TrainingSetup, policy: SavedPolicy) -> int:
    """Time some steps; return how many each fine-tuning may have, 0 where they are too few to change anything."""
    tuner = _tuner(setup, policy, setup.train)
    take_steps(tuner, 1, STEPS)
    started = time.perf_counter()
    take_steps(tuner, TIMED - 1, STEPS)
    seconds = (time.perf_counter() - started) / (TIMED - 1)
    steps = min(STEPS, int(TIME_SHARE * setup.context.clock.left / (TUNINGS * seconds)))
    return steps if steps >= LEAST_STEPS else 0


def take_steps(tuner: FineTuner, steps: int, planned: int) -> None:
    """Take the first `steps` of `planned` ones."""
    for step in range(steps):
        set_training(tuner.model, tuner.options.frozen_statistics)
        tuner.stepper.step(tuner.make_batch(step), warmup_cosine(step, planned))
    tuner.model.eval()


def _tuner(setup: TrainingSetup, policy: SavedPolicy, train: Int64Array) -> FineTuner:
    """Return what fine-tunes a copy of the network on these photos by this policy."""
    config, labels = setup.config, setup.data.labels
    assert setup.features is not None
    model = copy.deepcopy(setup.model)
    model.head = fitted_copy(model.head, subset(setup.features, labels, train), head_options(setup), Silent())
    images = setup.images.with_policy(with_settings(policy.policy, config))
    nothing = ValidationInputs(0, lambda _: iter(()))
    options = tuning_options(setup, labels[train], config.mixup or policy.mixup)
    return FineTuner(model, TrainingData(images, labels, train, nothing, None), options, setup.context.runtime)


def _right(setup: TrainingSetup, tuner: FineTuner, asked: Int64Array) -> BoolArray:
    model, device = tuner.model, setup.context.runtime.device
    found = extract(model.preprocess, model.backbone, setup.data.images, asked, device, Silent(), setup.data.boxes)
    with torch.inference_mode():
        answers = model.head(torch.from_numpy(found).to(device)).argmax(dim=1).cpu().numpy()
    right: BoolArray = answers == setup.data.labels[asked]
    return right
