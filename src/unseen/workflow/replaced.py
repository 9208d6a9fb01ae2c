"""Which photos are shown before another background: mattes and labels in, a photo with a matte for each photo out."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unseen.records import Int64Array, PhotoPixels, Uint8Array
from unseen.seeds import generator

BoolArray = npt.NDArray[np.bool_]

# Fewer training photos with a matte in some class, and no background is replaced: the network would learn those few.
LEAST_MATTED = 8


@dataclass(frozen=True, slots=True)
class Replaced:
    """Photos before other backgrounds; a `PhotoPixels`.

    stand_ins: position to the photo with a matte that is shown for it, often itself. All others are as `plain` has
    them.
    """

    plain: PhotoPixels
    matted: PhotoPixels
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
    """Return for each photo of `part` one of its class and part that has a matte: itself, or else one drawn at random.

    matted: (N,) bool. Were photos without a matte left out instead, the class with the fewest would hardly ever be seen
    before another background, and that would tell the label. `None` where a class has fewer than `least` with a matte.
    """
    stand_ins: dict[int, int] = {}
    for label in np.unique(labels[part]).tolist():
        members = part[labels[part] == label]
        known = members[matted[members]]
        if len(known) < least:
            return None
        drawn = generator(seed, "stand-ins", label).choice(known, len(members))
        stand_ins |= dict(zip(members.tolist(), np.where(matted[members], members, drawn).tolist(), strict=True))
    return stand_ins
