"""Which classes may be mirrored and turned: one answer a class in, one a photo out."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, slots=True)
class Permitted:
    """mirror, turn: (C,) bool, whether a photo of the class keeps its label left to right, and any way round."""

    mirror: Tensor
    turn: Tensor

    def of(self, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Return (N,) bool for mirroring and for turning photos with class indices `labels` (N,)."""
        return self.mirror.to(labels.device)[labels], self.turn.to(labels.device)[labels]
