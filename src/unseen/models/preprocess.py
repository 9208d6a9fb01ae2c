"""Turn uint8 photos (N, H, W, 3) RGB of any size into what the backbone expects; the one preprocessing.

It runs in training and evaluation and, exported inside the ONNX graph, everywhere else. Its resized pixels are
whole numbers computed in exact arithmetic, so that PyTorch, ONNX Runtime, a CPU and a GPU give *the same bytes*:
the filter weights are whole multiples of 2**-16, so that every sum of weight times pixel is one that float32 holds
exactly, in any order of summation. A resize per library that "looks the same" costs accuracy that nobody finds
(Parmar et al., 2022, "On Aliased Resizing", arXiv:2104.11222).
"""

from dataclasses import asdict, dataclass
from functools import lru_cache

import torch
from torch import Tensor, nn

from unseen.photos.fit import PADDING_GREY, fitted_span
from unseen.records import Fit

# Weights are whole multiples of one part in this; times 255 it stays below 2**24. A power of two: dividing by it
# is exact.
WEIGHT_UNIT = 2**16
# Outputs multiplied together: a fifth to a third of the work of the whole matrix at the usual sides.
BAND_PX = 32


@dataclass(frozen=True, slots=True)
class Normalisation:
    """Per-channel `(pixel - mean) / std`, R, G, B, in pixel units (0 to 255)."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def as_dict(self) -> dict[str, object]:
        """Return a JSON-ready copy."""
        return asdict(self)


UNIT = Normalisation((0.0,) * 3, (255.0,) * 3)  # pixels become 0 to 1
CENTRE = Normalisation((127.5,) * 3, (127.5,) * 3)  # pixels become -1 to 1
# Means and deviations of ImageNet's training photos, as every PyTorch model since torchvision expects them.
IMAGENET = Normalisation((123.675, 116.28, 103.53), (58.395, 57.12, 57.375))
# The three that need neither weights nor photos to be known.
FIXED_NORMALISATIONS = {"unit": UNIT, "centre": CENTRE}


def resize_weights(length: int, other: int, side_px: int, fit: Fit, device: torch.device) -> Tensor:
    """Return the (side_px, length) float32 weights that resize an axis: whole multiples of 1 / `WEIGHT_UNIT`.

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
    # what rounding lost goes to the largest weight: each row sums to the same power of two, and a constant photo
    # stays what it is without a division
    lost = (WEIGHT_UNIT - rounded.sum(dim=1, keepdim=True)) * inside[:, None].to(torch.int64)
    largest = torch.argmax(triangle, dim=1, keepdim=True)
    exact = rounded + lost * (torch.arange(length, device=device)[None, :] == largest).to(torch.int64)
    return exact.to(torch.float32) / WEIGHT_UNIT


@dataclass(frozen=True, slots=True)
class AxisResize:
    """How one axis of L pixels becomes S.

    reach: the inputs that any output touches. bands: for some outputs after another, the inputs they touch (counted
    from the start of `reach`) and their weights (outputs, inputs). padding: (S,) float32, 1 where an output pixel
    lies outside the photo.
    """

    reach: slice
    bands: tuple[tuple[slice, Tensor], ...]
    padding: Tensor

    def rows(self, pixels: Tensor) -> Tensor:
        """Resize whole numbers (N, reach, M) to (N, S, M), rounded to whole numbers."""
        parts = [torch.matmul(weights, pixels[:, inputs]) for inputs, weights in self.bands]
        return _rounded(parts, -2)

    def columns(self, pixels: Tensor) -> Tensor:
        """Resize whole numbers (N, C, M, reach) to (N, C, M, S), rounded to whole numbers."""
        parts = [torch.matmul(pixels[..., inputs], weights.T) for inputs, weights in self.bands]
        return _rounded(parts, -1)


def _rounded(parts: list[Tensor], dim: int) -> Tensor:
    return torch.round(parts[0]) if len(parts) == 1 else torch.cat(parts, dim).round_()


