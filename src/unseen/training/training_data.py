"""Hold what fine-tuning reads: the training photos, and the inputs of the validation photos."""

from dataclasses import dataclass

from unseen.inputs.training_images import TrainingImages
from unseen.records import Int64Array
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
