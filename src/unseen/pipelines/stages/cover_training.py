"""Measure what training covered, for `unseen explain`, and write it into the bundle."""

from collections import Counter

import numpy as np

from unseen.context import RunContext
from unseen.dataset.dataset import SplitDataset
from unseen.explanation.coverage import cover, write_coverage
from unseen.explanation.explain_photo import Known, explain_logits, replayed, see
from unseen.explanation.explaining_predictor import ExplainingPredictor
from unseen.explanation.usual_values import IN_GENERAL, Usual, usual_of
from unseen.records import Float32Array, Int64Array
from unseen.seeds import generator

# Photos that are looked at: their pixels measured, their features computed, replayed. Each replay is 50 predictions.
MEASURED, FEATURES, REPLAYED = 120, 240, 6


def cover_training(
    context: RunContext, data: SplitDataset, predictor: ExplainingPredictor, train_features: Float32Array | None
) -> None:
    """Write `coverage.safetensors`; train_features: (n, D) of the training photos by the same weights, where known."""
    rng = generator(context.recipe.config.seed, "coverage")
    train = data.split.positions("train")
    others = rng.permutation(np.concatenate([data.split.positions(part) for part in ("test", "validation")]))
    usual = usual_of([see(data.images[i], IN_GENERAL).measures for i in _some(train, MEASURED, rng).tolist()])
    if train_features is None:
        train = _some(train, FEATURES, rng)
        train_features = predictor.features([data.images[i] for i in train.tolist()])
    held_out = others[: FEATURES // 4].tolist()
    if held_out:
        features = predictor.features([data.images[i] for i in held_out])
    else:
        features = np.empty((0, train_features.shape[1]), np.float32)
    rates = base_rates(predictor, data, others[:REPLAYED].tolist(), usual)
    made = cover(train_features, data.labels[train], train.astype(np.int64), features, usual, rates)
    write_coverage(context.run.model, made)


def base_rates(
    predictor: ExplainingPredictor, data: SplitDataset, positions: list[int], usual: Usual
) -> dict[str, float]:
    """Return how often each replay moves answers that are right, of the photos at `positions`."""
    moved, tried = Counter[str](), Counter[str]()
    for position in positions:
        seen = see(data.images[position], usual, predictor.box_of(data.images[position]))
        changed = replayed(seen)
        logits = np.concatenate([predictor.logits([seen.photo]), predictor.replay_logits(seen, changed)])
        label = data.classes[int(data.labels[position])]
        found = explain_logits(predictor.classes, seen, changed, logits, label, Known(usual))
        if found.right:
            tried.update(outcome.replay for outcome in found.replays)
            moved.update(outcome.replay for outcome in found.replays if outcome.label != found.label)
    # a photo more, moved half: of six photos none is no proof that none would
    return {name: (moved[name] + 0.1) / (tried[name] + 1) for name in tried}


def _some(positions: Int64Array, most: int, rng: np.random.Generator) -> Int64Array:
    return np.sort(rng.permutation(positions)[:most])
