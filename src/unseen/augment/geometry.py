"""All geometry of an augmentation as one map a photo: output pixels to source pixels, sampled once.

Maps are (N, 3, 3) float32 homographies acting on column vectors (x, y, 1). Composing them first and sampling
once keeps the sharpness that a chain of resamplings loses, and costs one pass whatever the number of operations.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen.augment.draw import Draw
from unseen.augment.policy import Policy
from unseen.photos.fit import PADDING_GREY, Fit, fitted_span


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


def random_maps(photos: int, policy: Policy, draw: Draw) -> Tensor:
    """Draw one homography a photo, (N, 3, 3), in output coordinates [-1, 1]; the identity for photos left alone."""
    angle = draw.around(photos, math.radians(policy.rotation_degrees))
    shear = torch.tan(draw.around(photos, math.radians(policy.shear_degrees)))
    zoom = draw.factor(photos, policy.zoom - 1)
    mirror = 1 - 2 * draw.chosen(photos, policy.flip)
    cos, sin = torch.cos(angle) / zoom, torch.sin(angle) / zoom
    maps = torch.zeros(photos, 3, 3, device=angle.device)
    maps[:, 0, 0] = cos * mirror
    maps[:, 0, 1] = cos * shear - sin
    maps[:, 1, 0] = sin * mirror
    maps[:, 1, 1] = sin * shear + cos
    maps[:, 0, 2] = draw.around(photos, 2 * policy.shift)
    maps[:, 1, 2] = draw.around(photos, 2 * policy.shift)
    # the bottom row of a homography: one edge up to `perspective` smaller than the one across from it
    maps[:, 2, 0] = draw.around(photos, policy.perspective / 2)
    maps[:, 2, 1] = draw.around(photos, policy.perspective / 2)
    maps[:, 2, 2] = 1
    identity = torch.eye(3, device=angle.device).expand(photos, 3, 3)
    # a reflected photo keeps its reflection even where the rest is left alone
    kept = identity.clone()
    kept[:, 0, 0] = mirror
    alone = draw.left_alone(photos, policy.own)
    return torch.where(alone[:, None, None], kept, maps)


def warp(canvas: Tensor, shapes: Tensor, maps: Tensor, side_px: int, fit: Fit) -> Tensor:
    """Sample `canvas` (N, C, H, W) through `maps`, bilinearly, to (N, C, side_px, side_px).

    Each photo fills the top left of its canvas, (height, width) = `shapes`. Outside it the nearest edge pixel is
    repeated, so that an arm which enters at the border goes on to the border of the warped photo; a letterbox shows
    its grey there, as in preprocessing.
    """
    photos, _, height, width = canvas.shape
    steps = (torch.arange(side_px, device=canvas.device) + 0.5) * (2 / side_px) - 1
    y, x = torch.meshgrid(steps, steps, indexing="ij")
    points = torch.stack([x, y, torch.ones_like(x)]).reshape(1, 3, -1)
    composed = fit_maps(shapes, fit) @ maps
    mapped = composed @ points
    positions = mapped[:, :2] / mapped[:, 2:].clamp(min=1e-3)  # (N, 2, S*S) source x and y in pixels
    limits = shapes.flip(1).float()[:, :, None] - 0.5
    inside = torch.minimum(positions.clamp(min=0.5), limits)
    grid = inside * torch.tensor([2 / width, 2 / height], device=canvas.device)[:, None] - 1
    grid = grid.transpose(1, 2).reshape(photos, side_px, side_px, 2)
    pixels = F.grid_sample(canvas, grid, mode="bilinear", padding_mode="border", align_corners=False)
    if fit != "letterbox":
        return pixels
    outside = ((positions - inside).abs() >= 0.5).any(dim=1).reshape(photos, 1, side_px, side_px)
    return torch.where(outside, PADDING_GREY, pixels)
