"""Build a small generator of photos of a class, and the discriminator that it is trained against.

The generator scales the channels before each convolution by a style made of noise and class, and normalises each pixel
instead of each batch (Karras et al., 2019, arXiv:1812.04948; 2018, arXiv:1710.10196): a sample does not depend on what
else is in its batch, and the average of the weights over steps needs no statistics. The discriminator has spectral
norms, and multiplies its features with one vector a class (Miyato et al., 2018, arXiv:1802.05957, arXiv:1802.05637).
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the field's name for it
from torch.nn.utils.parametrizations import spectral_norm

NOISE, STYLE, MOST_CHANNELS = 128, 128, 256
DOUBLINGS = 4  # from the smallest plane to the whole side
STEP_PX, MOST_PX = 2**DOUBLINGS, 96
DEVIATIONS_OF = 4  # photos whose spread the discriminator is told, so that it sees when all are alike


@dataclass(frozen=True, slots=True)
class GanShape:
    """classes: C. side_px: of a photo, a multiple of 16 up to 96. width: channels of the largest planes."""

    classes: int
    side_px: int = 64
    width: int = 32

    @property
    def channels(self) -> list[int]:
        """Channels of the planes, smallest first: half as many each time the side doubles."""
        return [min(MOST_CHANNELS, self.width * 2**level) for level in range(DOUBLINGS, -1, -1)]


class _Styled(nn.Module):
    """A convolution whose input channels are scaled by the style, with noise a pixel."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.scale = nn.Linear(STYLE, inputs)
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.noise = nn.Parameter(torch.zeros(1, outputs, 1, 1))
        # as strong as what it scales: with PyTorch's own start, a tenth of it, all samples came out alike for long
        nn.init.normal_(self.scale.weight, std=STYLE**-0.5)
        nn.init.zeros_(self.scale.bias)

    def forward(self, planes: Tensor, style: Tensor) -> Tensor:
        planes = self.conv(planes * (1 + self.scale(style)[:, :, None, None]))
        grain = torch.randn(len(planes), 1, *planes.shape[2:], device=planes.device)
        return _pixel_norm(F.leaky_relu(planes + self.noise * grain, 0.2))


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
        self.start = nn.Parameter(torch.randn(1, channels[0], smallest, smallest))
        self.first = _Styled(channels[0], channels[0])
        self.grow = nn.ModuleList(_Styled(a, b) for a, b in pairwise(channels))
        self.refine = nn.ModuleList(_Styled(b, b) for b in channels[1:])
        self.colours = nn.ModuleList(nn.Conv2d(b, 3, 1) for b in channels)

    def forward(self, noise: Tensor, labels: Tensor) -> Tensor:
        """Make a photo of each class in `labels`."""
        style = _pixel_norm(self.style(torch.cat([_pixel_norm(noise), _pixel_norm(self.classes(labels))], dim=1)))
        planes = self.first(self.start.expand(len(noise), -1, -1, -1), style)
        photo = self.colours[0](planes)
        for grow, refine, colours in zip(self.grow, self.refine, list(self.colours)[1:], strict=True):
            planes = refine(grow(_doubled(planes), style), style)
            photo = _doubled(photo) + colours(planes)
        made: Tensor = photo.float()  # no tanh: light walls drove it to where it has no slope, and it stayed there
        return made


class _Halved(nn.Module):
    """A residual block that halves the side."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = spectral_norm(nn.Conv2d(inputs, inputs, 3, padding=1))
        self.second = spectral_norm(nn.Conv2d(inputs, outputs, 3, padding=1))
        self.skip = spectral_norm(nn.Conv2d(inputs, outputs, 1))

    def forward(self, planes: Tensor) -> Tensor:
        changed = self.second(F.leaky_relu(self.first(F.leaky_relu(planes, 0.2)), 0.2))
        halved: Tensor = F.avg_pool2d(changed, 2) + self.skip(F.avg_pool2d(planes, 2))
        return halved


class Discriminator(nn.Module):
    """Photos (N, 3, side_px, side_px) in -1..1 and class indices (N,) to how real they look, (N,)."""

    def __init__(self, shape: GanShape) -> None:
        super().__init__()
        channels = shape.channels[::-1]
        self.first = spectral_norm(nn.Conv2d(3, channels[0], 3, padding=1))
        self.blocks = nn.Sequential(*(_Halved(a, b) for a, b in pairwise(channels)))
        self.last = spectral_norm(nn.Conv2d(channels[-1] + 1, channels[-1], 3, padding=1))
        smallest = shape.side_px // STEP_PX
        self.features = spectral_norm(nn.Linear(channels[-1] * smallest**2, MOST_CHANNELS))
        self.real = spectral_norm(nn.Linear(MOST_CHANNELS, 1))
        self.classes = spectral_norm(nn.Embedding(shape.classes, MOST_CHANNELS))

    def forward(self, photos: Tensor, labels: Tensor) -> Tensor:
        """Judge each photo as one of its class."""
        planes = self.blocks(self.first(photos))
        planes = F.leaky_relu(self.last(torch.cat([planes, _spread(planes)], dim=1)), 0.2)
        features = F.leaky_relu(self.features(planes.flatten(1)), 0.2)
        found: Tensor = self.real(features)[:, 0] + (self.classes(labels) * features).sum(dim=1)
        return found.float()


def _pixel_norm(values: Tensor) -> Tensor:
    """Scale the channels, dimension 1, to a mean square of 1."""
    return values * torch.rsqrt(values.square().mean(dim=1, keepdim=True) + 1e-6)


def _doubled(planes: Tensor) -> Tensor:
    return F.interpolate(planes, scale_factor=2, mode="bilinear", align_corners=False)


def _spread(planes: Tensor) -> Tensor:
    """Return a plane (N, 1, H, W) of how much every few photos differ from one another."""
    together = min(DEVIATIONS_OF, len(planes))
    while len(planes) % together:
        together -= 1
    # photos beside one another: the discriminator is given real ones, then generated ones
    few = planes.float().reshape(-1, together, *planes.shape[1:])
    spread = (few.var(dim=1, unbiased=False) + 1e-8).sqrt().mean(dim=(1, 2, 3))
    spread = spread.repeat_interleave(together)[:, None, None, None]
    return spread.expand(-1, 1, *planes.shape[2:]).to(planes.dtype)