def axis_resize(length: int, other: int, side_px: int, fit: Fit, device: torch.device) -> AxisResize:
    """Return the resize of an axis; in a graph that is being exported, where L is not known, in one band."""
    if torch.compiler.is_compiling():
        weights = resize_weights(length, other, side_px, fit, device)
        return AxisResize(slice(None), ((slice(None), weights),), _padding(weights))
    return _banded(length, other, side_px, fit, device)


@lru_cache(maxsize=64)
def _banded(length: int, other: int, side_px: int, fit: Fit, device: torch.device) -> AxisResize:
    """Cut the matrix into bands of `BAND_PX` outputs: their weights touch few inputs, and the sums are the same."""
    weights = resize_weights(length, other, side_px, fit, device)
    touched = (weights > 0).cpu()
    reach = _extent(touched)
    bands = []
    for start in range(0, side_px, BAND_PX):
        inputs = _extent(touched[start : start + BAND_PX, reach])
        bands.append((inputs, weights[start : start + BAND_PX, reach][:, inputs].contiguous()))
    return AxisResize(reach, tuple(bands), _padding(weights))


def _padding(weights: Tensor) -> Tensor:
    return (weights.sum(dim=1) == 0).to(torch.float32)


def _extent(touched: Tensor) -> slice:
    """Return the columns from the first to the last true one; one column where a band is all padding."""
    inputs = torch.nonzero(touched.any(dim=0)).flatten()
    return slice(int(inputs[0]), int(inputs[-1]) + 1) if len(inputs) else slice(0, 1)


class Preprocess(nn.Module):
    """From raw photos to the backbone's input.

    side_px: side of the square that the backbone sees. fit: how a photo that is not square becomes one.
    normalisation: applied last, kept as buffers so that it travels with the weights. located_by: identity of the
    locator whose boxes are cropped, '' where photos are taken whole.
    """

    located_by = ""

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

    def resize(self, photos: Tensor, boxes: Tensor | None = None) -> Tensor:  # noqa: ARG002 - for those that crop
        """(N, H, W, 3) uint8 to (N, 3, side_px, side_px) float32 whole numbers in 0..255.

        boxes: (N, 4) as in `records.Regions`, which this one does not use and `BoxPreprocess` crops.
        """
        count, height, width = photos.shape[:3]
        vertical = axis_resize(height, width, self.side_px, self.fit, photos.device)
        horizontal = axis_resize(width, height, self.side_px, self.fit, photos.device)
        # what a crop leaves out is left out first; then whole rows, colours side by side as they lie in memory;
        # then planes, as networks want them
        pixels = photos[:, vertical.reach, horizontal.reach].to(torch.float32)
        kept = pixels.shape[2]
        rows = vertical.rows(pixels.reshape(count, -1, kept * 3))
        planes = rows.reshape(count, self.side_px, kept, 3).permute(0, 3, 1, 2)
        resized = horizontal.columns(planes)
        if self.fit != "letterbox":
            return resized
        padding = torch.maximum(vertical.padding[:, None], horizontal.padding)
        return resized + padding * PADDING_GREY

    def normalise(self, pixels: Tensor) -> Tensor:
        """(N, 3, S, S) float32 in 0..255 to the backbone's range."""
        return (pixels - self.mean) / self.std

    def forward(self, photos: Tensor, boxes: Tensor | None = None) -> Tensor:
        """(N, H, W, 3) uint8 RGB to (N, 3, side_px, side_px) float32, normalised."""
        return self.normalise(self.resize(photos, boxes))

    def seen(self, photos: Tensor) -> Tensor:
        """Return the pixels the model sees, (N, side_px, side_px, 3) uint8: what reports show."""
        return self.as_photos(self.resize(photos))

    @staticmethod
    def as_photos(pixels: Tensor) -> Tensor:
        """(N, 3, S, S) whole numbers to (N, S, S, 3) uint8."""
        return pixels.permute(0, 2, 3, 1).to(torch.uint8)
