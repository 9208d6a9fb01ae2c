"""The mask of a photo's foreground: alpha, confidence, and the method that found it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from unseen.records import Float32Array, Uint8Array

# From this confidence on a mask is used; below it the photo stays opaque. Hands and shapes planted on walls, textures
# and rooms: IoU is 0.9 or more for 99% of the masks from it on (the rest lack a sleeve), for 91% of those from 0.5 to
# it. On asl_kept/train 7 of 30 from 0.5 to it lacked a fingertip or contained clutter.
MIN_CONFIDENCE = 0.75

Method = Literal["transparency", "border", "plate", "grabcut", "keypoints", "studio", "none"]


@dataclass(frozen=True, slots=True)
class Mask:
    """alpha: (H, W) uint8, 255 on the foreground. confidence: 0 to 1. method: what found it."""

    alpha: Uint8Array
    confidence: float
    method: Method

    @classmethod
    def of(cls, alpha: Float32Array, confidence: float, method: Method) -> "Mask":
        """Return the mask of alpha (H, W) in 0..1."""
        return cls((alpha * 255 + 0.5).astype(np.uint8), confidence, method)

    @property
    def usable(self) -> bool:
        """Whether the confidence is high enough for the mask to be used."""
        return self.confidence >= MIN_CONFIDENCE


def opaque(height: int, width: int) -> Mask:
    """Return the mask of a photo whose foreground is not known: all of it."""
    return Mask(np.full((height, width), 255, np.uint8), 0.0, "none")
