"""Draw backgrounds with objects, (N, 3, S, S) float32 of about 0..1: rooms, desks, clothes, people."""

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen.augment.batch_rng import BatchRng
from unseen.augment.fields import (
    blend,
    box,
    colours,
    coordinates,
    fall_off,
    noise,
    oval,
    places,
    plane,
    skin,
)
from unseen.augment.textures import clouds, foliage, stripes, wall, wood


def room(pictures: int, side_px: int, rng: BatchRng) -> Tensor:
    """A wall, a floor, furniture-like boxes and shelves, sometimes a window or a door's edge."""
    where = coordinates(pictures, side_px, rng, turn=0.12)
    soft = 3 / side_px
    picture = wall(pictures, side_px, rng)
    level = plane(0.2 + 0.9 * rng.uniform(pictures))
    floor = ((where[:, 1:] - level) / soft).clamp(0, 1)
    ground = torch.where(
        plane(rng.uniform(pictures) < 0.4),
        wood(pictures, side_px, rng),
        plane(colours(pictures, 1, rng)[:, 0]).expand(-1, -1, side_px, side_px),
    )
    picture = blend(picture, ground, floor)
    for kind in range(9):
        picture = _furniture(picture, where, soft, rng, narrow=kind % 3, filled=kind % 3 == 0)
    picture = _window(picture, where, soft, rng)
    return picture * fall_off(pictures, side_px, rng, 0.35)


def _furniture(picture: Tensor, where: Tensor, soft: float, rng: BatchRng, narrow: int, filled: bool) -> Tensor:
    """A lit box with a shaded rim; `narrow` 1 is a shelf or a rail, 2 a post or a door's edge.

    filled: half of the boxes hold things side by side, as books, bottles and folders stand.
    """
    pictures = len(picture)
    half = torch.stack([rng.between(pictures, 0.1, 0.7), rng.between(pictures, 0.1, 0.7)], dim=1)
    if narrow:
        half[:, 2 - narrow] *= 0.12
        half[:, narrow - 1] *= 1.6
    centre = places(pictures, rng)
    there = plane((rng.uniform(pictures) < 0.7).float())
    shine = 1 + plane(rng.around(pictures, 0.3)) * (where[:, 1:] - centre[:, 1:, None, None])
    inner = box(where, centre, (half - 0.02).clamp(min=0.01), soft)
    colour = plane(colours(pictures, 1, rng, vivid=0.25)[:, 0])
    if filled:
        things_px = F.interpolate(colours(pictures, 20, rng, 0.25).transpose(1, 2)[:, :, None], size=picture.shape[2:])
        colour = torch.where(plane(rng.uniform(pictures) < 0.5), things_px, colour)
    rim = plane(0.5 + 0.6 * rng.uniform(pictures))
    return blend(
        picture, colour * shine * blend(rim, torch.ones_like(rim), inner), there * box(where, centre, half, soft)
    )


def _window(picture: Tensor, where: Tensor, soft: float, rng: BatchRng) -> Tensor:
    """On a part of the pictures: bright panes, plain or with trees, behind crossbars."""
    pictures, side_px = len(picture), picture.shape[-1]
    there = plane((rng.uniform(pictures) < 0.35).float())
    half = torch.stack([rng.between(pictures, 0.25, 0.8), rng.between(pictures, 0.25, 0.9)], dim=1)
    centre = places(pictures, rng, 0.8)
    outside = blend(
        plane(0.85 + 0.3 * rng.uniform(pictures)).expand_as(picture),
        foliage(pictures, side_px, rng) + 0.3,
        plane((rng.uniform(pictures) < 0.4).float()),
    )
    local = (where - centre[:, :, None, None]) / half[:, :, None, None]
    bars = ((local * plane(1.0 + rng.below(pictures, 3))) % 1 < 0.07).any(dim=1, keepdim=True).float()
    pane = blend(outside, plane(colours(pictures, 1, rng, vivid=0.0)[:, 0]), bars)
    return blend(picture, pane, there * box(where, centre, half, soft))


def desk(pictures: int, side_px: int, rng: BatchRng) -> Tensor:
    """A table from above with papers, dark devices with keys, and cables."""
    picture = torch.where(
        plane(rng.uniform(pictures) < 0.65), wood(pictures, side_px, rng), wall(pictures, side_px, rng)
    )
    soft = 3 / side_px
    for thing in range(5):
        where = coordinates(pictures, side_px, rng)
        centre = places(pictures, rng)
        half = torch.stack([rng.between(pictures, 0.12, 0.6), rng.between(pictures, 0.15, 0.8)], dim=1)
        mask = box(where, centre, half, soft) * plane((rng.uniform(pictures) < 0.6).float())
        cells = ((where / plane(rng.between(pictures, 0.05, 0.14))) % 1 - 0.5).abs().amax(dim=1, keepdim=True)
        if thing % 2:
            keys = plane(0.04 + 0.12 * rng.uniform(pictures))
            over = (keys * (1 + 2 * (cells > 0.4).float() * plane(rng.uniform(pictures)))).expand(-1, 3, -1, -1)
        else:
            lines = ((where[:, 1:] / 0.09) % 1 < 0.25).float() * (noise(pictures, side_px, rng, decay=0.95) > 0.5)
            sheet = plane(0.75 + 0.25 * rng.uniform(pictures, 3))
            over = sheet * (1 - 0.5 * lines * plane((rng.uniform(pictures) < 0.5).float()))
        shadow = box(where, centre + 0.04, half, 0.12)
        picture = blend(picture * (1 - 0.3 * shadow * (mask.amax(dim=(2, 3), keepdim=True) > 0)), over, mask)
    field = noise(pictures, side_px, rng, finest=4, decay=0.5)
    cable = (1 - (field - 0.5).abs() * 110).clamp_(0, 1) * plane((rng.uniform(pictures) < 0.4).float())
    return blend(picture, plane(rng.uniform(pictures)), cable) * fall_off(pictures, side_px, rng, 0.5)


