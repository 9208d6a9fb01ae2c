"""What every way of finding the subject returns: alpha, how sure it is, and which way it was."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from unseen.records import Uint8Array

# From this on a matte is used; below it the photo stays opaque. Hands and shapes planted on walls, textures and rooms:
# IoU is 0.9 or more for 99% of the mattes from it on (the rest lack a sleeve), for 91% of those from 0.5 to it. On
# asl_kept/train 7 of 30 from 0.5 to it lacked a fingertip or held clutter.
SURE = 0.75

Method = Literal["transparency", "border", "plate", "grabcut", "joints", "none"]
METHODS: tuple[Method, ...] = ("transparency", "border", "plate", "grabcut", "joints", "none")


@dataclass(frozen=True, slots=True)
class Matte:
    """alpha: (H, W) uint8, 255 on the subject. sure: 0 to 1, used from `SURE` on. method: what found it."""

    alpha: Uint8Array
    sure: float
    method: Method

    @property
    def usable(self) -> bool:
        """Whether the matte is sure enough to be used."""
        return self.sure >= SURE


def opaque(height: int, width: int, sure: float = 0.0) -> Matte:
    """Return the matte of a photo whose subject is not known: all of it."""
    return Matte(np.full((height, width), 255, np.uint8), sure, "none")
