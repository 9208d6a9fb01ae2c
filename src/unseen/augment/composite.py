"""Lay cut-outs on other backgrounds: soft edges, no colour of the old background, a shadow.

Cut-outs are (N, 4, S, S) float32: red, green, blue as photographed, not multiplied by alpha, and alpha, all in
0..255. Backgrounds are (N, 3, S, S) in 0..255.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen.augment.batch_rng import BatchRng, Shape
from unseen.augment.colour import Colour
from unseen.augment.degrade import gaussian_blur
from unseen.augment.policy import Policy

# The old and the new colours near an edge are averages over cells of this many pixels.
CELL_PX = 8
SHADOW_CELL_PX = 4
SHADOW_REACH = 0.12  # of the photo's side, how far a shadow may lie from its subject
SHADOW_SOFT = (0.6, 3.0)  # cells
SHADOW_DEPTH = (0.15, 0.6)  # share of the light
MAX_WRAP = 0.3


@dataclass(frozen=True, slots=True)
class Composite:
    """Lay cut-outs on backgrounds; light and tint of the two vary independently.

    edge: (N,) from -1 to 1, how far the soft edge of each mask shrinks or grows. subject, scene: the colours of each.
    """

    edge: Tensor
    subject: Colour
    scene: Colour
    shadow: "Shadow"
    wrap: "LightWrap"

    @classmethod
    def draw(cls, rng: BatchRng, shape: Shape, policy: Policy) -> "Composite":
        """Draw within the policy's ranges."""
        photos = shape[0]
        return cls(
            rng.around(photos, policy.edge),
            Colour.draw(rng, shape, policy.subject),
            Colour.draw(rng, shape, policy.scene),
            Shadow.draw(rng, shape, policy),
            LightWrap.draw(rng, shape, policy),
        )

    def apply(self, cutouts: Tensor, scenes: Tensor) -> Tensor:
        """Return pictures (N, 3, S, S) in 0..255; both arguments are changed."""
        photos, _, height, width = cutouts.shape
        alpha = soften(cutouts[:, 3:] / 255, self.edge)
        despill(cutouts, alpha)  # now multiplied by alpha
        cutouts[:, 3:] = alpha
        share = alpha.mean(dim=(2, 3)).clamp(min=1e-3)
        light = self.subject.matrices(cutouts[:, :3].mean(dim=(2, 3)) / share)
        # the offset is multiplied by alpha like the colours, as the fourth channel of one matrix product
        subject = torch.bmm(light, cutouts.reshape(photos, 4, -1)).reshape(photos, 3, height, width)
        scenes = self.scene.apply(scenes)
        self.shadow.apply(scenes, alpha)
        picture = torch.addcmul(subject, scenes, 1 - alpha)
        return self.wrap.apply(picture, scenes, alpha).clamp_(0, 255)


@dataclass(frozen=True, slots=True)
class Shadow:
    """Darken backgrounds where a light beside the camera would throw the subject's shadow.

    positions: (K,) int64, the photos of the batch. offset: (K, 2), how far the shadow lies to the left and above, in
    sides of the photo. soft: (K,), the deviation of its blur in cells of `SHADOW_CELL_PX`. depth: (K,), the share of
    the light that is lost.
    """

    positions: Tensor
    offset: Tensor
    soft: Tensor
    depth: Tensor

    @classmethod
    def draw(cls, rng: BatchRng, shape: Shape, policy: Policy) -> "Shadow":
        """Draw shadows on a share `policy.shadow` of the photos."""
        photos = shape[0]
        positions = rng.positions(photos, policy.shadow, 0.0)
        offset = (rng.uniform(photos, 2) * 2 - 1) * SHADOW_REACH
        soft = rng.between(photos, *SHADOW_SOFT)
        depth = SHADOW_DEPTH[0] + (SHADOW_DEPTH[1] - SHADOW_DEPTH[0]) * rng.uniform(photos)
        return cls(positions, offset[positions], soft[positions], depth[positions])

    def apply(self, scenes: Tensor, alpha: Tensor) -> None:
        """Darken scenes (N, 3, S, S) by the shadow of alpha (N, 1, S, S) in 0..1, in place."""
        count, side_px = len(self.positions), alpha.shape[-1]
        if not count:
            return
        small = F.avg_pool2d(alpha[self.positions], SHADOW_CELL_PX, ceil_mode=True)
        small = gaussian_blur(small, self.soft)
        maps = torch.eye(2, 3, device=alpha.device).repeat(count, 1, 1)
        maps[:, :, 2] = 2 * self.offset
        grid = F.affine_grid(maps, [count, 1, side_px, side_px], align_corners=False)
        shadow = F.grid_sample(small, grid, padding_mode="border", align_corners=False)
        scenes[self.positions] *= 1 - self.depth[:, None, None, None] * shadow