def things(pictures: int, side_px: int, rng: BatchRng) -> Tensor:
    """Dead leaves: ovals and boxes of every size that hide each other, whose statistics are those of natural
    pictures (Lee, Mumford and Huang, 2001) and which alone teach a network to see (Baradad et al., 2021,
    arXiv:2106.05963).
    """
    picture = clouds(pictures, side_px, rng)
    soft = torch.full((pictures,), 0.05, device=rng.device)
    for colour in colours(pictures, 28, rng).unbind(dim=1):
        where = coordinates(pictures, side_px, rng)
        size = rng.between(pictures, 0.08, 0.9)
        half = torch.stack([size, size * rng.between(pictures, 0.2, 1.0)], dim=1)
        centre = places(pictures, rng, 1.2)
        shape = plane(rng.uniform(pictures) < 0.5)
        mask = torch.where(shape, box(where, centre, half, 3 / side_px), oval(where, centre, half, soft))
        picture = blend(picture, plane(colour) * (1 + 0.4 * where[:, :1]), mask)
    return picture


def cloth(pictures: int, side_px: int, rng: BatchRng) -> Tensor:
    """Clothes that fill the view: folds, sometimes a pattern."""
    where = coordinates(pictures, side_px, rng)
    drift = noise(pictures, side_px, rng, finest=8) - 0.5
    folds = torch.sin(where[:, :1] * plane(rng.between(pictures, 2, 9)) + 9 * drift)
    colour = plane(colours(pictures, 1, rng, vivid=0.2)[:, 0])
    pattern = stripes(pictures, side_px, rng) - 0.5
    worn = plane((rng.uniform(pictures) < 0.35).float() * 0.5)
    weave = 0.06 * (noise(pictures, side_px, rng, decay=1.0) - 0.5)
    return (colour + worn * pattern) * (0.85 + plane(0.3 * rng.uniform(pictures)) * folds) + weave


def blobs(pictures: int, side_px: int, rng: BatchRng) -> Tensor:
    """Skin-coloured ovals and bars before anything: what is the colour of a hand need not be one."""
    picture = room(pictures, side_px, rng)
    for _ in range(3):
        where = coordinates(pictures, side_px, rng)
        where = where + 0.25 * (noise(pictures, side_px, rng, channels=2, finest=4) - 0.5)
        size = rng.between(pictures, 0.15, 0.6)
        half = torch.stack([size, size * rng.between(pictures, 0.3, 3.0)], dim=1)
        mask = oval(where, places(pictures, rng, 1.1), half, 0.05 + 0.3 * rng.uniform(pictures))
        shade = 1 + 0.4 * where[:, :1] + 0.1 * (noise(pictures, side_px, rng, finest=32) - 0.5)
        picture = blend(
            picture, plane(skin(pictures, rng)) * shade, mask * plane((rng.uniform(pictures) < 0.6).float())
        )
    return picture


def person(pictures: int, side_px: int, rng: BatchRng) -> Tensor:
    """Somebody behind the hand: clothed shoulders, a neck, a face-like oval with hair and darker eyes and mouth."""
    picture = torch.where(
        plane(rng.uniform(pictures) < 0.7), room(pictures, side_px, rng), wall(pictures, side_px, rng)
    )
    size = plane(rng.between(pictures, 0.6, 1.6))
    head = places(pictures, rng, 0.9) * torch.tensor([1.0, 0.6], device=rng.device) - torch.tensor(
        [0.0, 0.35], device=rng.device
    )
    where = (coordinates(pictures, side_px, rng, turn=0.15) - head[:, :, None, None]) / size
    where = where + 0.06 * (noise(pictures, side_px, rng, channels=2, finest=4) - 0.5)
    tone = plane(skin(pictures, rng))
    light = 1 + plane(rng.around(pictures, 0.35)) * where[:, :1]

    def part(x: float, y: float, width: float, height: float, soft: float) -> Tensor:
        at = torch.tensor([[x, y]], device=rng.device).expand(pictures, 2)
        half = torch.tensor([[width, height]], device=rng.device).expand(pictures, 2)
        return oval(where, at, half, torch.full((pictures,), soft, device=rng.device))

    hair = plane(colours(pictures, 1, rng, vivid=0.0)[:, 0]) * plane(0.1 + 0.6 * rng.uniform(pictures))
    picture = blend(picture, hair, part(0, -0.1, 0.36, 0.46, 0.15))
    picture = blend(picture, tone * 0.8 * light, part(0, 0.45, 0.17, 0.35, 0.1))
    picture = blend(picture, cloth(pictures, side_px, rng), part(0, 1.5, 0.95, 0.95, 0.04))
    picture = blend(picture, tone * light, part(0, 0.04, 0.29, 0.42, 0.1))
    for x, y, width, height in ((-0.12, -0.03, 0.06, 0.03), (0.12, -0.03, 0.06, 0.03), (0, 0.25, 0.1, 0.03)):
        picture = blend(picture, tone * 0.45, 0.8 * part(x, y, width, height, 0.6))
    return picture
