"""Define the classifier on top of features."""

import copy
from collections.abc import Sequence
from typing import Any, Self

import torch
from torch import Tensor, nn

# In deviations of the training features; and before there are any (finite, for weights are averaged).
FARTHEST, UNLIMITED = 3.0, 1e30


class Standardise(nn.Module):
    """Feature-wise `(x - mean) / std` with statistics of the training features, so that one learning rate fits all.

    It starts as the identity and is set once, when the head is fitted on a frozen backbone. From then on its values are
    cut off at `FARTHEST` deviations: a feature that hardly moves in one room may lie 15 deviations away in another, and
    would outvote all the others: 0.92 against 0.996, trained on palms and tested on backs of hands (docs/log.md).
    """

    mean: Tensor
    std: Tensor
    farthest: Tensor

    def __init__(self, features: int, trust: Tensor | None = None) -> None:
        """trust: (D,), what a feature's deviation is scaled to; 1 for all by default."""
        super().__init__()
        self._trust = torch.ones(features) if trust is None else trust
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("std", torch.ones(features))
        self.register_buffer("farthest", torch.tensor(UNLIMITED))

    @property
    def trusts_all_alike(self) -> bool:
        """Whether every feature counts as much as any other."""
        return bool((self._trust == self._trust[0]).all())

    def trust_all_alike(self) -> None:
        """Let every feature count as much as any other when statistics are taken."""
        self._trust = torch.ones_like(self._trust)

    def _load_from_state_dict(self, state_dict: dict[str, Tensor], prefix: str, *more: Any) -> None:
        state_dict.setdefault(f"{prefix}farthest", torch.tensor(UNLIMITED))  # runs made before there was a limit
        super()._load_from_state_dict(state_dict, prefix, *more)

    def measure(self, features: Tensor) -> None:
        """Take the statistics of `features` (N, D); dead features keep a deviation of 1."""
        std, mean = torch.std_mean(features, dim=0, correction=0)
        self.mean.copy_(mean)
        self.std.copy_(torch.where(std > 1e-6, std, torch.ones_like(std)) / self._trust)
        self.farthest.fill_(FARTHEST)

    def forward(self, x: Tensor) -> Tensor:
        """(N, D) to (N, D)."""
        return torch.minimum(torch.maximum((x - self.mean) / self.std, -self.farthest), self.farthest)


class Head(nn.Sequential):
    """Standardise, then dropout before each dense layer, ReLU between them.

    hidden: widths of the hidden layers. trust: see `Backbone.trust`.
    """

    def __init__(
        self,
        features: int,
        classes: int,
        hidden: Sequence[int] = (),
        dropout: float = 0.0,
        trust: Tensor | None = None,
    ) -> None:
        widths = (*hidden, classes)
        layers: list[nn.Module] = [Standardise(features, trust)]
        inputs = features
        for position, width in enumerate(widths):
            layers += [nn.Dropout(dropout), nn.Linear(inputs, width)]
            layers += [nn.ReLU()] if position < len(widths) - 1 else []
            inputs = width
        super().__init__(*layers)
        self.classes = classes

    @property
    def standardise(self) -> Standardise:
        """The first layer."""
        layer = self[0]
        assert isinstance(layer, Standardise)
        return layer

    def unfitted(self) -> Self:
        """Return a head of the same shape that has seen nothing; what it trusts stays."""
        fresh = copy.deepcopy(self)
        for layer in fresh:
            if isinstance(layer, nn.Linear):
                layer.reset_parameters()
        return fresh
