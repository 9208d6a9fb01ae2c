"""A cut-out and another background in, one picture out: soft edges, no colour of the old background, a shadow.

Cut-outs are (N, 4, S, S) float32: red, green, blue as photographed, not multiplied by alpha, and alpha, all in
0..255. Backgrounds are (N, 3, S, S) in 0..255.
"""

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen.augment.colour import apply_matrices, random_matrices
from unseen.augment.degrade import gaussian_blur
from unseen.augment.draw import Draw
from unseen.augment.policy import Policy

# The old and the new colours near an edge are averages over cells of this many pixels.
CELL_PX = 8
SHADOW_CELL_PX = 4


def composite(cut: Tensor, scenes: Tensor, policy: Policy, draw: Draw) -> Tensor:
    """Lay each cut-out on its background, (N, 3, S, S) in 0..255; light and tint of the two vary apart.

    Both arguments are changed.
    """
    photos, _, height, width = cut.shape
    matte = soften(cut[:, 3:] / 255, policy, draw)
    despill(cut, matte)  # now multiplied by alpha
    cut[:, 3:] = matte
    share = matte.mean(dim=(2, 3)).clamp(min=1e-3)
    light = random_matrices(cut[:, :3].mean(dim=(2, 3)) / share, policy.subject, draw)
    # the offset is multiplied by alpha like the colours, as the fourth channel of one matrix product
    subject = torch.bmm(light, cut.reshape(photos, 4, -1)).reshape(photos, 3, height, width)
    scenes = apply_matrices(scenes, random_matrices(scenes.mean(dim=(2, 3)), policy.scene, draw))
    cast_shadow(scenes, matte, policy, draw)
    spill = wrapped_light(scenes, matte, policy, draw)
    picture = torch.addcmul(subject, scenes, 1 - matte)
    if spill is not None:
        picture += spill
    return picture.clamp_(0, 255)


def soften(matte: Tensor, policy: Policy, draw: Draw) -> Tensor:
    """Grow or shrink the soft edge of mattes (N, 1, S, S) in 0..1; 0 stays 0 and 1 stays 1."""
    reach = draw.around(len(matte), policy.edge)[:, None, None, None]
    return matte + reach * matte * (1 - matte) if policy.edge else matte


def despill(cut: Tensor, matte: Tensor) -> None:
    """Multiply the colours of `cut` by `matte`, having taken the old background out of those near an edge, in place.

    Near an edge subject and background have one colour each, F and B, and what the photo shows beyond the mixture of
    both is detail of the subject: F + a * (C - a * F - (1 - a) * B), as in Forte and Pitie (2021, arXiv:2006.14970,
    "blur fusion"), with F and B by least squares instead of by means that each other's colour is in.
    """
    colours = cut[:, :3]
    n, _, y, x = (_near_edge(matte) & (matte > 0.01)).nonzero(as_tuple=True)
    there = cut[n, :3, y, x]  # (K, 3), the photographed colours
    whole = _cells(colours)
    colours *= matte
    if len(n) == 0:
        return
    subject, ground = _two_colours(_spread(_cells(colours)), _spread(whole), matte)
    row, column = y // CELL_PX, x // CELL_PX
    a = matte[n, 0, y, x][:, None]
    inner, outer = subject[n, :, row, column], ground[n, :, row, column]
    clean = inner + a * (there - a * inner - (1 - a) * outer)
    clean = _without_bounce(clean, inner, outer)
    colours.permute(0, 2, 3, 1)[n, y, x] = a * clean.clamp_(0, 255)


def _two_colours(mine: Tensor, whole: Tensor, matte: Tensor) -> tuple[Tensor, Tensor]:
    """The colours F and B of each cell, (N, 3, h, w), for which a * F + (1 - a) * B is nearest to the photo there.

    mine: mean of a * C around each cell. whole: that of C. The normal equations of two unknowns, solved by hand.
    """
    cover, both = _spread(_cells(matte)), _spread(_cells(matte * (1 - matte)))
    of_subject, of_ground = cover - both + 1e-4, 1 - cover - both + 1e-4
    rest, scale = whole - mine, of_subject * of_ground - both**2
    subject = (of_ground * mine - both * rest) / scale
    return subject.clamp_(0, 255), ((of_subject * rest - both * mine) / scale).clamp_(0, 255)


def _near_edge(matte: Tensor) -> Tensor:
    """Where a pixel that is not wholly subject lies within two to four pixels, (N, 1, S, S) bool.

    Looked for at half the side, which takes a tenth of the time.
    """
    halves = F.avg_pool2d(matte, 2, ceil_mode=True, count_include_pad=False)
    near = F.avg_pool2d(halves, 3, stride=1, padding=1, count_include_pad=False) < 0.99
    return near.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)[:, :, : matte.shape[2], : matte.shape[3]]


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


def cast_shadow(scenes: Tensor, matte: Tensor, policy: Policy, draw: Draw) -> None:
    """Darken some of the backgrounds where a light beside the camera would throw the subject's shadow, in place."""
    photos, side_px = len(matte), matte.shape[-1]
    chosen = draw.chosen(photos, policy.shadow).bool()
    away = (draw.uniform(photos, 2) * 2 - 1) * 0.12
    soft_px, depth = draw.between(photos, 0.6, 3.0), 0.15 + 0.45 * draw.uniform(photos)
    if not (policy.shadow and bool(chosen.any())):
        return
    small = F.avg_pool2d(matte[chosen], SHADOW_CELL_PX, ceil_mode=True)
    small = gaussian_blur(small, soft_px[chosen])
    map_ = torch.eye(2, 3, device=matte.device).repeat(len(small), 1, 1)
    map_[:, :, 2] = 2 * away[chosen]
    grid = F.affine_grid(map_, [len(small), 1, side_px, side_px], align_corners=False)
    shadow = F.grid_sample(small, grid, padding_mode="border", align_corners=False)
    scenes[chosen] *= 1 - depth[chosen][:, None, None, None] * shadow


def wrapped_light(scenes: Tensor, matte: Tensor, policy: Policy, draw: Draw) -> Tensor | None:
    """Light of the background that reaches round the subject's edge on some photos, to be added; None on none."""
    photos = len(matte)
    chosen = draw.chosen(photos, policy.wrap).bool()
    strength = 0.3 * draw.uniform(photos)
    if not (policy.wrap and bool(chosen.any())):
        return None
    size = matte.shape[-2:]
    near = 1 - _cells(matte[chosen])
    light = F.interpolate(_spread(near * _cells(scenes[chosen])), size=size, mode="bilinear", align_corners=False)
    spill = torch.zeros_like(scenes)
    spill[chosen] = light * matte[chosen] * strength[chosen][:, None, None, None]
    return spill
