"""Preprocessing that finds the hand first: uint8 photos (N, H, W, 3) in, the square about the hand (N, 3, S, S) out.

A hand that is a fifth of a photo is 25 pixels of 128 when the whole photo is shrunk. Here the whole photo is shrunk to
a larger square, `handnet` says about where the joints are, looks again more and more closely, and the square about them
is cut out. Where it sees no hand the whole photo is taken, as `Preprocess` does it: no photo is dropped.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen.locate.handnet import HANDNET, HandNet
from unseen.models.preprocess import IMAGENET, Normalisation, Preprocess
from unseen.models.weights import builtin_weights, load_into
from unseen.photos.fit import fitted_span
from unseen.records import Fit

# The side `handnet` was taught at, and what it expects.
FINDER_PX = 128
FINDER_INPUT = Normalisation((128.0,) * 3, (128.0,) * 3)
# The square's side in extents of the joints, which end a fingernail before the hand does.
MARGIN = 1.5
# The same from look to look, when it is looked for: the first is the less exact the smaller the hand. With the
# first alone 0.68 of hands in a fifth of the photo's height were found, with both 0.83 (docs/log.md).
NEARER = (3.3, 2.0)
# A smaller square would be blown up from a few pixels.
SMALLEST = 0.12
# P(hand) from which a hand is said to be there, and from which the square about it is taken: to look at the wrong place
# costs nothing where there is no hand. Of 750 photos of hands none lies below 0.99; of 48 rooms in which MediaPipe saw
# none seven lie above 0.95, hands and feet among them, the next at 0.92; a face may come to 0.97 (docs/log.md).
BELIEVED, SUSPECTED = 0.95, 0.1
# IoU of the joints' boxes in the last two looks from which both saw the same thing: of floors and gardens that one look
# takes for a hand the next one sees it elsewhere.
AGREEMENT = 0.3
# Below this the last look is not believed to show the only or the best place: a face has 0.97 or less, hands more than
# 0.998 where they are looked at rightly (docs/log.md). Then four parts of the photo are looked at, of this half
# width each.
SURE, PART = 0.995, 0.6
# The whole photo is kept this many times as large as the first look needs it, for the later ones.
DETAIL = 3
# Boxes are rounded to so many steps a half view, so that the last bits of another runtime move no pixel.
STEPS = 256

Look = Callable[[Tensor], tuple[Tensor, Tensor]]


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was found in N photos, in the coordinates of the letterboxed view, which spans -1 to 1.

    squares: (N, 4), centre x and y, half width, half height of where to look: about the hand, or the whole photo.
    places: (N, 21, 2), the joints. present: (N,), P(there is a hand where they are), 0 where the looks disagree.
    """

    squares: Tensor
    places: Tensor
    present: Tensor


