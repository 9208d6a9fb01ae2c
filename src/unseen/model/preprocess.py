"""The one preprocessing: uint8 photos (N, H, W, 3) RGB of any H and W in, what the backbone expects out.

It runs in training and evaluation and, exported inside the ONNX graph, everywhere else. Its resized pixels are
whole numbers computed in exact arithmetic, so that PyTorch, ONNX Runtime, a CPU and a GPU give *the same bytes*:
the filter weights are integers, and every sum of weight times pixel stays below 2**24, where float32 is exact in
any order of summation. A resize per library that "looks the same" costs accuracy that nobody finds
(Parmar et al., 2022, "On Aliased Resizing", arXiv:2104.11222).
"""

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn

from unseen.photos.fit import Fit, fitted_span

# Weights of one output pixel sum to about this; times 255 it stays below 2**24.
WEIGHT_UNIT = 2**15
PADDING_GREY = 128.0


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


def apply_weights(weights: Tensor, pixels: Tensor) -> tuple[Tensor, Tensor]:
    """Resize the rows of whole-number `pixels` (N, 3, L, M) to (N, 3, side_px, M), rounded to whole numbers.

    The second result, (side_px, 1), is 1 where a row is padding.
    """
    total = weights.sum(dim=1, keepdim=True)
    resized = torch.round(torch.matmul(weights, pixels) / torch.clamp(total, min=1.0))
    return resized, (total == 0).to(pixels.dtype)


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
        height, width = photos.shape[1], photos.shape[2]
        device = photos.device
        pixels = photos.permute(0, 3, 1, 2).to(torch.float32)
        rows = resize_weights(height, width, self.side_px, self.fit, device)
        columns = resize_weights(width, height, self.side_px, self.fit, device)
        pixels, row_padding = apply_weights(rows, pixels)
        pixels, column_padding = apply_weights(columns, pixels.transpose(2, 3))
        padding = torch.maximum(row_padding, column_padding.transpose(0, 1))
        return pixels.transpose(2, 3) + padding * PADDING_GREY

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
