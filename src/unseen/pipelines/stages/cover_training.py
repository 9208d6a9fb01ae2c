"""Measure what training covered, for `unseen explain`, and write it into the bundle."""

from collections import Counter

import numpy as np

from unseen.context import RunContext
from unseen.dataset.dataset import SplitDataset
from unseen.evaluation.measure import Measured
from unseen.explanation.coverage import cover, write_coverage
from unseen.explanation.explain_photo import Known, explain_logits, replayed, see
from unseen.explanation.explaining_predictor import ExplainingPredictor
from unseen.explanation.usual_values import IN_GENERAL, Usual, usual_of
from unseen.seeds import generator

# Photos whose pixels are measured, and that are replayed: 50 predictions each.
MEASURED, REPLAYED = 120, 4
# One photo more for each so many in training: a small set is to be answered at once.
TRAINED_EACH = 40


def in_proportion(most: int, least: int, trained: int) -> int:
    """Return how many photos are looked at more closely after training on `trained`."""
    return min(most, max(least, trained // TRAINED_EACH))


def cover_training(context: RunContext, data: SplitDataset, predictor: ExplainingPredictor, measured: Measured) -> None:
    """Write `coverage.safetensors` by what `measured` holds of the photos' features."""
    rng = generator(context.recipe.config.seed, "coverage")
    train = data.split.positions("train")
    some = np.sort(rng.permutation(train)[:MEASURED]).tolist()
    if not some:
        return
    usual = usual_of([see(data.images[i], IN_GENERAL).measures for i in some])
    others = rng.permutation(np.concatenate([data.split.positions(part) for part in ("test", "validation")]))
    rates = base_rates(predictor, data, others[: in_proportion(REPLAYED, 1, len(train))].tolist(), usual)
    held_out = np.concatenate([measured.features["test"], measured.features["validation"]])
    made = cover(measured.features["train"], data.labels[train], train.astype(np.int64), held_out, usual, rates)
    write_coverage(context.run.model, made)


def base_rates(
    predictor: ExplainingPredictor, data: SplitDataset, positions: list[int], usual: Usual
) -> dict[str, float]:
    """Return how often each replay moves answers that are right, of the photos at `positions`."""
    moved, tried = Counter[str](), Counter[str]()
    for position in positions:
        seen = see(data.images[position], usual)
        changed = replayed(seen)
        logits = np.concatenate([predictor.logits([seen.photo]), predictor.replay_logits(changed)])
        label = data.classes[int(data.labels[position])]
        found = explain_logits(predictor.classes, seen, changed, logits, label, Known(usual))
        if found.right:
            tried.update(outcome.replay for outcome in found.replays)
            moved.update(outcome.replay for outcome in found.replays if outcome.label != found.label)
    # one photo more, a tenth of which moves: of a few photos none is no proof that none would
    return {name: (moved[name] + 0.1) / (tried[name] + 1) for name in tried}
