"""A planted problem: which quadrant of a small noisy photo is bright; and a network that learns it in seconds."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from unseen.augment.pipeline import Augment
from unseen.augment.policy import POLICIES
from unseen.inputs.training_images import TrainingImages
from unseen.models.classifier import Classifier
from unseen.models.convnet import Conv, ConvNet, Pool
from unseen.models.head import Head
from unseen.models.preprocess import CENTRE, Preprocess
from unseen.progress import Progress, Silent
from unseen.records import Images, Int64Array, Uint8Array
from unseen.runtime import Runtime
from unseen.training.finetune import FineTuneOptions, FineTuner
from unseen.training.fit_state import FitState
from unseen.training.history import EpochRow
from unseen.training.schedule import Plan
from unseen.training.training_data import TrainingData
from unseen.training.validation import augmented_inputs, plain_inputs

SIDE_PX = 16
CLASSES = 4
TABLE = (Conv(8, 3), Pool(), Conv(12, 3), Pool())
RUNTIME = Runtime(torch.device("cpu"), bf16=False)
OPTIONS = FineTuneOptions(
    seed=7, batch_size=16, learning_rate=1e-2, weight_decay=0.01, label_smoothing=0.0, mixup=0.0, imbalance="none",
    patience=100, frozen_statistics=False,
)  # fmt: skip


@dataclass(frozen=True)
class PlantedPhotos:
    """Photos, their labels, the positions of those to train and to validate on, and cutouts if there are any."""

    pixels: Images
    labels: Int64Array
    train: Int64Array
    validation: Int64Array
    cutouts: Images | None = None


def quadrant_photo(label: int, seed: int) -> Uint8Array:
    """Grey noise of 20 to 23 px a side with one bright quadrant."""
    rng = np.random.default_rng(seed)
    height, width = 20 + seed % 4, 20 + seed % 3
    photo = rng.integers(60, 120, (height, width, 3), dtype=np.uint8)
    row, column = divmod(label, 2)
    photo[row * height // 2 : (row + 1) * height // 2, column * width // 2 : (column + 1) * width // 2] += 90
    return photo


def quadrants(train: int = 90, validation: int = 24) -> PlantedPhotos:
    labels = np.arange(train + validation, dtype=np.int64) % CLASSES
    pixels = [quadrant_photo(int(label), seed) for seed, label in enumerate(labels)]
    return PlantedPhotos(pixels, labels, np.arange(train), np.arange(train, train + validation))


def network(seed: int = 1, dropout: float = 0.0, norm: str = "batch") -> Classifier:
    torch.manual_seed(seed)
    backbone = ConvNet(TABLE, SIDE_PX, norm)
    return Classifier(
        Preprocess(SIDE_PX, "squash", CENTRE), backbone, Head(backbone.features, CLASSES, dropout=dropout)
    )


def tuner(
    photos: PlantedPhotos | None = None, augment: str = "none", dropout: float = 0.0, **options: Any
) -> FineTuner:
    photos, model = photos or quadrants(), network(dropout=dropout, norm=options.pop("norm", "batch"))
    settings = replace(OPTIONS, **options)
    images = TrainingImages(photos.pixels, Augment(POLICIES[augment], SIDE_PX, "squash"), photos.cutouts)
    stand_in = len(photos.validation) == 0
    judged = photos.train if stand_in else photos.validation
    data = TrainingData(
        images,
        photos.labels,
        photos.train,
        plain_inputs(model.preprocess, photos.pixels, judged, photos.labels),
        augmented_inputs(images, judged, photos.labels, settings.seed, RUNTIME.device),
        stand_in,
    )
    return FineTuner(model, data, settings, RUNTIME)


def plan_for(tuner: FineTuner, epochs: int) -> Plan:
    return Plan(epochs, tuner.pass_steps, epochs * tuner.pass_steps, 0.01)


def fit(tuner: FineTuner, folder: Path, epochs: int = 3, progress: Progress | None = None, **hooks: Any) -> FitState:
    seconds_left = hooks.get("seconds_left", lambda: float("inf"))
    on_epoch = hooks.get("on_epoch", lambda rows: None)
    return tuner.fit(plan_for(tuner, epochs), folder, seconds_left, progress or Silent(), on_epoch)


def weights(tuner: FineTuner) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in tuner.model.state_dict().items()}


def same(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(value, second[name]) for name, value in first.items())


def timeless(rows: list[EpochRow]) -> list[EpochRow]:
    return [replace(row, seconds=0.0) for row in rows]
