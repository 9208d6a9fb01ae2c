"""Compose all geometry of an augmentation into one map per photo, from output to source pixels, and sample once.

Maps are (N, 3, 3) float32 homographies acting on column vectors (x, y, 1). Composing them first and sampling
once keeps the sharpness that a chain of resamplings loses, and costs one pass whatever the number of operations.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen.augment.batch_rng import BatchRng
from unseen.augment.policy import Policy
from unseen.photos.fit import PADDING_GREY, fitted_span
from unseen.records import Fit

# Source pixels a pixel of the output may step over: bilinear sampling reads two, beyond which edges turn to stairs.
COARSEST_STEP_PX = 1.75


def fit_maps(shapes: Tensor, fit: Fit) -> Tensor:
    """Return the maps (N, 3, 3) from output coordinates in [-1, 1] to source pixels, as preprocessing fits them.

    shapes: (N, 2) height and width of each photo in pixels. The centre of the first pixel is at (0.5, 0.5).
    """
    height, width = shapes[:, 0].float(), shapes[:, 1].float()
    maps = torch.zeros(len(shapes), 3, 3, device=shapes.device)
    maps[:, 0, 0] = fitted_span(width, height, fit, torch.minimum, torch.maximum) / 2
    maps[:, 1, 1] = fitted_span(height, width, fit, torch.minimum, torch.maximum) / 2
    maps[:, 0, 2] = width / 2
    maps[:, 1, 2] = height / 2
    maps[:, 2, 2] = 1
    return maps


def random_maps(photos: int, policy: Policy, rng: BatchRng, allowed: tuple[Tensor, Tensor] | None = None) -> Tensor:
    """Draw one homography a photo, (N, 3, 3), in output coordinates [-1, 1]; the identity for unchanged photos.

    allowed: (N,) bool each, which photos may be flipped and which rotated by any angle; all if it is not given.
    """
    may_flip, may_rotate = allowed or (torch.ones(photos, device=rng.device),) * 2
    rotated = (rng.chosen(photos, policy.rotate) * may_rotate).bool()
    angle = torch.where(rotated, rng.around(photos, math.pi), rng.around(photos, math.radians(policy.rotation_degrees)))
    shear = torch.tan(rng.around(photos, math.radians(policy.shear_degrees)))
    zoom = rng.factor(photos, policy.zoom - 1)
    flip = 1 - 2 * rng.chosen(photos, policy.flip) * may_flip
    cos, sin = torch.cos(angle) / zoom, torch.sin(angle) / zoom
    maps = torch.zeros(photos, 3, 3, device=angle.device)
    maps[:, 0, 0] = cos * flip
    maps[:, 0, 1] = cos * shear - sin
    maps[:, 1, 0] = sin * flip
    maps[:, 1, 1] = sin * shear + cos
    maps[:, 0, 2] = rng.around(photos, 2 * policy.shift)
    maps[:, 1, 2] = rng.around(photos, 2 * policy.shift)
    # the bottom row of a homography: one edge up to `perspective` smaller than the one across from it
    maps[:, 2, 0] = rng.around(photos, policy.perspective / 2)
    maps[:, 2, 1] = rng.around(photos, policy.perspective / 2)
    maps[:, 2, 2] = 1
    identity = torch.eye(3, device=angle.device).expand(photos, 3, 3)
    # a flipped photo stays flipped even where nothing else is changed
    kept = identity.clone()
    kept[:, 0, 0] = flip
    alone = rng.unchanged(photos, policy.p_unchanged)
    return torch.where(alone[:, None, None], kept, maps)


def warp(canvas: Tensor, shapes: Tensor, maps: Tensor, side_px: int, fit: Fit) -> Tensor:
    """Sample `canvas` (N, H, W, 3 or 4) uint8 through `maps`, bilinearly, to (N, 3 or 4, side_px, side_px) float32.

    Each photo fills the top left of its canvas, (height, width) = `shapes`. Outside it the nearest edge pixel is
    repeated, so that an arm which enters at the border goes on to the border of the warped photo; a letterbox shows
    its grey there, as in preprocessing. A fourth channel is alpha: 0 outside the photo.
    """
    photos, height, width, channels = canvas.shape
    composed = fit_maps(shapes, fit) @ maps
    halvings = _halvings(composed, side_px)
    composed[:, :2] /= (2**halvings)[:, None, None]
    shapes = torch.clamp(shapes // (2**halvings)[:, None], min=1)
    positions = _positions(composed, side_px, height, width)
    unit = torch.tensor([2 / width, 2 / height], device=canvas.device)[:, None, None]
    ends = shapes.flip(1)[:, :, None, None] * unit - 1  # (N, 2, 1, 1) where each photo ends on its canvas
    outside = ((positions < -1) | (positions > ends)).any(dim=1, keepdim=True) if fit == "letterbox" else None
    if bool((ends < 1).any()):  # photos that fill the canvas are kept on it by grid_sample itself
        positions = torch.clamp(positions, (unit / 2 - 1).expand_as(ends), ends - unit / 2)
    grid = positions.permute(0, 2, 3, 1)
    pixels = torch.empty(photos, channels, side_px, side_px, device=canvas.device)
    # A rotated photo is read in no order that a processor foresees: photos that were just made floats are still in its
    # cache, which halves the time. A thread samples one photo.
    times = halvings.tolist()
    together = photos if canvas.is_cuda else torch.get_num_threads()
    for start in range(0, photos, together):
        part = slice(start, start + together)
        planes = canvas[part].permute(0, 3, 1, 2).to(torch.float32, memory_format=torch.contiguous_format)
        _halve(planes, times[part])
        if channels == 4:
            _clear_outline(planes[:, 3], shapes[part])
        pixels[part] = F.grid_sample(planes, grid[part], mode="bilinear", padding_mode="border", align_corners=False)
    if outside is not None:
        pixels[:, :3] = torch.where(outside, PADDING_GREY, pixels[:, :3])
    return pixels


def _positions(maps: Tensor, side_px: int, height: int, width: int) -> Tensor:
    """Where each output pixel lies on a canvas that spans [-1, 1], (N, 2, S, S); `maps` lead to source pixels."""
    to_unit = torch.diag(torch.tensor([2 / width, 2 / height, 1.0], device=maps.device))
    to_unit[:2, 2] = -1
    maps = to_unit @ maps
    steps = (torch.arange(side_px, device=maps.device) + 0.5) * (2 / side_px) - 1
    along = maps[:, :, 0, None] * steps
    down = maps[:, :, 1, None] * steps + maps[:, :, 2, None]
    mapped = along[:, :, None, :] + down[:, :, :, None]
    return mapped[:, :2].div_(mapped[:, 2:].clamp_(min=1e-3))


def _halvings(composed: Tensor, side_px: int) -> Tensor:
    """How often each photo is halved before it is sampled, (N,) int64, so that no step is over `COARSEST_STEP_PX`."""
    area = composed[:, 0, 0] * composed[:, 1, 1] - composed[:, 0, 1] * composed[:, 1, 0]
    steps_px = area.abs().sqrt() * (2 / side_px)
    return torch.ceil(torch.log2(steps_px / COARSEST_STEP_PX)).clamp(min=0).long()


def _halve(planes: Tensor, times: list[int]) -> None:
    """Average 2 x 2 pixels of planes (N, C, H, W) so many times for each photo, into the top left, in place.

    It is what a mipmap does: a photo shrunk by more is sampled with holes between.
    """
    for level in range(max(times)):
        large = [i for i, often in enumerate(times) if often > level]
        which = slice(None) if len(large) == len(times) else large  # a slice is not copied
        halved = F.avg_pool2d(planes[which], 2)
        planes[which, :, : halved.shape[2], : halved.shape[3]] = halved


def _clear_outline(alpha: Tensor, shapes: Tensor) -> None:
    """Set the outermost pixels of each photo's alpha (N, H, W) to 0: what is repeated beyond them is no foreground."""
    photos = torch.arange(len(alpha), device=alpha.device)
    alpha[:, 0] = 0
    alpha[:, :, 0] = 0
    alpha[photos, shapes[:, 0] - 1] = 0
    alpha[photos, :, shapes[:, 1] - 1] = 0
