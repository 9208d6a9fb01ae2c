"""Preprocessing that finds the hand first: uint8 photos (N, H, W, 3) in, the square about the hand (N, 3, S, S) out.

A hand that is a fifth of a photo is 25 pixels of 128 when the whole photo is shrunk. Here the whole photo is shrunk to
a larger square, `handnet` says about where the joints are, looks again more closely, and the square about them is cut
out. Where it sees no hand the whole photo is taken, as `Preprocess` does it: no photo is dropped.
"""

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen.model.handnet import HandNet, HandReading
from unseen.model.preprocess import IMAGENET, Normalisation, Preprocess
from unseen.model.registry import find_spec
from unseen.model.weights import builtin_weights, load_into
from unseen.photos.fit import Fit, fitted_span

# The side `handnet` was taught at, and what it expects.
FINDER_PX = 128
FINDER_INPUT = Normalisation((128.0,) * 3, (128.0,) * 3)
# The square's side in extents of the joints, which end a fingernail before the hand does; at the first look, which
# is the less exact the smaller the hand, more. With one look 0.49 of hands in a fifth of the photo were right, with two
# 0.69 (docs/log.md).
MARGIN, FIRST_MARGIN = 1.5, 3.3
# A smaller square would be blown up from a few pixels.
SMALLEST = 0.12
# P(hand) from which a hand is said to be there, and from which it is looked for more closely: to look at the wrong
# place costs nothing where there is no hand.
BELIEVED, SUSPECTED = 0.5, 0.1
# Boxes are rounded to so many steps a half view, so that the last bits of another runtime move no pixel.
STEPS = 256


class HandFocus(Preprocess):
    """`Preprocess` of the square about the hand. `finder` is frozen and travels with the weights."""

    def __init__(self, side_px: int, fit: Fit, normalisation: Normalisation, finder: HandNet) -> None:
        super().__init__(side_px, fit, normalisation)
        self.reduced = -(-2 * side_px // FINDER_PX)
        self.whole = Preprocess(self.reduced * FINDER_PX, "letterbox", IMAGENET)
        self.finder_input = Preprocess(FINDER_PX, "letterbox", FINDER_INPUT)
        self.finder = finder.eval().requires_grad_(False)

    def train(self, mode: bool = True) -> "HandFocus":
        """Leave the finder as it is: it is not what learns."""
        super().train(mode)
        self.finder.eval()
        return self

    def resize(self, photos: Tensor) -> Tensor:
        """(N, H, W, 3) uint8 to (N, 3, side_px, side_px) float32 whole numbers in 0..255."""
        wide = self.whole.resize(photos)
        height, width = photos.shape[1:3]
        longest = torch.sym_max(height, width)  # type: ignore[no-untyped-call]
        axes = ((width, height), (height, width))
        spans = [fitted_span(length, other, self.fit, torch.sym_min, torch.sym_max) for length, other in axes]
        extent, fitted = (
            torch.stack([_share(length, longest, wide.device) for length in lengths])[None]
            for lengths in ((width, height), spans)
        )
        return cut_square(wide, self.squares(wide, extent, fitted), self.side_px)

    def squares(self, wide: Tensor, extent: Tensor, fitted: Tensor) -> Tensor:
        """Return where to look, (N, 4): centre x and y, half width, half height, in the letterboxed view's -1 to 1.

        wide: (N, 3, W, W), photos as `whole` resizes them. extent: (N or 1, 2), half of each photo's width and height
        in that view. fitted: the same of what is seen of a photo without a hand.
        """
        far = self._look(F.avg_pool2d(wide, self.reduced))
        about = _square(far.places, FIRST_MARGIN, extent)
        near = self._look(cut_square(wide, about, FINDER_PX))
        places = about[:, None, :2] + about[:, None, 2:] * near.places
        whole = torch.cat([torch.zeros_like(fitted), fitted], dim=1)
        fits = _extents(places) * (MARGIN / 2) < extent.amin(dim=1)
        found = (torch.sigmoid(far.present) >= SUSPECTED) & fits
        return torch.where(found[:, None], _square(places, MARGIN, extent), whole)

    def _look(self, pixels: Tensor) -> HandReading:
        return self.finder.read(self.finder_input.normalise(pixels))


def _extents(places: Tensor) -> Tensor:
    """Joints (N, 21, 2) to the longer side of their box, (N,)."""
    return (places.amax(dim=1) - places.amin(dim=1)).amax(dim=1)


def _square(places: Tensor, margin: float, extent: Tensor) -> Tensor:
    """Return the square about joints (N, 21, 2), moved into the photo and no larger than it, (N, 4)."""
    half = torch.clamp(_extents(places) * (margin / 2), min=SMALLEST)
    half = torch.minimum(torch.ceil(half * STEPS) / STEPS, extent.amin(dim=1))[:, None]
    centre = torch.round((places.amin(dim=1) + places.amax(dim=1)) / 2 * STEPS) / STEPS
    centre = torch.minimum(torch.maximum(centre, half - extent), extent - half)
    return torch.cat([centre, half, half], dim=1)


def _share(length: int, longest: int, device: torch.device) -> Tensor:
    # through a tensor, so that H and W stay free when the module is exported
    return torch.full((), 1.0, device=device) * length / longest


def cut_square(wide: Tensor, squares: Tensor, side_px: int) -> Tensor:
    """Sample (N, 3, W, W) in 0..255 over `squares` (N, 4) to (N, 3, side_px, side_px) whole numbers."""
    steps = (torch.arange(side_px, device=wide.device) + 0.5) * (2 / side_px) - 1
    x = squares[:, 0, None] + squares[:, 2, None] * steps  # (N, S)
    y = squares[:, 1, None] + squares[:, 3, None] * steps
    grid = torch.stack([x[:, None, :].expand(-1, side_px, -1), y[:, :, None].expand(-1, -1, side_px)], dim=3)
    return torch.round(F.grid_sample(wide, grid, mode="bilinear", padding_mode="border", align_corners=False))


def hand_finder() -> HandNet:
    """Return the built-in network, frozen, in evaluation mode."""
    spec = find_spec("handnet")
    weights = builtin_weights(spec)
    finder = HandNet(weights.padding)
    load_into(finder, weights, spec)
    finder.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # twice as fast
    return finder.eval().requires_grad_(False)
