"""Measure the exported bundle on every part of the photos."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from unseen.dataset.dataset import SplitDataset
from unseen.evaluation.metrics import Metrics, measure
from unseen.inference.model import Model, logits_of
from unseen.progress import Progress
from unseen.records import PARTS, Float32Array, Images, Int64Array, Part, Predictions

WINDOW = 128


@dataclass(frozen=True, slots=True)
class Measured:
    """Metrics by part (`None` where the part is empty) and the predictions they come from."""

    blocks: dict[Part, Metrics | None]
    predictions: dict[Part, Predictions]


def measure_parts(
    model: Model, data: SplitDataset, seed: int, progress: Progress, train_logits: Float32Array | None = None
) -> Measured:
    """Measure every part with the bundle that ships, in ONNX Runtime.

    train_logits: (n, C) of the training photos by the same weights, where their features are known already: no number
    that is reported for new photos depends on them, and locating so many photos again would take half a minute.
    """
    blocks: dict[Part, Metrics | None] = {}
    predictions: dict[Part, Predictions] = {}
    groups = data.split.groups
    paths = [photo.path for photo in data.photos]
    for part in PARTS:
        positions = data.split.positions(part)
        known = train_logits if part == "train" else None
        predictions[part] = predict_photos(
            model, data.images, positions, data.labels, paths, groups, progress, f"measure {part}", known
        )
        blocks[part] = measure(predictions[part], seed) if len(positions) else None
    return Measured(blocks, predictions)


def predict_photos(
    model: Model,
    pixels: Images,
    positions: Int64Array,
    labels: Int64Array,
    paths: Sequence[str],
    groups: Sequence[str],
    progress: Progress,
    name: str,
    known: Float32Array | None = None,
) -> Predictions:
    """Predict the decoded photos at `positions` with any model; labels, paths and groups are of all N photos.

    known: their logits (n, C), where these need not be computed.
    """
    logits = np.zeros((len(positions), len(model.classes)), np.float32)
    if known is not None:
        logits, missing = known, 0
    else:
        missing = len(positions)
    with progress.task(name, missing, "photos") as task:
        for start in range(0, missing, WINDOW):
            window = positions[start : start + WINDOW]
            logits[start : start + len(window)] = logits_of(model, [pixels[int(i)] for i in window])
            task.advance(len(window))
    return Predictions(
        tuple(paths[int(i)] for i in positions),
        labels[positions],
        tuple(groups[int(i)] for i in positions),
        logits,
        model.classes,
    )
