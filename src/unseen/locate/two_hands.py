"""Tell two hands beside each other from one, and choose the larger.

A network that reads one hand sees something between them. The last two passes over the whole photo then lie apart: in
all of 108 pairs of real hands side by side, and in 7% of 1,647 photos of one hand, one of which had a sure hand of its
own in both halves (docs/log.md).
"""

import torch
from torch import Tensor

from unseen.photos.fit import PADDING_GREY

# Each half is seen with some of the other one, or a hand beside the middle would lose a finger.
HALVES, HALF = (-1, 1), 0.6
# IoU of the last two passes under which both halves are looked at.
ONE_PLACE = 0.85
# Share of the smaller box that lies in the other one from which both halves show the same hand.
ONE_HAND = 0.25
# The right hand is taken where it is larger by a tenth, so that no last bit decides between equals.
LARGER = 1.1


def half_of(view: Tensor, extent: Tensor, side: int) -> Tensor:
    """Return views (N, 3, W, W) of photos (see `box_crop.View`) that show the left (-1) or right (1) half alone."""
    width = view.shape[3]
    across = (torch.arange(width, device=view.device) + 0.5) * (2 / width) - 1
    seen = side * across >= extent[:, :1] * (1 - 2 * HALF)
    return torch.where(seen[:, None, None], view, float(PADDING_GREY))


def larger_of_two(left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
    """Joints (N, 21, 2) of both halves to whether they are two hands and whether the right one is larger, (N,) bool."""
    shared, left_area, right_area = _areas(left, right)
    sides = [(joints.amax(dim=1) - joints.amin(dim=1)).amax(dim=1) for joints in (left, right)]
    return shared <= ONE_HAND * torch.minimum(left_area, right_area), sides[1] > LARGER * sides[0]


def keypoint_overlap(first: Tensor, second: Tensor) -> Tensor:
    """Joints (N, 21, 2) of two passes to the IoU of their boxes, (N,)."""
    shared, *areas = _areas(first, second)
    return shared / (areas[0] + areas[1] - shared).clamp(min=1e-9)


def _areas(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the area that the boxes about joints (N, 21, 2) share, and that of each, (N,)."""
    low = torch.maximum(first.amin(dim=1), second.amin(dim=1))
    high = torch.minimum(first.amax(dim=1), second.amax(dim=1))
    own = [(places.amax(dim=1) - places.amin(dim=1)).prod(dim=1) for places in (first, second)]
    return (high - low).clamp(min=0).prod(dim=1), own[0], own[1]
