"""Preprocessing that finds the hand first: uint8 photos (N, H, W, 3) in, the square about the hand (N, 3, S, S) out.

A hand that is a fifth of a photo is 25 pixels of 128 when the whole photo is shrunk. Here the whole photo is shrunk to
a larger square, `handnet` says where the joints are, and the square about them is cut from it. Where it sees no hand
the whole photo is taken, as `Preprocess` does it: no photo is dropped.
"""

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen.model.handnet import HandNet
from unseen.model.preprocess import IMAGENET, Normalisation, Preprocess
from unseen.photos.fit import Fit, fitted_span

# The side `handnet` was taught at, and what it expects.
FINDER_PX = 128
FINDER_INPUT = Normalisation((128.0,) * 3, (128.0,) * 3)
# The square's side in extents of the joints, which end a fingernail before the hand does.
MARGIN = 1.5
# A smaller square would be blown up from a few pixels.
SMALLEST = 0.2
# P(hand) from which it is believed: measured, docs/handnet.md.
BELIEVED = 0.5
# Boxes are rounded to so many steps a half view, so that the last bits of another runtime move no pixel.
STEPS = 64


class HandFocus(Preprocess):
    """`Preprocess` of the square about the hand. `finder` is frozen and travels with the weights."""

    def __init__(self, side_px: int, fit: Fit, normalisation: Normalisation, finder: HandNet) -> None:
        super().__init__(side_px, fit, normalisation)
        self.reduced = -(-2 * side_px // FINDER_PX)
        self.whole = Preprocess(self.reduced * FINDER_PX, "letterbox", IMAGENET)
        self.finder_input = Preprocess(FINDER_PX, "letterbox", FINDER_INPUT)
        self.finder = finder.eval().requires_grad_(False)

    def resize(self, photos: Tensor) -> Tensor:
        """(N, H, W, 3) uint8 to (N, 3, side_px, side_px) float32 whole numbers in 0..255."""
        wide = self.whole.resize(photos)
        return cut_square(wide, self.squares(wide, photos.shape[1], photos.shape[2]), self.side_px)

    def squares(self, wide: Tensor, height: int, width: int) -> Tensor:
        """Return where to look, (N, 4): centre x and y, half width, half height, in the letterboxed view's -1 to 1.

        wide: (N, 3, W, W), photos of `height` x `width` pixels as `whole` resizes them.
        """
        found = self.finder.read(self.finder_input.normalise(F.avg_pool2d(wide, self.reduced)))
        low, high = found.places.amin(dim=1), found.places.amax(dim=1)  # (N, 2)
        longest = torch.sym_max(height, width)  # type: ignore[no-untyped-call]
        extent = torch.stack([_share(width, longest, low), _share(height, longest, low)])  # (2,)
        shorter = extent.amin(dim=0)
        half = (high - low).amax(dim=1) * (MARGIN / 2)
        believed = (torch.sigmoid(found.present) >= BELIEVED) & (half < shorter)
        half = torch.clamp(half, min=SMALLEST)
        half = torch.minimum(torch.ceil(half * STEPS) / STEPS, shorter)
        centre = torch.round((low + high) / 2 * STEPS) / STEPS
        centre = torch.minimum(torch.maximum(centre, half[:, None] - extent), extent - half[:, None])
        square = torch.cat([centre, half[:, None], half[:, None]], dim=1)
        span = [
            fitted_span(a, b, self.fit, torch.sym_min, torch.sym_max) for a, b in ((width, height), (height, width))
        ]
        fitted = torch.stack([_share(length, longest, low) for length in span])
        alone = torch.cat([torch.zeros_like(fitted), fitted])
        return torch.where(believed[:, None], square, alone)


def _share(length: int, longest: int, like: Tensor) -> Tensor:
    # through a tensor, so that H and W stay free when the module is exported
    return torch.full((), 1.0, device=like.device) * length / longest


def cut_square(wide: Tensor, squares: Tensor, side_px: int) -> Tensor:
    """Sample (N, 3, W, W) in 0..255 over `squares` (N, 4) to (N, 3, side_px, side_px) whole numbers."""
    steps = (torch.arange(side_px, device=wide.device) + 0.5) * (2 / side_px) - 1
    x = squares[:, 0, None] + squares[:, 2, None] * steps  # (N, S)
    y = squares[:, 1, None] + squares[:, 3, None] * steps
    grid = torch.stack([x[:, None, :].expand(-1, side_px, -1), y[:, :, None].expand(-1, -1, side_px)], dim=3)
    return torch.round(F.grid_sample(wide, grid, mode="bilinear", padding_mode="border", align_corners=False))
