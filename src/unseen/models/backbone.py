"""Define what every backbone is: features (N, D) of normalised pixels (N, 3, S, S), and its stages in order."""

from abc import abstractmethod

import torch
from torch import Tensor, nn


class Backbone(nn.Module):
    """A feature extractor whose later stages can be un-frozen.

    features: D, the number of features a photo. The head is separate (`models/head.py`).
    """

    features: int

    @property
    def trust(self) -> Tensor:
        """How far a new head is to rely on each feature, (D,) float32: 1, or less where others carry over better."""
        return torch.ones(self.features)

    @abstractmethod
    def stages(self) -> list[tuple[str, list[nn.Module]]]:
        """Return (name, modules) from the input to the output; every parameter is in exactly one stage."""

    @abstractmethod
    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) float32, normalised, to (N, D) float32."""
