"""The one preprocessing: uint8 photos (N, H, W, 3) RGB of any H and W in, what the backbone expects out.

It runs in training and evaluation and, exported inside the ONNX graph, everywhere else. Its resized pixels are
whole numbers computed in exact arithmetic, so that PyTorch, ONNX Runtime, a CPU and a GPU give *the same bytes*:
the filter weights are integers, and every sum of weight times pixel stays below 2**24, where float32 is exact in
any order of summation. A resize per library that "looks the same" costs accuracy that nobody finds
(Parmar et al., 2022, "On Aliased Resizing", arXiv:2104.11222).
"""

from dataclasses import asdict, dataclass
from functools import lru_cache

import torch
from torch import Tensor, nn

from unseen.photos.fit import PADDING_GREY, Fit, fitted_span

# Weights of one output pixel sum to about this; times 255 it stays below 2**24.
WEIGHT_UNIT = 2**15
# Outputs multiplied together: a fifth to a third of the work of the whole matrix at the usual sides.
BAND_PX = 40


@dataclass(frozen=True, slots=True)
class Normalisation:
    """Per-channel `(pixel - mean) / std`, R, G, B, in pixel units (0 to 255)."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def as_dict(self) -> dict[str, object]:
        """Return a JSON-ready copy."""
        return asdict(self)


UNIT = Normalisation((0.0,) * 3, (255.0,) * 3)  # pixels become 0 to 1
CENTER = Normalisation((127.5,) * 3, (127.5,) * 3)  # pixels become -1 to 1
# Means and deviations of ImageNet's training photos, as every PyTorch model since torchvision expects them.
IMAGENET = Normalisation((123.675, 116.28, 103.53), (58.395, 57.12, 57.375))
# The three that need neither weights nor photos to be known.
FIXED_NORMALISATIONS = {"unit": UNIT, "center": CENTER}


def resize_weights(length: int, other: int, side_px: int, fit: Fit, device: torch.device) -> Tensor:
    """Return the (side_px, length) whole-number weights, as float32, that resize an axis of `length` pixels.

    Rows are triangle (bilinear) filters, widened when the photo shrinks, as Pillow's antialiased resize does.
    `other` is the length of the other axis. Rows of letterbox padding are all zero.
    """
    # torch.sym_min and sym_max keep H and W free when the module is exported; on plain ints they are min and max.
    span: int = fitted_span(length, other, fit, torch.sym_min, torch.sym_max)
    outputs = torch.arange(side_px, dtype=torch.int64, device=device)
    inputs = torch.arange(length, dtype=torch.int64, device=device)
    # In units of 1 / (2 * side_px) of a source pixel every position below is a whole number.
    centres = (2 * outputs + 1) * span + (length - span) * side_px
    positions = (2 * inputs + 1) * side_px
    reach = 2 * torch.sym_max(span, side_px)  # type: ignore[no-untyped-call]
    triangle = torch.clamp(reach - torch.abs(positions[None, :] - centres[:, None]), min=0)
    inside = (centres > 0) & (centres < 2 * side_px * length)
    triangle = triangle * inside[:, None].to(torch.int64)
    total = torch.clamp(triangle.sum(dim=1, keepdim=True), min=1)
    rounded = torch.div(2 * triangle * WEIGHT_UNIT + total, 2 * total, rounding_mode="floor")
    return rounded.to(torch.float32)


@dataclass(frozen=True, slots=True)
class AxisResize:
    """How one axis of L pixels becomes S: weights (S, L), their row sums (S,), and the bands worth multiplying.

    bands: (outputs, inputs) slices outside of which the weights are zero; one band is the whole matrix.
    """

    weights: Tensor
    totals: Tensor
    bands: tuple[tuple[slice, slice], ...]

    @property
    def padding(self) -> Tensor:
        """(S,) float32: 1 where an output pixel lies outside the photo."""
        return (self.totals == 0).to(torch.float32)

    def rows(self, pixels: Tensor) -> Tensor:
        """Resize (N, L, M) whole numbers to (N, S, M), rounded to whole numbers."""
        parts = [torch.matmul(self.weights[o, i], pixels[:, i]) for o, i in self.bands]
        return self._rounded(parts, -2, self.totals[:, None])

    def columns(self, pixels: Tensor) -> Tensor:
        """Resize (N, C, M, L) whole numbers to (N, C, M, S), rounded to whole numbers."""
        parts = [torch.matmul(pixels[..., i], self.weights[o, i].T) for o, i in self.bands]
        return self._rounded(parts, -1, self.totals)

    def _rounded(self, parts: list[Tensor], dim: int, totals: Tensor) -> Tensor:
        whole = parts[0] if len(parts) == 1 else torch.cat(parts, dim)
        return torch.round(whole / torch.clamp(totals, min=1.0))


def axis_resize(length: int, other: int, side_px: int, fit: Fit, device: torch.device) -> AxisResize:
    """Return the resize of an axis; in a graph that is being exported, where L is not known, without bands."""
    if torch.compiler.is_compiling():
        weights = resize_weights(length, other, side_px, fit, device)
        return AxisResize(weights, weights.sum(dim=1), ((slice(None), slice(None)),))
    return _banded(length, other, side_px, fit, device)


@lru_cache(maxsize=64)
def _banded(length: int, other: int, side_px: int, fit: Fit, device: torch.device) -> AxisResize:
    """Cut the matrix into bands of `BAND_PX` outputs: their weights touch few inputs, and the sums are the same."""
    weights = resize_weights(length, other, side_px, fit, device)
    touched = (weights > 0).cpu()
    bands = []
    for start in range(0, side_px, BAND_PX):
        inputs = torch.nonzero(touched[start : start + BAND_PX].any(dim=0)).flatten()
        first, last = (int(inputs[0]), int(inputs[-1])) if len(inputs) else (0, 0)
        bands.append((slice(start, min(start + BAND_PX, side_px)), slice(first, last + 1)))
    return AxisResize(weights, weights.sum(dim=1), tuple(bands))


class Preprocess(nn.Module):
    """From raw photos to the backbone's input.

    side_px: side of the square that the backbone sees. fit: how a photo that is not square becomes one.
    normalisation: applied last, kept as buffers so that it travels with the weights.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, side_px: int, fit: Fit, normalisation: Normalisation) -> None:
        super().__init__()
        self.side_px = side_px
        self.fit = fit
        self.normalisation = normalisation
        shape = (1, 3, 1, 1)
        self.register_buffer("mean", torch.tensor(normalisation.mean).reshape(shape), persistent=False)
        self.register_buffer("std", torch.tensor(normalisation.std).reshape(shape), persistent=False)

    def resize(self, photos: Tensor) -> Tensor:
        """(N, H, W, 3) uint8 to (N, 3, side_px, side_px) float32 whole numbers in 0..255."""
        count, height, width = photos.shape[:3]
        vertical = axis_resize(height, width, self.side_px, self.fit, photos.device)
        horizontal = axis_resize(width, height, self.side_px, self.fit, photos.device)
        # whole rows first, colours side by side as they lie in memory; then planes, as networks want them
        rows = photos.reshape(count, height, width * 3).to(torch.float32)
        planes = vertical.rows(rows).reshape(count, self.side_px, width, 3).permute(0, 3, 1, 2)
        padding = torch.maximum(vertical.padding[:, None], horizontal.padding)
        return horizontal.columns(planes) + padding * PADDING_GREY

    def normalise(self, pixels: Tensor) -> Tensor:
        """(N, 3, S, S) float32 in 0..255 to the backbone's range."""
        return (pixels - self.mean) / self.std

    def forward(self, photos: Tensor) -> Tensor:
        """(N, H, W, 3) uint8 RGB to (N, 3, side_px, side_px) float32, normalised."""
        return self.normalise(self.resize(photos))

    def seen(self, photos: Tensor) -> Tensor:
        """Return the pixels the model sees, (N, side_px, side_px, 3) uint8: what reports show."""
        return self.as_photos(self.resize(photos))

    @staticmethod
    def as_photos(pixels: Tensor) -> Tensor:
        """(N, 3, S, S) whole numbers to (N, S, S, 3) uint8."""
        return pixels.permute(0, 2, 3, 1).to(torch.uint8)
