"""What the report page shows of a run: prepared photos, metrics and predictions in, `ReportContent` out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from unseen.dataset.dataset import SplitDataset
from unseen.evaluation.metrics import Mistake, worst_mistakes
from unseen.inference.predictor import Predictor
from unseen.records import PARTS, Images, Part, Predictions, Uint8Array
from unseen.report.run_page import MAX_EXAMPLES, MAX_MISTAKES


def mistakes_seen(
    predictor: Predictor, pixels: Images, positions: Sequence[int], predictions: Predictions
) -> list[tuple[Mistake, Uint8Array]]:
    """Return the worst mistakes with the pixels the model saw; `positions` are those of `predictions`' photos."""
    mistakes = worst_mistakes(predictions, MAX_MISTAKES)
    if not mistakes:
        return []
    seen = predictor.seen([pixels[positions[mistake.position]] for mistake in mistakes])
    return list(zip(mistakes, seen, strict=True))


def examples_seen(predictor: Predictor, data: SplitDataset) -> dict[str, list[tuple[str, Uint8Array]]]:
    """Return photos of each class, evenly spread over its files, as the model sees them."""
    examples: dict[str, list[tuple[str, Uint8Array]]] = {}
    labels = data.labels
    for index, name in enumerate(data.classes):
        members = np.flatnonzero(labels == index)
        chosen = members[np.linspace(0, len(members) - 1, min(MAX_EXAMPLES, len(members))).astype(int)]
        seen = predictor.seen([data.images[int(i)] for i in chosen])
        paths = [data.photos[int(i)].path for i in chosen]
        examples[name] = list(zip(paths, seen, strict=True))
    return examples


def part_counts(data: SplitDataset) -> dict[str, dict[str, int]]:
    """Return class name -> part -> photos."""
    counts = Counter((photo.label, part) for photo, part in zip(data.photos, data.split.parts, strict=True))
    return {name: {part: counts[name, part] for part in PARTS} for name in data.classes}


def part_groups(data: SplitDataset) -> dict[str, int]:
    """Return part -> groups."""
    return {part: len({data.split.groups[int(i)] for i in data.split.positions(part)}) for part in PARTS}


def table_part(blocks: Mapping[Part, Mapping[str, Any] | None]) -> Part:
    """Return the part that tables and mistakes show: test, or validation where nothing was kept for a test."""
    return "test" if blocks.get("test") else "validation"
