"""The two transforms that may change what a photo means, and the classes that they are allowed for."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from torch import Tensor


class Transform(StrEnum):
    """Flip a photo left to right, or rotate it by any angle. Settings, policies and files use these names."""

    FLIP = "flip"
    ROTATE = "rotate"


# The names of the alterations that show what a transform does to a class.
ALTERATIONS_OF: Mapping[Transform, tuple[str, ...]] = {
    Transform.FLIP: ("flipped",),
    Transform.ROTATE: ("rotated-left", "rotated-right", "upside-down"),
}


@dataclass(frozen=True, slots=True)
class AllowedTransforms:
    """flip, rotate: (C,) bool, the classes that keep their label under each transform."""

    flip: Tensor
    rotate: Tensor

    def of(self, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Return (N,) bool each: whether photos with class indices `labels` (N,) may be flipped, and rotated."""
        return self.flip.to(labels.device)[labels], self.rotate.to(labels.device)[labels]
