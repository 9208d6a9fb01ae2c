"""The classifier on top: features (N, D) in, logits (N, C) out."""

import re

import torch
from torch import Tensor, nn

from unseen.errors import UnseenError


class Standardise(nn.Module):
    """Feature-wise `(x - mean) / std` with statistics of the training features, so that one learning rate fits all.

    It starts as the identity and is set once, when the head is fitted on a frozen backbone.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, features: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("std", torch.ones(features))

    def measure(self, features: Tensor) -> None:
        """Take the statistics of `features` (N, D); dead features keep a deviation of 1."""
        std, mean = torch.std_mean(features, dim=0, correction=0)
        self.mean.copy_(mean)
        self.std.copy_(torch.where(std > 1e-6, std, torch.ones_like(std)))

    def forward(self, x: Tensor) -> Tensor:
        """(N, D) to (N, D)."""
        return (x - self.mean) / self.std


def hidden_widths(head: str) -> tuple[int, ...]:
    """Read a head's name: `linear` is (), `100` is (100,), `512,128` is (512, 128)."""
    if head == "linear":
        return ()
    if not re.fullmatch(r"[1-9]\d{0,4}(,[1-9]\d{0,4})*", head):
        raise UnseenError(f"head '{head}' is not known: use linear, or hidden widths such as 100 or 512,128")
    return tuple(int(width) for width in head.split(","))


class Head(nn.Sequential):
    """Standardise, then dropout before each dense layer, ReLU between them."""

    def __init__(self, features: int, classes: int, head: str = "linear", dropout: float = 0.0) -> None:
        widths = (*hidden_widths(head), classes)
        layers: list[nn.Module] = [Standardise(features)]
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
