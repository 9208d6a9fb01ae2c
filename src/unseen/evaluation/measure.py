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
    """What a model makes of n photos: logits (n, C), features (n, D), the locator's scores (n,) where it has one."""

    logits: Float32Array
    features: Float32Array
    scores: Float32Array | None = None


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
        predictions[part] = predictions_of(model, found.logits, positions, data.labels, paths, groups)
        blocks[part] = with_units(measure(predictions[part], seed), data) if len(positions) else None
    return Measured(blocks, predictions, features)


def run_photos(model: Predictor, images: Images, positions: Int64Array, progress: Progress, name: str) -> Outcome:
    """Return what the bundle makes of the decoded photos at `positions`."""
    scores = [np.zeros(0, np.float32)]
    logits = np.zeros((len(positions), len(model.classes)), np.float32)
    features = np.zeros((len(positions), model.facts.features), np.float32)
    with progress.task(name, len(positions), "photos") as task:
        for start in range(0, len(positions), WINDOW):
            window = positions[start : start + WINDOW]
            found = model.run([images[int(i)] for i in window])
            logits[start : start + len(window)] = found.logits
            features[start : start + len(window)] = found.features
            scores += [found.regions.scores] if found.regions else []
            task.advance(len(window))
    located = np.concatenate(scores)
    return Outcome(logits, features, located if len(located) == len(positions) else None)


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
    return predictions_of(model, logits, positions, labels, paths, groups)


def _logits(model: Model, pixels: Images, positions: Int64Array, progress: Progress, name: str) -> Float32Array:
    logits = np.zeros((len(positions), len(model.classes)), np.float32)
    with progress.task(name, len(positions), "photos") as task:
        for start in range(0, len(positions), WINDOW):
            window = positions[start : start + WINDOW]
            logits[start : start + len(window)] = logits_of(model, [pixels[int(i)] for i in window])
            task.advance(len(window))
    return logits


def predictions_of(
    model: Model,
    logits: Float32Array,
    positions: Int64Array,
    labels: Int64Array,
    paths: Sequence[str],
    groups: Sequence[str],
) -> Predictions:
    """Return logits (n, C) of the photos at `positions`, as metrics take them; the rest is of all N photos."""
    return Predictions(
        tuple(paths[int(i)] for i in positions),
        labels[positions],
        tuple(groups[int(i)] for i in positions),
        logits,
        model.classes,
    )
