"""Explain some of a run's mistakes and measure what its model withstands, as much as a training run has time for."""

from dataclasses import replace

import numpy as np

from unseen.dataset.dataset import SplitDataset
from unseen.evaluation.measure import Measured
from unseen.evaluation.metrics import worst_mistakes
from unseen.explanation.explaining_predictor import ExplainingPredictor
from unseen.explanation.stress.stress_test import stress
from unseen.pipelines.stages.cover_training import in_proportion
from unseen.progress import Progress
from unseen.records import Part
from unseen.report.next_steps import Diagnosis
from unseen.seeds import generator

# Each mistake costs 9 to 15 predictions, each photo under stress 27. At most, see `in_proportion`. One photo under
# stress tells nothing and would take a fifth of a small run: there it is left to `unseen stress`.
MISTAKES, STRESSED, FEWEST_STRESSED, SEVERITY = 6, 8, 2, 3


def diagnose(
    data: SplitDataset, predictor: ExplainingPredictor, measured: Measured, part: Part, seed: int, progress: Progress
) -> Diagnosis:
    """Diagnose the model by the photos of `part`, which must be held out."""
    positions, trained = data.split.positions(part), len(data.split.positions("train"))
    found = []
    for mistake in worst_mistakes(measured.predictions[part], in_proportion(MISTAKES, 2, trained)):
        photo = data.images[int(positions[mistake.position])][..., :3]
        found.append(replace(predictor.explain(photo, mistake.true), path=mistake.id))
    chosen = np.sort(generator(seed, "stress").permutation(positions)[: in_proportion(STRESSED, 0, trained)])
    if len(chosen) < FEWEST_STRESSED:
        return Diagnosis(tuple(found), None)
    photos = [data.images[i] for i in chosen.tolist()]
    groups = [data.split.groups[i] for i in chosen.tolist()]
    stressed = stress(predictor, photos, data.labels[chosen], groups, progress, (SEVERITY,), seed)
    return Diagnosis(tuple(found), stressed)