@dataclass(frozen=True, slots=True)
class LightWrap:
    """Let light of the background reach round the subject's edge.

    positions: (K,) int64, the photos of the batch. strength: (K,), the share of that light.
    """

    positions: Tensor
    strength: Tensor

    @classmethod
    def draw(cls, rng: BatchRng, shape: Shape, policy: Policy) -> "LightWrap":
        """Draw strengths on a share `policy.wrap` of the photos."""
        photos = shape[0]
        positions = rng.positions(photos, policy.wrap, 0.0)
        return cls(positions, (MAX_WRAP * rng.uniform(photos))[positions])

    def apply(self, pictures: Tensor, scenes: Tensor, alpha: Tensor) -> Tensor:
        """Add the light of scenes (N, 3, S, S) at the edge of alpha (N, 1, S, S) to pictures (N, 3, S, S)."""
        if len(self.positions):
            inside = alpha[self.positions]
            light = _spread((1 - _cells(inside)) * _cells(scenes[self.positions]))
            light = F.interpolate(light, size=alpha.shape[-2:], mode="bilinear", align_corners=False)
            pictures[self.positions] += light * inside * self.strength[:, None, None, None]
        return pictures


def soften(alpha: Tensor, edge: Tensor) -> Tensor:
    """Grow or shrink the soft edge of alpha (N, 1, S, S) in 0..1 by `edge` (N,); 0 stays 0 and 1 stays 1."""
    return alpha + edge[:, None, None, None] * alpha * (1 - alpha)


def despill(cutouts: Tensor, alpha: Tensor) -> None:
    """Take the old background out of the colours of `cutouts` near an edge, and multiply all by `alpha`, in place.

    Near an edge subject and background have one colour each, F and B, and what the photo shows beyond the mixture of
    both is detail of the subject: F + a * (C - a * F - (1 - a) * B), as in Forte and Pitie (2021, arXiv:2006.14970,
    "blur fusion"), with F and B by least squares instead of by means that each other's colour is in.
    """
    colours = cutouts[:, :3]
    n, _, y, x = (_near_edge(alpha) & (alpha > 0.01)).nonzero(as_tuple=True)
    there = cutouts[n, :3, y, x]  # (K, 3), the photographed colours
    whole = _cells(colours)
    colours *= alpha
    if len(n) == 0:
        return
    subject, ground = _two_colours(_spread(_cells(colours)), _spread(whole), alpha)
    row, column = y // CELL_PX, x // CELL_PX
    a = alpha[n, 0, y, x][:, None]
    inner, outer = subject[n, :, row, column], ground[n, :, row, column]
    clean = inner + a * (there - a * inner - (1 - a) * outer)
    clean = _without_bounce(clean, inner, outer)
    colours.permute(0, 2, 3, 1)[n, y, x] = a * clean.clamp_(0, 255)


def _two_colours(inside: Tensor, whole: Tensor, alpha: Tensor) -> tuple[Tensor, Tensor]:
    """The colours F and B of each cell, (N, 3, h, w), for which a * F + (1 - a) * B is nearest to the photo there.

    inside: mean of a * C around each cell. whole: that of C. The normal equations of two unknowns, solved by hand.
    """
    cover, both = _spread(_cells(alpha)), _spread(_cells(alpha * (1 - alpha)))
    of_subject, of_ground = cover - both + 1e-4, 1 - cover - both + 1e-4
    rest, scale = whole - inside, of_subject * of_ground - both**2
    subject = (of_ground * inside - both * rest) / scale
    return subject.clamp_(0, 255), ((of_subject * rest - both * inside) / scale).clamp_(0, 255)


def _near_edge(alpha: Tensor) -> Tensor:
    """Where a pixel that is not wholly subject lies within two to four pixels, (N, 1, S, S) bool.

    Looked for at half the side, which takes a tenth of the time.
    """
    halves = F.avg_pool2d(alpha, 2, ceil_mode=True, count_include_pad=False)
    near = F.avg_pool2d(halves, 3, stride=1, padding=1, count_include_pad=False) < 0.99
    return near.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)[:, :, : alpha.shape[2], : alpha.shape[3]]


def _without_bounce(colours: Tensor, inner: Tensor, outer: Tensor) -> Tensor:
    """Take from `colours` (K, 3) what lies from the subject's hue towards the background's; brightness stays.

    Light that a coloured background throws onto the subject, and JPEG's halved colour, tint opaque pixels as well.
    """
    towards = outer - inner
    towards = towards - towards.mean(dim=1, keepdim=True)
    length = towards.square().sum(dim=1, keepdim=True).clamp(min=1.0)
    share = ((colours - inner) * towards).sum(dim=1, keepdim=True) / length
    return colours - share.clamp_(0, 1) * towards


def _cells(planes: Tensor) -> Tensor:
    """Means over cells of `CELL_PX`; the last ones may be narrower."""
    return F.avg_pool2d(planes, CELL_PX, ceil_mode=True, count_include_pad=False)


def _spread(cells: Tensor) -> Tensor:
    """Add up each cell and its neighbours, which reaches far enough for any cell on an edge to know both sides."""
    return F.avg_pool2d(cells, 3, stride=1, padding=1, count_include_pad=False)
