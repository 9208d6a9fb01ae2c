"""Compress pictures as JPEG does and decode them again, without making bytes.

Brightness and colour are separated and colour halved (ITU-T T.871), 8 x 8 blocks cosine-transformed, rounded to the
tables of ITU-T T.81 Annex K as libjpeg scales them, and put together again. Coding the rounded numbers loses nothing,
so it is left out.
"""

import functools
import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen.augment.batch_rng import BatchRng, Shape
from unseen.augment.policy import Policy
from unseen.photos.header import LUMINANCE_TABLE

HIGHEST_QUALITY = 95
CHROMA_TABLE = (
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99,
    99, 99, 99, *[99] * 32,
)  # fmt: skip
TO_YCC = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))


@dataclass(frozen=True, slots=True)
class Jpeg:
    """Compress photos. positions: (K,) int64, the photos of the batch. quality: (K,), 1 to 100."""

    positions: Tensor
    quality: Tensor

    @classmethod
    def draw(cls, rng: BatchRng, shape: Shape, policy: Policy) -> "Jpeg":
        """Draw qualities from `policy.jpeg_quality` to `HIGHEST_QUALITY`."""
        photos = shape[0]
        positions = rng.positions(photos, policy.jpeg, policy.p_unchanged)
        quality = policy.jpeg_quality + rng.uniform(photos) * (HIGHEST_QUALITY - policy.jpeg_quality)
        return cls(positions, quality[positions])

    def apply(self, pixels: Tensor) -> Tensor:
        """Compress and decode pixels (N, 3, H, W) in 0..255, in place."""
        if len(self.positions):
            pixels[self.positions] = jpeg(pixels[self.positions], self.quality)
        return pixels


def jpeg(pixels: Tensor, quality: Tensor) -> Tensor:
    """Compress and decode (N, 3, H, W) in 0..255 at `quality` (N,), 1 to 100, with chroma at half resolution."""
    height, width = pixels.shape[2:]
    padded = F.pad(pixels, (0, -width % 16, 0, -height % 16), mode="replicate")
    to_ycc = torch.tensor(TO_YCC, device=pixels.device)
    planes = torch.einsum("ij,njhw->nihw", to_ycc, padded)
    luma = _rounded(planes[:, :1] - 128, _table(LUMINANCE_TABLE, quality)) + 128
    chroma = _rounded(F.avg_pool2d(planes[:, 1:], 2), _table(CHROMA_TABLE, quality))
    planes = torch.cat([luma, F.interpolate(chroma, scale_factor=2, mode="bilinear", align_corners=False)], dim=1)
    out = torch.einsum("ij,njhw->nihw", torch.linalg.inv(to_ycc), planes)
    return out[:, :, :height, :width].clamp(0, 255)


def _table(table: tuple[int, ...], quality: Tensor) -> Tensor:
    """Scale a table of step sizes by `quality` as libjpeg's jpeg_quality_scaling does, (N, 64)."""
    percent = torch.where(quality < 50, 5000 / quality, 200 - 2 * quality)
    steps = torch.tensor(table, dtype=torch.float32, device=quality.device)
    return ((steps * percent[:, None] + 50) / 100).floor().clamp(1, 255)


@functools.cache
def _cosines() -> Tensor:
    """The orthonormal two-dimensional cosine transform of a flat 8 x 8 block, (64, 64)."""
    k, i = torch.meshgrid(torch.arange(8.0), torch.arange(8.0), indexing="ij")
    one = torch.cos((2 * i + 1) * k * math.pi / 16) * torch.where(k == 0, math.sqrt(1 / 8), 0.5)
    return torch.kron(one, one)


def _rounded(planes: Tensor, steps: Tensor) -> Tensor:
    """Round the cosine coefficients of planes (N, C, H, W) to multiples of `steps` (N, 64)."""
    photos, channels, height, width = planes.shape
    transform = _cosines().to(planes.device)
    blocks = planes.reshape(photos, channels, height // 8, 8, width // 8, 8).transpose(3, 4)
    blocks = blocks.reshape(photos, -1, 64) @ transform.T
    blocks = ((blocks / steps[:, None]).round_() * steps[:, None]) @ transform
    return blocks.reshape(photos, channels, height // 8, width // 8, 8, 8).transpose(3, 4).reshape(planes.shape)
