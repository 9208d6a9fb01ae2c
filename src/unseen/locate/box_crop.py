"""Crop photos to boxes: inside the network's preprocessing, and as photos with some margin for training to vary.

A thing that is a fifth of a photo is 25 pixels of 128 when the whole photo is shrunk. So the whole photo is shrunk to a
larger square, its view, and the box is cut from that.
"""

import numpy as np
import torch
from torch import Tensor, nn

from unseen.images import LazyImages
from unseen.models.backbone import Backbone
from unseen.models.preprocess import IMAGENET, Normalisation, Preprocess
from unseen.photos.fit import PADDING_GREY
from unseen.records import Fit, Float32Array, Images, Uint8Array

# The view is this many times 128 px, or twice the side of the crop where that is more.
VIEW_UNIT_PX, LEAST_UNITS = 128, 3
# Side of what training reads of a photo, as a multiple of the side of the box.
MARGIN = 1.25
# Boxes come back from shares to view coordinates in float32: rounded to so many steps a half view, the same square
# comes back, and every runtime computes the same pixels.
STEPS = 2.0**20


def view_side_px(side_px: int) -> int:
    """Return the side of the view that a crop of `side_px` is cut from: detail for boxes down to half a photo."""
    return max(LEAST_UNITS, -(-2 * side_px // VIEW_UNIT_PX)) * VIEW_UNIT_PX


class View(nn.Module):
    """The whole photo in a square with grey bands, and the share of it that is photo."""

    def __init__(self, side_px: int) -> None:
        super().__init__()
        self.side_px = side_px
        self._letterbox = Preprocess(side_px, "letterbox", IMAGENET)

    def forward(self, photos: Tensor) -> tuple[Tensor, Tensor]:
        """(N, H, W, 3) uint8 to (N, 3, S, S) float32 in 0..255, and half the photo's width and height in it, (1, 2).

        The view spans -1 to 1, so the longer side has 1.
        """
        height, width = photos.shape[1:3]
        longest = torch.sym_max(height, width)  # type: ignore[no-untyped-call]
        extent = torch.stack([_share(length, longest, photos.device) for length in (width, height)])
        return self._letterbox.resize(photos), extent[None]


class BoxPreprocess(Preprocess):
    """`Preprocess` of the square boxes that a locator found; photos without a box are fitted whole.

    located_by: identity of the locator, so that what is kept of its crops is found by it.
    """

    def __init__(self, side_px: int, fit: Fit, normalisation: Normalisation, located_by: str) -> None:
        super().__init__(side_px, fit, normalisation)
        self.located_by = located_by
        self.view = View(view_side_px(side_px))

    def resize(self, photos: Tensor, boxes: Tensor | None = None) -> Tensor:
        """(N, H, W, 3) uint8 and boxes (N, 4) float32 to (N, 3, side_px, side_px) float32 whole numbers in 0..255."""
        view, extent = self.view(photos)
        return self.crop(view, extent, torch.full((1, 4), torch.nan) if boxes is None else boxes)

    def crop(self, view: Tensor, extent: Tensor, boxes: Tensor) -> Tensor:
        """Cut `boxes` (N or 1, 4), in shares of the photo, NaN for the whole one, from what `View` returned."""
        fitted = {"crop": extent.amin(dim=1, keepdim=True).expand(1, 2), "squash": extent}.get(
            self.fit, torch.ones_like(extent)
        )
        whole = torch.cat([torch.zeros_like(fitted), fitted], dim=1)
        squares = torch.where(torch.isnan(boxes[:, :1]), whole, squares_of(boxes, extent))
        return cut_square(view, squares, self.side_px)


class CropToFeatures(nn.Module):
    """What is exported behind a locator: from the photo's view and its boxes to features and network input."""

    def __init__(self, preprocess: BoxPreprocess, backbone: Backbone) -> None:
        super().__init__()
        self.preprocess, self.backbone = preprocess, backbone

    def forward(self, view: Tensor, extent: Tensor, boxes: Tensor) -> tuple[Tensor, Tensor]:
        """View (N, 3, W, W), extent (1, 2) and boxes (N, 4) to features (N, D) and pixels (N, S, S, 3) uint8."""
        pixels = self.preprocess.crop(view, extent, boxes)
        return self.backbone(self.preprocess.normalise(pixels)), self.preprocess.as_photos(pixels)


def squares_of(boxes: Tensor, extent: Tensor) -> Tensor:
    """Boxes (N, 4) in shares of a photo to centre x, y and half width, height in its view, which spans -1 to 1."""
    corners = (boxes.reshape(-1, 2, 2) - 0.5) * (2 * extent[:, None])
    low, high = corners[:, 0], corners[:, 1]
    return torch.round(torch.cat([(low + high) / 2, (high - low) / 2], dim=1) * STEPS) / STEPS


def boxes_of(squares: Tensor, extent: Tensor) -> Tensor:
    """Centre and half sides (N, 4) in a view to left, top, right, bottom in shares of the photo; see `squares_of`."""
    centre, half = squares[:, :2], squares[:, 2:]
    return torch.cat([centre - half, centre + half], dim=1) / extent.repeat(1, 2) / 2 + 0.5


def _share(length: int, longest: int, device: torch.device) -> Tensor:
    # through a tensor, so that H and W stay free when the module is exported
    return torch.full((), 1.0, device=device) * length / longest


def cut_square(view: Tensor, squares: Tensor, side_px: int) -> Tensor:
    """Resize what lies in `squares` (N or 1, 4) of (N, 3, W, W) in 0..255 to (N, 3, side_px, side_px) whole numbers.

    Two products with triangle weights, which shrink without skipping pixels: in ONNX Runtime a third of the time of
    `GridSample` with four samples a pixel.
    """
    across = _weights(squares[:, 0], squares[:, 2], side_px, view.shape[3])
    down = _weights(squares[:, 1], squares[:, 3], side_px, view.shape[2])
    return torch.round(down[:, None] @ (view @ across[:, None].transpose(2, 3)))


def _weights(centre: Tensor, half: Tensor, side_px: int, length: int) -> Tensor:
    """Weights (N, side_px, length) of an axis' pixels, from -1 to 1, in the span `centre` -+ `half`, (N,) each.

    What lies beyond the span, such as the band of a letterbox, has no part in it.
    """
    steps = (torch.arange(side_px, device=centre.device) + 0.5) * (2 / side_px) - 1
    pixels = (torch.arange(length, device=centre.device) + 0.5) * (2 / length) - 1
    wanted = centre[:, None] + half[:, None] * steps
    reach = torch.clamp(half * (2 / side_px), min=2 / length)
    # a span narrower than a pixel still has the nearest one: a strip of a photo never gives NaN
    within = torch.clamp(half, min=1.001 / length)
    inside = ((pixels - centre[:, None]).abs() <= within[:, None]).to(pixels.dtype)
    # never quite 0, so that each row has a sum
    triangle = torch.clamp(1 - (wanted[:, :, None] - pixels).abs() / reach[:, None, None], min=1e-6) * inside[:, None]
    return triangle / triangle.sum(dim=2, keepdim=True)


def crop(images: Images, boxes: Float32Array) -> LazyImages:
    """Return N photos (H, W, 4) uint8, each cut to its box (N, 4) with `MARGIN` around it; whole where that is NaN.

    The margin ends at the photo's edge; a box that is wider than the photo gets grey bands, as in the network's view.
    """
    return LazyImages(len(images), lambda i: _cropped(images[i], boxes[i]))


def _cropped(photo: Uint8Array, box: Float32Array) -> Uint8Array:
    if not np.isfinite(box).all():
        return photo
    height, width = photo.shape[:2]
    low, high = box[:2].astype(np.float64), box[2:].astype(np.float64)
    centre, half = (low + high) / 2, (high - low) / 2
    low = np.maximum(centre - half * MARGIN, np.minimum(low, 0.0))
    high = np.minimum(centre + half * MARGIN, np.maximum(high, 1.0))
    left, top = (low * [width, height]).round().astype(int).tolist()
    right, bottom = (high * [width, height]).round().astype(int).tolist()
    right, bottom = max(right, left + 1), max(bottom, top + 1)
    cut = photo[max(top, 0) : bottom, max(left, 0) : right]
    beyond = ((max(-top, 0), max(bottom - height, 0)), (max(-left, 0), max(right - width, 0)), (0, 0))
    return cut if not np.any(beyond) else _with_bands(cut, beyond)


def _with_bands(photo: Uint8Array, beyond: tuple[tuple[int, int], ...]) -> Uint8Array:
    """Lay a photo (H, W, 4) between grey bands; where it has a mask they are background."""
    masked = bool(photo[..., 3].min() < 255)
    padded = np.pad(photo, beyond, constant_values=round(PADDING_GREY))
    alpha = np.pad(photo[..., 3], beyond[:2], constant_values=0 if masked else 255)
    return np.dstack([padded[..., :3], alpha])
