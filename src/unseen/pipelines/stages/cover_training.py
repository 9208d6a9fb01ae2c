"""Measure what training covered, for `unseen explain`, and write it into the bundle."""

import numpy as np

from unseen.context import RunContext
from unseen.dataset.dataset import SplitDataset
from unseen.evaluation.measure import Measured
from unseen.explanation.coverage import cover, write_coverage
from unseen.explanation.explaining_predictor import ExplainingPredictor
from unseen.explanation.hand_difference import JOINTS, in_palm
from unseen.explanation.known_training import know, with_rates
from unseen.explanation.places import Box
from unseen.records import Float32Array, Positions
from unseen.seeds import generator

# Photos whose pixels are measured, and that are replayed: 50 predictions each.
MEASURED, REPLAYED = 240, 3
# One photo more for each so many in training: a small set is to be answered at once. Rates of a single photo are worth
# less than what is usual: fewer than these two are not replayed.
TRAINED_EACH, FEWEST_REPLAYED = 40, 2


def in_proportion(most: int, least: int, trained: int) -> int:
    """Return how many photos are looked at more closely after training on `trained`."""
    return min(most, max(least, trained // TRAINED_EACH))


def cover_training(context: RunContext, data: SplitDataset, predictor: ExplainingPredictor, measured: Measured) -> None:
    """Write into the bundle's index what `measured` holds of the photos' features."""
    rng = generator(context.recipe.config.seed, "coverage")
    train = data.split.positions("train")
    some = np.sort(rng.permutation(train)[:MEASURED]).tolist()
    if not some:
        return
    boxes = data.boxes
    labels = data.labels[some].tolist()
    known = know([data.images[i] for i in some], [_box(boxes[i]) if boxes is not None else None for i in some], labels)
    others = rng.permutation(np.concatenate([data.split.positions(part) for part in ("test", "validation")]))
    replayed = others[: in_proportion(REPLAYED, 0, len(train))].tolist()
    if len(replayed) >= FEWEST_REPLAYED:
        known = with_rates(known, predictor, [(data.images[i], int(data.labels[i])) for i in replayed])
    held_out = np.concatenate([measured.features["test"], measured.features["validation"]])
    made = cover(
        measured.features["train"], data.labels[train], train.astype(np.int64), held_out, known, _hands(data, train)
    )
    if context.recipe.config.keep_thumbnails:
        made = made.with_thumbnails({row: data.images[row] for row in made.rows.tolist()})
    write_coverage(context.run.model, made)


def _box(row: Float32Array) -> Box | None:
    left, top, right, bottom = map(float, row)
    return None if np.isnan(left) else (left, top, right, bottom)


def _hands(data: SplitDataset, positions: Positions) -> Float32Array | None:
    """Return joints of the photos at `positions` in the palm's frame, (N, 21, 2), NaN where there are none."""
    if data.regions is None or data.regions.keypoints is None or data.regions.keypoints.shape[1:] != (JOINTS, 2):
        return None
    widths, heights = data.headers.width.tolist(), data.headers.height.tolist()
    hands = np.full((len(positions), JOINTS, 2), np.nan, np.float32)
    for row, position in enumerate(map(int, positions)):
        found = in_palm(data.regions.keypoints[position], (widths[position] or 1) / (heights[position] or 1))
        if found is not None:
            hands[row] = found
    return hands
