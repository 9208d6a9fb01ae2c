"""Hold what a training run has before anything is fitted."""

from dataclasses import dataclass

from unseen.config import TrainConfig
from unseen.context import RunContext
from unseen.dataset.dataset import SplitDataset
from unseen.inputs.training_images import TrainingImages
from unseen.models.classifier import Classifier
from unseen.progress import Progress
from unseen.records import Float32Array, Int64Array
from unseen.training.imbalance import resolve_imbalance
from unseen.training.known_signs import KnownSigns


@dataclass(frozen=True, slots=True)
class TrainingSetup:
    """A run before anything is fitted.

    trainable: names of the backbone's stages that fine-tuning trains, from the input on; none where it is frozen.
    features: frozen features of every photo, (N, D), `None` without pre-trained weights. epochs_stated: the user named
    the number of epochs, so there is fine-tuning, and an epoch is one pass over the photos. signs: the classes that are
    known from other people.
    """

    context: RunContext
    data: SplitDataset
    model: Classifier
    trainable: list[str]
    features: Float32Array | None
    images: TrainingImages
    epochs_stated: bool
    signs: KnownSigns | None = None

    @property
    def config(self) -> TrainConfig:
        """The resolved settings."""
        return self.context.config

    @property
    def progress(self) -> Progress:
        """Where the run reports."""
        return self.context.progress

    @property
    def train(self) -> Int64Array:
        """Positions of the training photos."""
        return self.data.split.positions("train")

    @property
    def validation(self) -> Int64Array:
        """Positions of the validation photos."""
        return self.data.split.positions("validation")

    def imbalance_of(self, labels: Int64Array) -> str:
        """Return what is done about classes of different sizes where these photos, (n,), are trained on."""
        return resolve_imbalance(self.config.imbalance, labels, len(self.data.classes))
