"""Build a small generator of photos of a class.

The generator scales the channels before each convolution by a style made of noise and class, and normalises each pixel
instead of each batch (Karras et al., 2019, arXiv:1812.04948; 2018, arXiv:1710.10196): a sample does not depend on what
else is in its batch, and the average of the weights over steps needs no statistics.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the field's name for it

NOISE, STYLE, MOST_CHANNELS = 128, 128, 128
STYLING = ("classes.", "style.", "start.")
DOUBLINGS = 4  # from the smallest plane to the whole side
STEP_PX, MOST_PX = 2**DOUBLINGS, 96


@dataclass(frozen=True, slots=True)
class GanShape:
    """classes: C. side_px: of a photo, a multiple of 16 up to 96. width: channels of the largest planes."""

    classes: int
    side_px: int = 64
    width: int = 16

    @property
    def channels(self) -> list[int]:
        """Channels of the planes, smallest first: half as many each time the side doubles."""
        return [min(MOST_CHANNELS, self.width * 2**level) for level in range(DOUBLINGS, -1, -1)]


class _Styled(nn.Module):
    """A convolution whose input channels are scaled by the style; the side is doubled before it where asked."""

    def __init__(self, inputs: int, outputs: int, *, doubles: bool = False) -> None:
        super().__init__()
        self.scale = nn.Linear(STYLE, inputs)
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.doubles = doubles
        # as strong as what it scales: with PyTorch's own start, a tenth of it, all samples came out alike for long
        nn.init.normal_(self.scale.weight, std=STYLE**-0.5)
        nn.init.zeros_(self.scale.bias)

    def forward(self, planes: Tensor, style: Tensor) -> Tensor:
        planes = planes * (1 + self.scale(style)[:, :, None, None])  # before it is doubled: a quarter of the work
        planes = F.leaky_relu(self.conv(_doubled(planes) if self.doubles else planes), 0.2)
        places = planes.permute(0, 2, 3, 1)  # how they lie in memory
        return F.layer_norm(places, places.shape[-1:]).permute(0, 3, 1, 2)


class Generator(nn.Module):
    """Noise (N, NOISE) and class indices (N,) to photos (N, 3, side_px, side_px) float32, about -1..1."""

    def __init__(self, shape: GanShape) -> None:
        super().__init__()
        self.shape, channels = shape, shape.channels
        self.classes = nn.Embedding(shape.classes, NOISE)
        self.style = nn.Sequential(
            nn.Linear(2 * NOISE, STYLE), nn.LeakyReLU(0.2), nn.Linear(STYLE, STYLE), nn.LeakyReLU(0.2)
        )
        smallest = shape.side_px // STEP_PX
        # made of the style, too: from the same planes for all, samples differed in colour long before they did in pose
        self.start = nn.Linear(STYLE, channels[0] * smallest**2)
        self.smallest = (channels[0], smallest, smallest)
        self.first = _Styled(channels[0], channels[0])
        self.grow = nn.ModuleList(_Styled(a, b, doubles=True) for a, b in pairwise(channels))
        self.refine = nn.ModuleList(_Styled(b, b) for b in channels[1:])
        self.colours = nn.ModuleList(nn.Conv2d(b, 3, 1) for b in channels)

    def forward(self, noise: Tensor, labels: Tensor) -> Tensor:
        """Make a photo of each class in `labels`."""
        style = _pixel_norm(self.style(torch.cat([_pixel_norm(noise), _pixel_norm(self.classes(labels))], dim=1)))
        start = self.start(style).unflatten(1, self.smallest).contiguous(memory_format=torch.channels_last)
        planes = self.first(start, style)
        photo = self.colours[0](planes)
        for grow, refine, colours in zip(self.grow, self.refine, list(self.colours)[1:], strict=True):
            planes = refine(grow(planes, style), style)
            photo = _doubled(photo) + colours(planes)
        made: Tensor = photo.float()  # no tanh: light walls drove it to where it has no slope, and it stayed there
        return made

    def by_pace(self, rate: float, slow: float) -> list[dict[str, Any]]:
        """Return the parameters for an optimiser: what makes styles of noise learns slowly, or it forgets the noise."""
        named = [(name.startswith(STYLING) or ".scale." in name, p) for name, p in self.named_parameters()]
        return [
            {"params": [p for is_style, p in named if is_style is style], "lr": slow if style else rate}
            for style in (False, True)
        ]


def _pixel_norm(values: Tensor) -> Tensor:
    """Scale the channels, dimension 1, to a mean square of 1."""
    return values * torch.rsqrt(values.square().mean(dim=1, keepdim=True) + 1e-6)


def _doubled(planes: Tensor) -> Tensor:
    return F.interpolate(planes, scale_factor=2, mode="bilinear", align_corners=False)
