"""Define VGG16's convolutions, in timm's parameter names.

Simonyan and Zisserman, 2014, "Very Deep Convolutional Networks", arXiv:1409.1556, configuration D. The two dense
layers of the original (120 of its 138 million parameters) are left out, as transfer learning does: the features
are the global average of the last pooled map, so that any side from 32 px on works.
"""

import torch
from torch import Tensor, nn

from unseen.models.backbone import Backbone
from unseen.models.mobilenet import initialise
from unseen.models.norm import make_norm

# Channels of the convolutions of each block; a 2x2 maximum pool ends a block.
BLOCKS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))


class VGG16(Backbone):
    """VGG16 without its dense layers."""

    def __init__(self, norm: str = "none") -> None:
        super().__init__()
        make = make_norm(norm)
        layers: list[nn.Module] = []
        self.block_ends = [0]
        channels = 3
        for block in BLOCKS:
            for outputs in block:
                layers.append(nn.Conv2d(channels, outputs, 3, padding=1))
                # no placeholder for `none`: the plain network's parameter names count layers
                layers += [] if norm == "none" else [make(outputs)]
                layers.append(nn.ReLU())
                channels = outputs
            layers.append(nn.MaxPool2d(2))
            self.block_ends.append(len(layers))
        # `features` is the sequence's name in timm and torchvision, so the feature count cannot carry it.
        self.convolutions = nn.Sequential(*layers)
        self.features = channels
        initialise(self)

    def stages(self) -> list[tuple[str, list[nn.Module]]]:
        """Return the five blocks."""
        spans = zip(self.block_ends, self.block_ends[1:], strict=False)
        return [(f"block{i}", list(self.convolutions.children())[a:b]) for i, (a, b) in enumerate(spans)]

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) float32, normalised, to (N, 512)."""
        return torch.mean(self.convolutions(x), dim=(2, 3))
