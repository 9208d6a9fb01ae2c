"""Choose the photos that are cut out and shown before other backgrounds: an equal share of each class."""

import numpy as np

from unseen.records import BoolArray, Int64Array
from unseen.seeds import generator

# Replace backgrounds only if every class has so many masked photos (or masks for half of them); otherwise the network
# would memorise those few.
MIN_MASKED = 8
# The masked photos of the class that has the fewest are shown at most this many times as often, so that its share of
# other backgrounds can be that of the other classes. Letters of which 11% had a mask, shown nine times as often, came
# to 3 points less accuracy (docs/log.md).
MAX_REPEATS = 2


def choose_cutouts(
    masked: BoolArray, labels: Int64Array, positions: Int64Array, seed: int, least: int = MIN_MASKED
) -> dict[int, int] | None:
    """Choose an equal share of each class among `positions`, and for each photo of it one of its class with a mask.

    That is the photo itself, or where too few have a mask, another one drawn at random. masked: (N,) bool. If the
    shares were not equal, another background would reveal the label. `None` where a class has fewer than `least` masked
    photos, and masks for fewer than half of its photos.
    """
    classes = [positions[labels[positions] == label] for label in np.unique(labels[positions])]
    if any(masked[members].sum() < min(least, -(-len(members) // 2)) for members in classes):
        return None
    share = min(1.0, MAX_REPEATS * min((float(masked[members].mean()) for members in classes), default=0.0))
    cutout_for: dict[int, int] = {}
    for members in classes:
        rng = generator(seed, "stand-ins", int(labels[members[0]]))
        order = rng.permutation(members)
        chosen = order[np.argsort(~masked[order], kind="stable")][: round(share * len(members))]
        others = rng.choice(members[masked[members]], len(chosen))
        cutout_for |= dict(zip(chosen.tolist(), np.where(masked[chosen], chosen, others).tolist(), strict=True))
    return cutout_for
