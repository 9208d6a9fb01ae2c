"""Hold what fine-tuning reads: the photos of each step, and the inputs of the validation photos."""

from dataclasses import dataclass

import torch

from unseen import seeds
from unseen.augment.pipeline import collate
from unseen.inputs.training_images import TrainingImages
from unseen.records import Int64Array
from unseen.training.imbalance import epoch_order
from unseen.training.optimise import Batch
from unseen.training.validation import ValidationInputs


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Photos to train on and to validate on.

    labels: class index of each of the N photos in `images`, (N,). train: positions of the training photos.
    validation: inputs of the validation photos. augmented_validation: the same photos, augmented, or `None`. stand_in:
    there are no validation photos, and these are some of the training photos instead.
    """

    images: TrainingImages
    labels: Int64Array
    train: Int64Array
    validation: ValidationInputs
    augmented_validation: ValidationInputs | None
    stand_in: bool = False


@dataclass(frozen=True, slots=True)
class StepBatches:
    """The batches that training is given, each a function of the seed and the step alone.

    labels: class index of each of the N photos in `images`, (N,). train: positions of those trained on. imbalance: as
    resolved, see `epoch_order`.
    """

    images: TrainingImages
    labels: Int64Array
    train: Int64Array
    seed: int
    batch_size: int
    imbalance: str

    @property
    def pass_steps(self) -> int:
        """Steps of one pass over the training photos; a last batch of a single photo is dropped."""
        photos = len(self.train)
        return max(1, photos // self.batch_size + (1 if photos % self.batch_size > 1 else 0))

    def make(self, step: int) -> Batch:
        """Read the photos of `step`."""
        passes, within = divmod(step, self.pass_steps)
        labels = self.labels[self.train]
        order = epoch_order(labels, self.imbalance, seeds.generator(self.seed, "order", passes))
        chosen = order[within * self.batch_size : (within + 1) * self.batch_size]
        canvas, shapes = collate(self.images.read(self.train[chosen], seeds.generator(self.seed, "varied", step)))
        return Batch(canvas, shapes, torch.from_numpy(labels[chosen]), seeds.derive(self.seed, "step", step))
