"""Judge photos by features of a frozen network, so that little is left to learn (Sauer et al., 2021, arXiv:2111.01007).

The frozen network is the one that reads joints of hands (docs/landmarks.md): it comes with the package, and its first
blocks know edges, textures and parts. What is trained are a few convolutions on planes of three of its blocks, whose
channels are mixed at random before, so that no single one gives the photo away.
"""

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the field's name for it
from torch.nn.utils.parametrizations import spectral_norm

from unseen.locate.landmark_net import LateConv, builtin_landmarks

SEEN_PX = 64  # smaller photos are enlarged to it
# of blocks: channels, the deviation of their planes on photos of hands, how often the side is halved before judging
TAPS = {2: (24, 2.4, 2), 4: (40, 2.8, 1), 7: (80, 4.9, 0)}
SMALL_PX, COLOURS = 16, (3, 0.5, 2)  # the same of the photo itself in small, for light and colour
CHANNELS = 64
EMBEDDED = 0.05  # deviation of class vectors at the start, as of convolutions: with PyTorch's 1 they turned too slowly
DEVIATIONS_OF = 4  # photos whose spread the discriminator is told, so that it sees when all are alike


class FrozenEyes:
    """The frozen network; no module, so that neither optimisers nor checkpoints know of it."""

    def __init__(self, device: torch.device) -> None:
        network = copy.deepcopy(builtin_landmarks()).to(device)
        self.stem, self.blocks = network.stem, list[Any](network.blocks)[: max(TAPS) + 1]
        for block in self.blocks:
            if block.depthwise.pads:
                block.depthwise = _Slid(block.depthwise)

    def __call__(self, photos: Tensor) -> list[Tensor]:
        """(N, 3, S, S) in -1..1 to the photos in small and the planes of each tap, with a deviation of about 1."""
        if photos.shape[2] < SEEN_PX:
            photos = F.interpolate(photos, size=(SEEN_PX, SEEN_PX), mode="bilinear", align_corners=False)
        found = [F.interpolate(photos, size=(SMALL_PX, SMALL_PX), mode="area") / COLOURS[1]]
        planes = F.relu6(self.stem(((photos + 1) / 2).contiguous(memory_format=torch.channels_last)))
        for number, block in enumerate(self.blocks):
            planes = block(planes)
            if number in TAPS:
                found.append(planes / TAPS[number][1])
        return found


class _Slid(nn.Module):
    """A convolution of single channels with stride 2, by leaving out every other place.

    On CPUs the gradient of one with stride 2 takes ten times as long.
    """

    def __init__(self, conv: LateConv) -> None:
        super().__init__()
        self.conv = conv

    def forward(self, planes: Tensor) -> Tensor:
        padded = F.pad(planes, self.conv.pads or ())
        everywhere = F.conv2d(padded, self.conv.weight, self.conv.bias, groups=self.conv.groups)
        return everywhere[:, :, ::2, ::2].contiguous(memory_format=torch.channels_last)


class _Judge(nn.Module):
    """Planes of one tap and class indices to logits, one a place."""

    mix: Tensor

    def __init__(self, classes: int, channels: int, halvings: int) -> None:
        super().__init__()
        self.register_buffer("mix", torch.randn(CHANNELS, channels, 1, 1) * channels**-0.5)
        self.halve = nn.ModuleList(_conv(CHANNELS, CHANNELS, 3, 2) for _ in range(halvings))
        self.last, self.real = _conv(CHANNELS + 1, CHANNELS, 3, 1), _conv(CHANNELS, 1, 1, 1)
        of_class = nn.Embedding(classes, CHANNELS)
        nn.init.normal_(of_class.weight, std=EMBEDDED)
        self.classes = spectral_norm(of_class)

    def forward(self, planes: Tensor, labels: Tensor) -> Tensor:
        """Return how real each place looks, and how much like one of its class (Miyato, 2018, arXiv:1802.05637)."""
        planes = F.conv2d(planes, self.mix)
        for halve in self.halve:
            planes = F.leaky_relu(halve(planes), 0.2)
        planes = F.leaky_relu(self.last(torch.cat([planes, _spread(planes)], dim=1)), 0.2)
        of_class = (planes * self.classes(labels)[:, :, None, None]).sum(dim=1)
        found: Tensor = (self.real(planes)[:, 0] + of_class).flatten(1)
        return found.float()


class Discriminator(nn.Module):
    """Planes that `FrozenEyes` sees of N photos, and class indices (N,), to how real they look, (N, places)."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        seen = (COLOURS, *TAPS.values())
        self.judges = nn.ModuleList(_Judge(classes, channels, halvings) for channels, _, halvings in seen)

    def forward(self, seen: Sequence[Tensor], labels: Tensor) -> Tensor:
        """Judge each photo as one of its class."""
        return torch.cat([judge(planes, labels) for judge, planes in zip(self.judges, seen, strict=True)], dim=1)


def _conv(inputs: int, outputs: int, kernel: int, stride: int) -> nn.Module:
    return spectral_norm(nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2))


def _spread(planes: Tensor) -> Tensor:
    """Return a plane (N, 1, H, W) of how much every few photos differ from one another."""
    together = next(n for n in range(min(DEVIATIONS_OF, len(planes)), 0, -1) if len(planes) % n == 0)
    few = planes.float().reshape(-1, together, *planes.shape[1:])
    spread = (few.var(dim=1, unbiased=False) + 1e-8).sqrt().mean(dim=(1, 2, 3)).repeat_interleave(together)
    return spread[:, None, None, None].expand(-1, 1, *planes.shape[2:]).to(planes.dtype)
