"""Measure the shipped bundle on a data set: predictions, and the blocks of `metrics.json`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from unseen.dataset.dataset import SplitDataset
from unseen.evaluation.metrics import measure
from unseen.inference.predictor import Predictor
from unseen.progress import Progress
from unseen.records import PARTS, Images, Int64Array, Part, Predictions

WINDOW = 128


@dataclass(frozen=True, slots=True)
class Measured:
    """Metric blocks by part (`None` where the part is empty) and the predictions they come from."""

    blocks: dict[Part, dict[str, Any] | None]
    predictions: dict[Part, Predictions]


def measure_parts(predictor: Predictor, data: SplitDataset, seed: int, progress: Progress) -> Measured:
    """Measure every part with the bundle that ships, in ONNX Runtime."""
    blocks: dict[Part, dict[str, Any] | None] = {}
    predictions: dict[Part, Predictions] = {}
    groups = data.split.groups
    paths = [photo.path for photo in data.photos]
    for part in PARTS:
        positions = data.split.positions(part)
        predictions[part] = predict(
            predictor, data.images, positions, data.labels, paths, groups, progress, f"measure {part}"
        )
        blocks[part] = measure(predictions[part], seed) if len(positions) else None
    return Measured(blocks, predictions)


def predict(
    predictor: Predictor,
    pixels: Images,
    positions: Int64Array,
    labels: Int64Array,
    paths: Sequence[str],
    groups: Sequence[str],
    progress: Progress,
    name: str,
) -> Predictions:
    """Run the bundle over the decoded photos at `positions`; labels, paths and groups are of all N photos."""
    logits = np.zeros((len(positions), len(predictor.classes)), np.float32)
    with progress.task(name, len(positions), "photos") as task:
        for start in range(0, len(positions), WINDOW):
            window = positions[start : start + WINDOW]
            logits[start : start + len(window)] = predictor.run([pixels[int(i)] for i in window]).logits
            task.advance(len(window))
    return Predictions(
        tuple(paths[int(i)] for i in positions),
        labels[positions],
        tuple(groups[int(i)] for i in positions),
        logits,
        predictor.classes,
    )
