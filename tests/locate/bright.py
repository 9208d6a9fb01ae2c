"""Hand locators whose network is planted: it takes what is bright for a hand."""

import torch
from torch import Tensor

from unseen.locate.box_crop import BoxPreprocess, View
from unseen.locate.hand_reader import HandReader
from unseen.locate.handnet import HandNet, HandReading
from unseen.locate.hands import HandLocator
from unseen.models.preprocess import IMAGENET

SIDE = 64


def at_its_corners(mask: Tensor) -> Tensor:
    """Joints (21, 2), in a view that spans -1 to 1, at the top left and the bottom right of `mask` (S, S)."""
    steps = (torch.arange(len(mask)) + 0.5) * (2 / len(mask)) - 1
    rows, columns = mask.any(1).nonzero()[:, 0], mask.any(0).nonzero()[:, 0]
    first, last = (torch.stack([steps[columns[end]], steps[rows[end]]]) for end in (0, -1))
    return torch.stack([first] * 10 + [last] * 11)


class BrightFinder(HandNet):
    """Takes the brightest pixels for the hand, and black photos for hand-free."""

    def read(self, x: Tensor) -> HandReading:
        found = super().read(x)
        bright = x[:, 0] > 0.5
        places = torch.zeros(len(x), 21, 2)
        for i, mask in enumerate(bright):
            if mask.any():
                places[i] = at_its_corners(mask)
        present = torch.where(bright.flatten(1).any(1), 9.0, -9.0)
        return HandReading(found.embedding, found.joints, found.palm, places, present, found.left, found.mask)


class TwoThings(HandNet):
    """Takes whatever is bright for a hand, surely where it is white; sees the largest bright thing of a view."""

    def read(self, x: Tensor) -> HandReading:
        found = super().read(x)
        places, present = torch.zeros(len(x), 21, 2), torch.full((len(x),), -9.0)
        for i, view in enumerate(x[:, 0]):
            grey, white = (view > 0.2) & (view < 0.7), view >= 0.7
            mask, sure = (grey, 3.0) if grey.sum() > white.sum() else (white, 9.0)
            if mask.any():
                places[i], present[i] = at_its_corners(mask), sure
        return HandReading(found.embedding, found.joints, found.palm, places, present, found.left, found.mask)


def bright_locator(network: HandNet | None = None) -> HandLocator:
    """A hand locator with a planted network."""
    return HandLocator(HandReader(network or BrightFinder()))


def cropped(locator: HandLocator, photos: Tensor) -> Tensor:
    """What a network is given of photos (N, H, W, 3) uint8 whose boxes `locator` finds."""
    boxes = locator.find(*View(locator.view_px)(photos))[0]
    return BoxPreprocess(SIDE, "crop", IMAGENET, locator.identity).resize(photos, boxes)
