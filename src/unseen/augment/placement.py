"""Place cut-out foregrounds: change maps so that each lies somewhere in the view.

A foreground with a mask may be placed much more freely than a photo that must not show its outside. But an arm that
the photo's edge cuts off must not float: that edge is kept outside the view.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from unseen.augment.batch_rng import BatchRng
from unseen.augment.geometry import fit_maps
from unseen.augment.policy import Policy
from unseen.records import Fit

SOLID = 128
# Masks fade within a pixel or two of the photo's border, so that touching is looked for a little inside.
INSET_PX = 2
TOUCH_SHARE = 0.02
# Cut by the border of the view at most this share of the box, at ends that the photo does not cut already.
CUT_SHARE = 0.08
# Source pixels are not spread over more than this many of the size they have when the whole photo fills the view.
LARGEST_ZOOM = 1.6
# How far outside the view an edge is held: a mask's last pixels are half transparent.
BEYOND = 0.03
LEFT, RIGHT, TOP, BOTTOM = range(4)


@dataclass(frozen=True, slots=True)
class Subjects:
    """What the alpha of each photo says.

    known: (N,) bool, False where alpha is 255 everywhere. box: (N, 4) left, top, right, bottom in source pixels, the
    whole photo where there is no subject. touches: (N, 4) bool, the photo's left, right, top and bottom edge.
    segments: (N, 4, 2, 2) float32, the two ends (x, y) of where each edge is touched, in source pixels.
    """

    known: Tensor
    box: Tensor
    touches: Tensor
    segments: Tensor


def find_subjects(alpha: Tensor, shapes: Tensor) -> Subjects:
    """Measure `alpha` (N, H, W) uint8, each photo in the top left of its canvas, which is 0 elsewhere."""
    solid = alpha >= SOLID
    height, width = shapes[:, 0], shapes[:, 1]
    rows, columns = solid.sum(dim=2), solid.sum(dim=1)
    known = rows.sum(dim=1) < height * width
    top, bottom = _span(rows > 0, height)
    left, right = _span(columns > 0, width)
    photos = torch.arange(len(alpha), device=alpha.device)
    inset = torch.clamp(torch.minimum(height, width) // 4, max=INSET_PX)
    lines = (
        (solid[photos, :, inset], height), (solid[photos, :, width - 1 - inset], height),
        (solid[photos, inset], width), (solid[photos, height - 1 - inset], width),
    )  # fmt: skip
    touches = torch.stack([line.sum(dim=1) > TOUCH_SHARE * length for line, length in lines], dim=1)
    spans = [torch.stack(_span(line, length), dim=1).float() for line, length in lines]  # (N, 2) each
    ends = torch.zeros(len(alpha), 4, 2, 2, device=alpha.device)
    for edge, fixed in ((LEFT, torch.zeros_like(width)), (RIGHT, width)):
        ends[:, edge, :, 0], ends[:, edge, :, 1] = fixed[:, None].float(), spans[edge]
    for edge, fixed in ((TOP, torch.zeros_like(height)), (BOTTOM, height)):
        ends[:, edge, :, 0], ends[:, edge, :, 1] = spans[edge], fixed[:, None].float()
    return Subjects(known, torch.stack([left, top, right, bottom], dim=1).float(), touches, ends)


def _span(present: Tensor, length: Tensor) -> tuple[Tensor, Tensor]:
    """First present place and one past the last, (N,) each, of (N, L) bool; the whole length where there is none."""
    numbers = torch.arange(present.shape[1], device=present.device)
    first = torch.where(present, numbers, present.shape[1]).amin(dim=1)
    last = torch.where(present, numbers + 1, 0).amax(dim=1)
    empty = last == 0
    return torch.where(empty, 0, first), torch.where(empty, length, last)


@dataclass(frozen=True, slots=True)
class Placement:
    """Where subjects are to lie.

    anchored: (N, 4) bool, photo edges that stay outside the view if the subject touches them. extent: (N,), the longer
    side of the subject's box as a share of the view. offset: (N, 2), from -1 to 1, where in the free space it lies.
    """

    anchored: Tensor
    extent: Tensor
    offset: Tensor

    @classmethod
    def draw(cls, rng: BatchRng, photos: int, policy: Policy) -> "Placement":
        """Draw sizes log-uniformly from `policy.smallest` to `policy.largest`, and places uniformly."""
        anchored = rng.uniform(photos, 4) < policy.anchored
        extent = rng.between(photos, policy.smallest, policy.largest)
        return cls(anchored, extent, rng.uniform(photos, 2) * 2 - 1)


def place(maps: Tensor, subjects: Subjects, shapes: Tensor, fit: Fit, placement: Placement) -> Tensor:
    """Return `maps` (N, 3, 3) with a new scale and shift, so that each subject's box lies where `placement` says."""
    photos = len(maps)
    out = torch.linalg.inv(fit_maps(shapes, fit) @ maps)  # source pixels to output coordinates
    corners = _project(out, _corners(subjects.box))
    low, high = corners.amin(dim=1), corners.amax(dim=1)  # (N, 2)
    ends = _project(out, subjects.segments.reshape(photos, 8, 2)).reshape(photos, 4, 2, 2)
    axis, sign = _outward(out, subjects.segments)
    held = subjects.touches & placement.anchored

    scale = 2 * placement.extent / (high - low).amax(dim=1)
    zoom = (maps[:, 0, 0] * maps[:, 1, 1] - maps[:, 0, 1] * maps[:, 1, 0]).abs().rsqrt()
    scale = torch.minimum(scale, LARGEST_ZOOM / zoom)
    for first, second in ((LEFT, RIGHT), (TOP, BOTTOM)):  # what enters on both sides spans the view
        apart = (ends[:, first].mean(dim=1) - ends[:, second].mean(dim=1)).abs().amax(dim=1)
        both = held[:, first] & held[:, second]
        scale = torch.where(both, torch.maximum(scale, 2 / apart.clamp(min=0.2)), scale)

    low, high, ends = low * scale[:, None], high * scale[:, None], ends * scale[:, None, None, None]
    free = (1 - (high - low) / 2).abs() + CUT_SHARE * (high - low)
    shift = placement.offset * free - (low + high) / 2
    shift = _hold(shift, held, ends, axis, sign)
    undo = torch.eye(3, device=maps.device).repeat(photos, 1, 1)
    undo[:, 0, 0] = undo[:, 1, 1] = 1 / scale
    undo[:, :2, 2] = -shift / scale[:, None]
    return maps @ undo


