"""Which photos are shown before another background: mattes and labels in, a photo with a matte for each photo out."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from unseen.records import BoolArray, Images, Int64Array, Uint8Array
from unseen.seeds import generator

# Fewer training photos with a matte in some class, unless they are half of it, and no background is replaced: the
# network would learn those few.
LEAST_MATTED = 8
# The photos with a matte of the class that has the fewest are shown at most this many times as often, so that its share
# of other backgrounds can be that of the other classes. Letters of which 11% had a matte, shown nine times as often,
# were told 3 points worse (docs/log.md).
REPEATED = 2


@dataclass(frozen=True, slots=True)
class Replaced:
    """Photos before other backgrounds; a `Images`.

    stand_ins: position to the photo with a matte that is shown for it, mostly itself. All others are as `plain` has
    them.
    """

    plain: Images
    matted: Images
    stand_ins: Mapping[int, int]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.plain)

    def __getitem__(self, position: int, /) -> Uint8Array:
        """Return one photo, (H, W, 4) uint8."""
        stand_in = self.stand_ins.get(position)
        return self.plain[position] if stand_in is None else self.matted[stand_in]


def find_stand_ins(
    matted: BoolArray, labels: Int64Array, part: Int64Array, seed: int, least: int = LEAST_MATTED
) -> dict[int, int] | None:
    """Choose an equal share of each class in `part`; return for each of them a photo of its class that has a matte.

    That is the photo itself, or where too few have one, another of them drawn at random. matted: (N,) bool. Were the
    shares not equal, another background would tell the label. `None` where a class has fewer than `least` with a matte,
    and fewer than half of its photos.
    """
    classes = [part[labels[part] == label] for label in np.unique(labels[part])]
    if any(matted[members].sum() < min(least, -(-len(members) // 2)) for members in classes):
        return None
    share = min(1.0, REPEATED * min((float(matted[members].mean()) for members in classes), default=0.0))
    stand_ins: dict[int, int] = {}
    for members in classes:
        rng = generator(seed, "stand-ins", int(labels[members[0]]))
        order = rng.permutation(members)
        chosen = order[np.argsort(~matted[order], kind="stable")][: round(share * len(members))]
        others = rng.choice(members[matted[members]], len(chosen))
        stand_ins |= dict(zip(chosen.tolist(), np.where(matted[chosen], chosen, others).tolist(), strict=True))
    return stand_ins
