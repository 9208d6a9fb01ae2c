"""Measure the exported bundle on every part of the photos."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from unseen.dataset.dataset import SplitDataset
from unseen.evaluation.metrics import Metrics, measure
from unseen.evaluation.tested_on import with_units
from unseen.inference.model import Model, logits_of
from unseen.inference.predictor import Predictor
from unseen.progress import Progress
from unseen.records import PARTS, Float32Array, Images, Int64Array, Part, Predictions

WINDOW = 128


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a model makes of n photos: logits (n, C) and features (n, D)."""

    logits: Float32Array
    features: Float32Array


@dataclass(frozen=True, slots=True)
class Measured:
    """Metrics by part (`None` where the part is empty), the predictions they come from, and their features (n, D)."""

    blocks: dict[Part, Metrics | None]
    predictions: dict[Part, Predictions]
    features: dict[Part, Float32Array]


def measure_parts(
    model: Predictor,
    data: SplitDataset,
    seed: int,
    progress: Progress,
    known: Mapping[Part, Outcome] = MappingProxyType({}),
) -> Measured:
    """Measure every part with the bundle that ships, in ONNX Runtime.

    known: of parts by the same weights, where their features are known already: no number that is reported for new
    photos may depend on them. Locating so many photos again would take half a minute.
    """
    blocks: dict[Part, Metrics | None] = {}
    predictions: dict[Part, Predictions] = {}
    features: dict[Part, Float32Array] = {}
    paths, groups = [photo.path for photo in data.photos], data.split.groups
    for part in PARTS:
        positions = data.split.positions(part)
        found = known.get(part)
        if found is None:
            found = run_photos(model, data.images, positions, progress, f"measure {part}")
        features[part] = found.features
        predictions[part] = _predictions(model, found.logits, positions, data.labels, paths, groups)
        blocks[part] = with_units(measure(predictions[part], seed), data) if len(positions) else None
    return Measured(blocks, predictions, features)


def run_photos(model: Predictor, images: Images, positions: Int64Array, progress: Progress, name: str) -> Outcome:
    """Return logits and features of the decoded photos at `positions`."""
    logits = np.zeros((len(positions), len(model.classes)), np.float32)
    features = np.zeros((len(positions), model.facts.features), np.float32)
    with progress.task(name, len(positions), "photos") as task:
        for start in range(0, len(positions), WINDOW):
            window = positions[start : start + WINDOW]
            found = model.run([images[int(i)] for i in window])
            logits[start : start + len(window)] = found.logits
            features[start : start + len(window)] = found.features
            task.advance(len(window))
    return Outcome(logits, features)


def predict_photos(
    model: Model,
    pixels: Images,
    positions: Int64Array,
    labels: Int64Array,
    paths: Sequence[str],
    groups: Sequence[str],
    progress: Progress,
    name: str,
) -> Predictions:
    """Predict the decoded photos at `positions` with any model; labels, paths and groups are of all N photos."""
    logits = _logits(model, pixels, positions, progress, name)
    return _predictions(model, logits, positions, labels, paths, groups)


def _logits(model: Model, pixels: Images, positions: Int64Array, progress: Progress, name: str) -> Float32Array:
    logits = np.zeros((len(positions), len(model.classes)), np.float32)
    with progress.task(name, len(positions), "photos") as task:
        for start in range(0, len(positions), WINDOW):
            window = positions[start : start + WINDOW]
            logits[start : start + len(window)] = logits_of(model, [pixels[int(i)] for i in window])
            task.advance(len(window))
    return logits


def _predictions(
    model: Model,
    logits: Float32Array,
    positions: Int64Array,
    labels: Int64Array,
    paths: Sequence[str],
    groups: Sequence[str],
) -> Predictions:
    return Predictions(
        tuple(paths[int(i)] for i in positions),
        labels[positions],
        tuple(groups[int(i)] for i in positions),
        logits,
        model.classes,
    )