def _corners(box: Tensor) -> Tensor:
    """(N, 4) left, top, right, bottom to the four corners (N, 4, 2)."""
    return box[:, [0, 1, 2, 1, 0, 3, 2, 3]].reshape(-1, 4, 2)


def _project(maps: Tensor, points: Tensor) -> Tensor:
    """Send points (N, K, 2) through homographies (N, 3, 3)."""
    mapped = points @ maps[:, :, :2].transpose(1, 2) + maps[:, None, :, 2]
    return mapped[..., :2] / mapped[..., 2:]


def _outward(out: Tensor, segments: Tensor) -> tuple[Tensor, Tensor]:
    """Say to which side of the view each photo edge faces: axis 0 or 1 and sign, (N, 4) each.

    After a reflection the left edge faces right, after a quarter turn it faces up or down.
    """
    middles = segments.mean(dim=2)
    outside = middles + torch.tensor([[-1.0, 0], [1, 0], [0, -1], [0, 1]], device=out.device)
    ways = _project(out, outside) - _project(out, middles)  # (N, 4, 2)
    axis = ways.abs().argmax(dim=2)
    return axis, torch.gather(ways, 2, axis[:, :, None])[..., 0].sign()


def _hold(shift: Tensor, held: Tensor, ends: Tensor, axis: Tensor, sign: Tensor) -> Tensor:
    """Move `shift` (N, 2) as little as keeps every held edge outside the view's border."""
    reach = torch.gather(ends, 3, axis[:, :, None, None].expand(-1, -1, 2, 1))[..., 0] * sign[:, :, None]
    needed = 1 + BEYOND - reach.amin(dim=2)  # (N, 4) along each edge's outward direction
    for way in (0, 1):
        these = held & (axis == way)
        least = torch.where(these & (sign > 0), needed, -9.0).amax(dim=1)
        most = -torch.where(these & (sign < 0), needed, -9.0).amax(dim=1)
        shared = (least + most) / 2  # where two opposite edges cannot both lie outside
        crossed = least > most
        least, most = torch.where(crossed, shared, least), torch.where(crossed, shared, most)
        shift[:, way] = torch.minimum(torch.maximum(shift[:, way], least), most)
    return shift
