"""Draw what backgrounds are made of: noise, coordinates, colours and soft shapes.

Everything is batched over N pictures of side S: planes are (N, 1, S, S), pictures (N, 3, S, S), float32 in 0..1.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen.augment.batch_rng import BatchRng

# Skin from light to dark in sRGB, the ends of the ten tones of the Monk scale and three between.
SKIN = ((0.96, 0.86, 0.78), (0.87, 0.68, 0.56), (0.72, 0.51, 0.38), (0.48, 0.31, 0.22), (0.23, 0.15, 0.12))


def coordinates(pictures: int, side_px: int, rng: BatchRng, turn: float = math.pi, scale: float = 1.0) -> Tensor:
    """Each picture's own rotated and scaled axes, (N, 2, S, S); without either, x and y in [-1, 1]."""
    steps = (torch.arange(side_px, device=rng.device) + 0.5) * (2 / side_px) - 1
    y, x = torch.meshgrid(steps, steps, indexing="ij")
    angle, factor = rng.around(pictures, turn), rng.factor(pictures, scale - 1)
    cos, sin = (torch.cos(angle) * factor)[:, None, None], (torch.sin(angle) * factor)[:, None, None]
    return torch.stack([cos * x - sin * y, sin * x + cos * y], dim=1)


def noise(
    pictures: int, side_px: int, rng: BatchRng, channels: int = 1, finest: int = 128, decay: float = 0.55
) -> Tensor:
    """Multi-octave noise, (N, channels, S, S), mean 0.5, mostly within 0..1.

    Each octave has twice the frequency and `decay` times the amplitude; 0.5 is the 1/f of natural pictures
    (Field, 1987).
    """
    cells, amplitude = 2, 1.0
    total, power = rng.normal(pictures, channels, cells, cells), 1.0
    while 2 * cells <= min(finest, side_px):
        cells, amplitude = 2 * cells, amplitude * decay
        total = _resized(total, cells).add_(rng.normal(pictures, channels, cells, cells), alpha=amplitude)
        power += amplitude**2
    return _resized(total, side_px).mul_(0.25 / math.sqrt(power)).add_(0.5)


def _resized(planes: Tensor, side_px: int) -> Tensor:
    """Octave upon octave bilinear steps come to a smooth curve, at a fifth of the time of bicubic ones."""
    return F.interpolate(planes, size=(side_px, side_px), mode="bilinear", align_corners=False)


def colours(pictures: int, count: int, rng: BatchRng, vivid: float = 0.15) -> Tensor:
    """Palettes (N, count, 3): mostly low saturation, as things are, warm or bluish, a share of vivid colours."""
    warm, blue = 0.09 + 0.05 * rng.normal(pictures, count), 0.6 + 0.05 * rng.normal(pictures, count)
    kind = rng.uniform(pictures, count)
    hue = torch.where(kind < 0.45, warm, torch.where(kind < 0.65, blue, rng.uniform(pictures, count)))
    saturation = 0.45 * rng.uniform(pictures, count) ** 1.7
    strong = rng.uniform(pictures, count) < vivid
    saturation = torch.where(strong, 0.4 + 0.5 * rng.uniform(pictures, count), saturation)
    value = 0.08 + 0.88 * rng.uniform(pictures, count)
    return from_hue(hue, saturation, value)


def from_hue(hue: Tensor, saturation: Tensor, value: Tensor) -> Tensor:
    """Hue (in turns), saturation and value of any one shape to RGB, with an axis of 3 at the end."""
    phases = torch.tensor([0.0, 4.0, 2.0], device=hue.device)
    pure = (((hue[..., None] * 6 + phases) % 6 - 3).abs() - 1).clamp(0, 1)
    return value[..., None] * (1 - saturation[..., None] * (1 - pure))


def skin(pictures: int, rng: BatchRng) -> Tensor:
    """Skin colours (N, 3) between the tones of `SKIN`."""
    tones = torch.tensor(SKIN, device=rng.device)
    place = rng.uniform(pictures) * (len(SKIN) - 1.001)
    low = place.long()
    share = (place - low)[:, None]
    return (tones[low] * (1 - share) + tones[low + 1] * share) * (1 + 0.06 * rng.normal(pictures, 3))


def plane(values: Tensor) -> Tensor:
    """Numbers (N,) or colours (N, 3) as planes of a picture, (N, C, 1, 1)."""
    return values.reshape(len(values), -1, 1, 1)


def blend(base: Tensor, over: Tensor, mask: Tensor) -> Tensor:
    """Lay `over` on `base` where the plane `mask` is 1."""
    return base + (over - base) * mask


def box(where: Tensor, centre: Tensor, half: Tensor, soft: float) -> Tensor:
    """Rectangles about `centre` (N, 2) of half sizes `half` (N, 2) on the axes `where`; edges `soft` wide."""
    beyond = ((where - centre[:, :, None, None]).abs() - half[:, :, None, None]).amax(dim=1, keepdim=True)
    return (0.5 - beyond / soft).clamp_(0, 1)


def oval(where: Tensor, centre: Tensor, half: Tensor, soft: Tensor) -> Tensor:
    """Ellipses likewise; `soft` (N,) is the width of the edge as a share of the radius."""
    radius = ((where - centre[:, :, None, None]) / half[:, :, None, None]).square().sum(dim=1, keepdim=True).sqrt()
    return ((1 - radius) / plane(soft) + 0.5).clamp_(0, 1)


def places(pictures: int, rng: BatchRng, reach: float = 1.0) -> Tensor:
    """Points (N, 2), uniform within plus-minus `reach`."""
    return (rng.uniform(pictures, 2) * 2 - 1) * reach


def fall_off(pictures: int, side_px: int, rng: BatchRng, depth: float = 0.5) -> Tensor:
    """Light that falls off to one side or away from a point, (N, 1, S, S), factors of about 1 - depth to 1 + depth."""
    where = coordinates(pictures, side_px, rng)
    ramp = where[:, :1]
    spot = 1 - (where - places(pictures, rng)[:, :, None, None]).square().sum(dim=1, keepdim=True)
    shape = torch.where(plane(rng.uniform(pictures) < 0.5), ramp, spot.clamp_(min=-1))
    return 1 + plane(rng.around(pictures, depth)) * shape
