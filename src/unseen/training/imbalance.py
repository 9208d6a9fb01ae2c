"""Handle classes of different sizes: by loss weights, or by the order in which photos are drawn."""

import numpy as np

from unseen.records import Int64Array

# Below this ratio of the largest class to the smallest, imbalance costs no measurable accuracy.
UNEVEN_FROM = 1.5
# Of fewer training photos than this every class is scarce, whatever the others have.
ENOUGH_PHOTOS = 100


def resolve_imbalance(setting: str, labels: Int64Array, classes: int) -> str:
    """Resolve `auto`: weights where the largest class is over `UNEVEN_FROM` times the smallest."""
    if setting != "auto":
        return setting
    counts = np.bincount(labels, minlength=classes)
    present = counts[counts > 0]
    return "weights" if len(present) and present.max() > UNEVEN_FROM * present.min() else "none"


def missing_photos(labels: Int64Array, classes: int) -> Int64Array:
    """Return how many photos each class lacks, (C,): up to the largest class, where it is scarce beside it; else 0."""
    counts = np.bincount(labels, minlength=classes)
    enough = max(int(counts.max()), ENOUGH_PHOTOS)
    return np.where(counts * UNEVEN_FROM < enough, enough - counts, 0)


def epoch_order(labels: Int64Array, imbalance: str, rng: np.random.Generator) -> Int64Array:
    """Return the positions of one epoch's photos, in random order.

    `sampling` draws as many photos as there are, every class equally often: small classes repeat all their photos
    before any photo comes once more.
    """
    if imbalance != "sampling":
        return rng.permutation(len(labels))
    present = np.unique(labels)
    share = -(-len(labels) // len(present))
    drawn = []
    for label in present:
        members = np.flatnonzero(labels == label)
        rounds = -(-share // len(members))
        drawn.append(np.concatenate([rng.permutation(members) for _ in range(rounds)])[:share])
    return rng.permutation(np.concatenate(drawn))[: len(labels)]
