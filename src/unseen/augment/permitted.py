"""Which classes may be mirrored and turned: one answer a class in, one a photo out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from torch import Tensor

from unseen.per_class import Answer


@dataclass(frozen=True, slots=True)
class Permitted:
    """mirror, turn: (C,) bool, whether a photo of the class keeps its label left to right, and any way round."""

    mirror: Tensor
    turn: Tensor

    def of(self, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Return (N,) bool for mirroring and for turning photos with class indices `labels` (N,)."""
        return self.mirror.to(labels.device)[labels], self.turn.to(labels.device)[labels]


def decide(answers: Sequence[Answer], found: npt.NDArray[np.bool_] | None) -> npt.NDArray[np.bool_]:
    """Return (C,) bool from `auto`, False or True a class: the user's word, else what was `found` (C,) in the photos.

    Where nothing was looked for (`None`), `auto` is False.
    """
    safe = np.zeros(len(answers), np.bool_) if found is None else found
    return np.array([answer is True or (answer == "auto" and ok) for answer, ok in zip(answers, safe, strict=True)])