class HandFocus(Preprocess):
    """`Preprocess` of the square about the hand. `finder` is frozen and travels with the weights."""

    def __init__(self, side_px: int, fit: Fit, normalisation: Normalisation, finder: HandNet) -> None:
        super().__init__(side_px, fit, normalisation)
        self.reduced = max(DETAIL, -(-2 * side_px // FINDER_PX))
        self.whole = Preprocess(self.reduced * FINDER_PX, "letterbox", IMAGENET)
        self.finder_input = Preprocess(FINDER_PX, "letterbox", FINDER_INPUT)
        self.finder = finder.eval().requires_grad_(False)
        # another runtime may look instead for a while, see `locate.onnx_locator`
        self.look: Look = self.look_in_torch

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
        return cut_square(wide, self.find(wide, extent, fitted).squares, self.side_px)

    def of_squares(self) -> Preprocess:
        """Return the preprocessing of what `resize` returned: it is normalised, and no hand is looked for again."""
        return Preprocess(self.side_px, "squash", self.normalisation)

    def find(self, wide: Tensor, extent: Tensor, fitted: Tensor) -> Sighting:
        """Find the hand in each photo.

        wide: (N, 3, W, W), photos as `whole` resizes them. extent: (N or 1, 2), half of each photo's width and height
        in that view. fitted: the same of what is seen of a photo without a hand.
        """
        extent = extent.expand(wide.shape[0], 2)
        places, likely, present = self._approach(wide, extent, *self.look(F.avg_pool2d(wide, self.reduced)))
        unsure = present < SURE
        if torch.compiler.is_compiling():  # an exported graph looks at all photos of a batch again, or at none
            places, likely, present = torch.cond(
                unsure.any(), self._look_elsewhere, _as_it_is, (wide, extent, places, likely, present)
            )
        elif bool(unsure.any()):
            some = unsure.nonzero()[:, 0]
            known = (wide, extent, places, likely, present)
            found = self._look_elsewhere(*(one[some] for one in known))
            places, likely, present = (one.index_copy(0, some, new) for one, new in zip(known[2:], found, strict=True))
        whole = torch.cat([torch.zeros_like(fitted), fitted], dim=1)
        squares = torch.where((likely >= SUSPECTED)[:, None], _square(places, MARGIN, extent), whole)
        return Sighting(squares, places, present)

    def _approach(
        self, wide: Tensor, extent: Tensor, places: Tensor, suspected: Tensor, sets: int = 1
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Look more and more closely at what a first look saw, joints (sets * N, 21, 2) with P(hand) `suspected`.

        There may be several `sets` of them, each of all N photos. Returns the joints, the highest P(hand) of the first
        and the last look, and that of the last one, 0 where it saw something else than the one before.
        """
        before, present = places, suspected
        for margin in NEARER:
            before, about = places, _square(places, margin, extent.repeat(sets, 1))
            cuts = [cut_square(wide, some, FINDER_PX) for some in about.reshape(sets, -1, 4).unbind()]
            seen, present = self.look(torch.cat(cuts))
            places = _in_view(seen, about)
        agreed = torch.where(_overlap(before, places) >= AGREEMENT, present, 0.0)
        return places, torch.maximum(suspected, present), agreed

    def _look_elsewhere(
        self, wide: Tensor, extent: Tensor, places: Tensor, likely: Tensor, present: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Approach what each of four parts of the photo shows; return the surest of five, as `_approach` does.

        One that is sure already stays as it is.
        """
        offset, half = torch.clamp(extent - PART, min=0.0), torch.full_like(extent, PART)
        sides = ((-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0))
        parts = [torch.cat([offset[:, :1] * x, offset[:, 1:] * y, half], dim=1) for x, y in sides]
        seen, suspected = self.look(torch.cat([cut_square(wide, part, FINDER_PX) for part in parts]))
        found = self._approach(wide, extent, _in_view(seen, torch.cat(parts)), suspected, len(parts))
        unsure, others = present < SURE, [one.reshape(len(parts), -1, *one.shape[1:]).unbind() for one in found]
        for other_places, other_likely, other in zip(*others, strict=True):
            better = unsure & (other > present)
            places = torch.where(better[:, None, None], other_places, places)
            likely, present = torch.where(better, other_likely, likely), torch.where(better, other, present)
        return places, likely, present

    def look_in_torch(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 3, 128, 128) float32 in 0..255 to the joints (N, 21, 2) in the view and P(there is a hand), (N,)."""
        # photos are shrunk on the processor also where the finder is on a GPU
        read = self.finder.read(self.finder_input.normalise(pixels.to(self.finder_input.mean.device)))
        return read.places.to(pixels.device), torch.sigmoid(read.present).to(pixels.device)


def _in_view(seen: Tensor, squares: Tensor) -> Tensor:
    """Joints (N, 21, 2) in what `squares` (N, 4) show, -1 to 1, to joints in the view that these lie in."""
    return squares[:, None, :2] + squares[:, None, 2:] * seen


def _as_it_is(
    wide: Tensor,  # noqa: ARG001 - the other branch needs it
    extent: Tensor,  # noqa: ARG001
    places: Tensor,
    likely: Tensor,
    present: Tensor,
) -> tuple[Tensor, Tensor, Tensor]:
    # copies, for a branch may not return what it was given
    return places.clone(), likely.clone(), present.clone()


def _extents(places: Tensor) -> Tensor:
    """Joints (N, 21, 2) to the longer side of their box, (N,)."""
    return (places.amax(dim=1) - places.amin(dim=1)).amax(dim=1)


def _overlap(first: Tensor, second: Tensor) -> Tensor:
    """Joints (N, 21, 2) of two looks to the IoU of their boxes, (N,)."""
    low = torch.maximum(first.amin(dim=1), second.amin(dim=1))
    high = torch.minimum(first.amax(dim=1), second.amax(dim=1))
    shared = (high - low).clamp(min=0).prod(dim=1)
    areas = [(one.amax(dim=1) - one.amin(dim=1)).prod(dim=1) for one in (first, second)]
    return shared / (areas[0] + areas[1] - shared).clamp(min=1e-9)


def _square(places: Tensor, margin: float, extent: Tensor) -> Tensor:
    """Return the square about joints (N, 21, 2), (N, 4): in the photo where it fits, over its middle where it does not.

    A hand as long as an upright photo is seen whole, between the bands of a letterbox; it would lose its fingertips.
    """
    half = torch.clamp(_extents(places) * (margin / 2), min=SMALLEST)
    half = torch.clamp(torch.ceil(half * STEPS) / STEPS, max=1.0)[:, None]
    centre = torch.round((places.amin(dim=1) + places.amax(dim=1)) / 2 * STEPS) / STEPS
    slack = torch.clamp(extent - half, min=0.0)
    return torch.cat([torch.minimum(torch.maximum(centre, -slack), slack), half, half], dim=1)


def _share(length: int, longest: int, device: torch.device) -> Tensor:
    # through a tensor, so that H and W stay free when the module is exported
    return torch.full((), 1.0, device=device) * length / longest


def cut_square(wide: Tensor, squares: Tensor, side_px: int) -> Tensor:
    """Resize what lies in `squares` (N or 1, 4) of (N, 3, W, W) in 0..255 to (N, 3, side_px, side_px) whole numbers.

    Two products with triangle weights, which shrink without skipping pixels: in ONNX Runtime a third of the time of
    `GridSample` with four samples a pixel.
    """
    across = _weights(squares[:, 0], squares[:, 2], side_px, wide.shape[3])
    down = _weights(squares[:, 1], squares[:, 3], side_px, wide.shape[2])
    return torch.round(down[:, None] @ (wide @ across[:, None].transpose(2, 3)))


def _weights(centre: Tensor, half: Tensor, side_px: int, length: int) -> Tensor:
    """Weights (N, side_px, length) of an axis' pixels, from -1 to 1, in the span `centre` -+ `half`, (N,) each.

    What lies beyond the span, such as the band of a letterbox, has no part in it.
    """
    steps = (torch.arange(side_px, device=centre.device) + 0.5) * (2 / side_px) - 1
    pixels = (torch.arange(length, device=centre.device) + 0.5) * (2 / length) - 1
    wanted = centre[:, None] + half[:, None] * steps
    reach = torch.clamp(half * (2 / side_px), min=2 / length)
    inside = ((pixels - centre[:, None]).abs() <= half[:, None]).to(pixels.dtype)
    # never quite 0, so that each row has a sum
    triangle = torch.clamp(1 - (wanted[:, :, None] - pixels).abs() / reach[:, None, None], min=1e-6) * inside[:, None]
    return triangle / triangle.sum(dim=2, keepdim=True)


def hand_focus() -> HandFocus:
    """Return what finds hands by itself, for whoever wants to know where they are and not what they show."""
    return HandFocus(FINDER_PX, "crop", FINDER_INPUT, hand_finder())


def hand_finder() -> HandNet:
    """Return the built-in network, frozen, in evaluation mode."""
    weights = builtin_weights(HANDNET)
    finder = HandNet(weights.padding)
    load_into(finder, weights, HANDNET)
    finder.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # twice as fast
    return finder.eval().requires_grad_(False)
