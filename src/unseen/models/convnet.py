"""Define plain convolutional networks from a table."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from unseen.models.backbone import Backbone
from unseen.models.mobilenet import initialise
from unseen.models.norm import make_norm


@dataclass(frozen=True, slots=True)
class Conv:
    """A convolution without padding, then the chosen normalisation, then ReLU."""

    channels: int
    kernel_px: int


@dataclass(frozen=True, slots=True)
class Pool:
    """A maximum pool."""

    kernel_px: int = 2
    stride_px: int = 2


Layer = Conv | Pool

# The networks as their studies published them; the dense layers after them are the default heads (`registry.py`).
TABLES: dict[str, tuple[Layer, ...]] = {
    "cnn-fingers": (Conv(6, 3), Pool(), Conv(16, 4), Pool(4, 2), Conv(16, 5), Pool()),
    "cnn-asl": (
        Conv(32, 3), Pool(), Conv(64, 3), Pool(), Conv(128, 3), Pool(), Conv(256, 3), Pool(), Conv(512, 3), Pool(),
    ),
}  # fmt: skip


class ConvNet(Backbone):
    """A stack of `Conv` and `Pool` layers, flattened: `features` depends on the side of the input."""

    def __init__(self, table: tuple[Layer, ...], side_px: int, norm: str = "none") -> None:
        super().__init__()
        make = make_norm(norm)
        stages: list[list[nn.Module]] = []
        channels = 3
        for layer in table:
            if isinstance(layer, Conv):
                # a bias before a normalisation that subtracts the mean would never move
                conv = nn.Conv2d(channels, layer.channels, layer.kernel_px, bias=norm == "none")
                stages.append([conv, make(layer.channels), nn.ReLU()])
                channels = layer.channels
            else:
                stages[-1].append(nn.MaxPool2d(layer.kernel_px, layer.stride_px))
        self.layers = nn.Sequential(*(nn.Sequential(*stage) for stage in stages))
        initialise(self)
        self.eval()  # one photo has no batch statistics, and must leave none behind
        with torch.no_grad():
            self.features = self.forward(torch.zeros(1, 3, side_px, side_px)).shape[1]
        self.train()

    def stages(self) -> list[tuple[str, list[nn.Module]]]:
        """Return one stage a convolution."""
        return [(f"layers.{i}", [stage]) for i, stage in enumerate(self.layers)]

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) float32, normalised, to (N, D)."""
        return torch.flatten(self.layers(x), 1)
