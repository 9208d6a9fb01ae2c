"""Return sets of classes that hold the right one as often as asked: all classes that are probable enough.

Conformal prediction (Sadinle et al., 2019, "Least ambiguous set-valued classifiers with bounded error levels",
arXiv:1609.00451): how probable is enough follows from how probable the right class was on photos held out. Photos of
the run's own people promise too much of others: for hands it is at most what photos of other people asked for in
`unknown_model.json`.
"""

import numpy as np

from unseen.errors import UnseenError
from unseen.inference.reference import Reference
from unseen.inference.unknown import builtin_unknown_model
from unseen.records import Float32Array

LEAST_PHOTOS = 20


def least_probability(known: Reference | None, level: float, temperature: float) -> float:
    """Return how probable a class must be to be among those of which one is right in `level` of the photos."""
    if not 0 < level < 1:
        raise UnseenError(f"--sets {level:g} is no share: use a number between 0 and 1, such as 0.95")
    if known is None or len(known.labels) < LEAST_PHOTOS:
        raise UnseenError(
            f"--sets needs a run that held out {LEAST_PHOTOS} photos, made with this version: train on more photos, or "
            "leave --sets away"
        )
    odds = known.logits.astype(np.float64) / temperature
    said = np.exp(odds - odds.max(axis=1, keepdims=True))
    right = (said / said.sum(axis=1, keepdims=True))[np.arange(len(said)), known.labels]
    # of n photos and one more: the rank that split conformal prediction takes
    rank = int(np.floor((len(right) + 1) * (1 - level)))
    own = float(np.sort(right)[rank - 1]) if rank else 0.0
    if not len(known.usual):
        return own
    model = builtin_unknown_model()
    others = model.sets_known_signs if len(known.sign_classes) else model.sets
    return min(own, float(np.exp(np.interp(level, model.levels, np.log(others)))))


def label_sets(probabilities: Float32Array, classes: tuple[str, ...], least: float) -> list[tuple[str, ...]]:
    """Return the classes of each photo (N, C) that are at least so probable, the likeliest first and never none."""
    order = np.argsort(-probabilities, axis=1, kind="stable")
    many = np.maximum(1, (probabilities >= least).sum(axis=1))
    return [tuple(classes[i] for i in row[:n].tolist()) for row, n in zip(order, many, strict=True)]
