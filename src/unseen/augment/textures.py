"""Draw backgrounds without objects, (N, 3, S, S) float32 of about 0..1: walls, clouds, stripes, wood."""

import torch
from torch import Tensor

from unseen.augment.batch_rng import BatchRng
from unseen.augment.fields import (
    blend,
    colours,
    coordinates,
    fall_off,
    from_hue,
    noise,
    oval,
    places,
    plane,
)


def wall(pictures: int, side_px: int, rng: BatchRng) -> Tensor:
    """One plain colour, lit unevenly, with a little plaster."""
    colour = colours(pictures, 1, rng, vivid=0.06)[:, 0]
    colour = colour + (1 - colour) * (0.7 * rng.uniform(pictures))[:, None]  # most walls are light
    grain = (noise(pictures, side_px, rng, decay=0.9) - 0.5) * plane(0.15 * rng.uniform(pictures) ** 2)
    return plane(colour) * fall_off(pictures, side_px, rng) + grain


def gradient(pictures: int, side_px: int, rng: BatchRng) -> Tensor:
    """Three colours that run into each other along a line or from a point."""
    where = coordinates(pictures, side_px, rng)
    away = where.square().sum(dim=1, keepdim=True).sqrt() - 0.7
    share = torch.where(plane(rng.uniform(pictures) < 0.4), away, where[:, :1])
    share = share + 0.3 * (noise(pictures, side_px, rng, finest=8) - 0.5)
    first, second, third = colours(pictures, 3, rng).unbind(dim=1)
    low = blend(plane(first), plane(second), (share + 1).clamp(0, 1))
    return blend(low, plane(third), share.clamp(0, 1))


def clouds(pictures: int, side_px: int, rng: BatchRng) -> Tensor:
    """Colour noise of natural spectrum about two colours."""
    light = noise(pictures, side_px, rng, decay=0.6)
    tint = noise(pictures, side_px, rng, channels=3, finest=64) - 0.5
    first, second = colours(pictures, 2, rng).unbind(dim=1)
    share = ((light - 0.5) * plane(rng.between(pictures, 1, 4)) + 0.5).clamp_(0, 1)
    return blend(plane(first), plane(second), share) + tint * plane(0.7 * rng.uniform(pictures))


def foliage(pictures: int, side_px: int, rng: BatchRng) -> Tensor:
    """Leaves, grass and earth with patches of sky."""
    detail = noise(pictures, side_px, rng, decay=0.85)
    large = noise(pictures, side_px, rng, finest=16)
    hue = 0.28 + 0.14 * (noise(pictures, side_px, rng, finest=32) - 0.5) - 0.1 * plane(rng.uniform(pictures))
    value = (0.45 + 1.3 * (detail - 0.5) + 0.5 * (large - 0.5)).clamp_(0.03, 1)
    green = from_hue(hue, 0.2 + 0.5 * plane(rng.uniform(pictures)).expand_as(hue), value)[:, 0].permute(0, 3, 1, 2)
    height = coordinates(pictures, side_px, rng, turn=0.2)[:, 1:]
    edge = plane(rng.uniform(pictures) * 2.4 - 1.8)
    sky = ((edge - height + 1.2 * (large - 0.5) + 0.8 * (detail - 0.5)) * 8).clamp(0, 1)
    blue = from_hue(torch.full((pictures,), 0.58, device=rng.device), 0.3 * rng.uniform(pictures),
                    0.8 + 0.2 * rng.uniform(pictures))  # fmt: skip
    return blend(green, plane(blue), sky)


def stripes(pictures: int, side_px: int, rng: BatchRng) -> Tensor:
    """Stripes, checks and tiles with joints: blinds, cloth, bathrooms, fences."""
    where = coordinates(pictures, side_px, rng, turn=0.8) + 0.08 * (
        noise(pictures, side_px, rng, channels=2, finest=4) - 0.5
    )
    periods = torch.stack([rng.between(pictures, 0.06, 0.7), rng.between(pictures, 0.06, 0.7)], dim=1)
    waves = (where / periods[:, :, None, None]) % 1 - 0.5
    bands = ((0.25 - waves.abs()) * (periods[:, :, None, None] * side_px / 2)).clamp_(-0.5, 0.5)  # one pixel soft
    striped, checked = bands[:, :1] + 0.5, 2 * bands[:, :1] * bands[:, 1:] + 0.5
    joints = (waves.abs().amax(dim=1, keepdim=True) > 0.46).float()
    kind = plane(rng.uniform(pictures))
    mask = torch.where(kind < 0.45, striped, torch.where(kind < 0.7, checked, joints))
    first, second = colours(pictures, 2, rng).unbind(dim=1)
    contrast = plane(rng.uniform(pictures))
    return blend(plane(first), plane(second), mask * contrast) * fall_off(pictures, side_px, rng, 0.3)


def wood(pictures: int, side_px: int, rng: BatchRng) -> Tensor:
    """Grain along boards with joints between them."""
    where = coordinates(pictures, side_px, rng)
    drift = noise(pictures, side_px, rng, finest=8) - 0.5
    along, across = where[:, :1], where[:, 1:] + 0.06 * drift
    board = plane(rng.between(pictures, 0.15, 1.2))
    number = torch.floor(across / board)
    shift = torch.sin(number * 78.2 + plane(rng.uniform(pictures)) * 6) * 43.7
    tone = (shift - torch.floor(shift) - 0.5) * 0.25
    rings = torch.sin(across * plane(rng.between(pictures, 15, 80)) + 3 * torch.sin(along * 1.5 + shift) + 6 * drift)
    fine = noise(pictures, side_px, rng, decay=0.95) - 0.5
    joint = ((across / board - number) * board < 0.012).float() * 0.35
    value = plane(0.25 + 0.6 * rng.uniform(pictures)) * (1 + tone + 0.06 * rings + 0.15 * fine - joint)
    hue = plane(0.05 + 0.06 * rng.uniform(pictures)).expand_as(value)
    depth = plane(0.15 + 0.5 * rng.uniform(pictures)).expand_as(value)
    return from_hue(hue, depth, value)[:, 0].permute(0, 3, 1, 2) * fall_off(pictures, side_px, rng, 0.4)


def bokeh(pictures: int, side_px: int, rng: BatchRng) -> Tensor:
    """Lights out of focus before a dark or a bright ground."""
    picture = clouds(pictures, side_px, rng) * plane(rng.between(pictures, 0.15, 0.9))
    where = coordinates(pictures, side_px, rng)
    size = rng.between(pictures, 0.05, 0.25)
    for disc in colours(pictures, 14, rng, vivid=0.4).unbind(dim=1):
        half = (size * rng.factor(pictures, 0.4))[:, None].expand(-1, 2)
        mask = oval(where, places(pictures, rng, 1.2), half, torch.full_like(size, 0.12))
        picture = picture + plane(disc) * mask * plane(0.6 * rng.uniform(pictures))
    return picture


def patches(pictures: int, side_px: int, rng: BatchRng) -> Tensor:
    """Voronoi cells: each pixel has the colour of the nearest of 24 points; mosaics, stones, torn paper."""
    bend = plane(0.5 * rng.uniform(pictures))
    where = coordinates(pictures, side_px, rng) + bend * (noise(pictures, side_px, rng, channels=2) - 0.5)
    cells = 24
    palette = colours(pictures, cells, rng)
    nearest = torch.full((pictures, 1, side_px, side_px), 99.0, device=rng.device)
    owner = torch.zeros_like(nearest, dtype=torch.int64)
    for cell in range(cells):
        distance = (where - places(pictures, rng, 1.3)[:, :, None, None]).square().sum(dim=1, keepdim=True)
        owner = torch.where(distance < nearest, cell, owner)
        nearest = torch.minimum(distance, nearest)
    flat = owner.reshape(pictures, 1, -1).expand(-1, 3, -1)
    return palette.transpose(1, 2).gather(2, flat).reshape(pictures, 3, side_px, side_px) * (1.1 - 0.5 * nearest)


def fractal(pictures: int, side_px: int, rng: BatchRng) -> Tensor:
    """Julia sets, coloured by how soon a point escapes."""
    where = coordinates(pictures, side_px, rng, scale=1.8) * 1.1 + places(pictures, rng, 0.4)[:, :, None, None]
    x, y = where[:, :1], where[:, 1:]
    angle = rng.uniform(pictures) * 6.283
    radius = 0.7 + 0.1 * rng.uniform(pictures)
    cx, cy = plane(radius * torch.cos(angle)), plane(radius * torch.sin(angle))
    escape = torch.zeros_like(x)
    for _ in range(14):
        x, y = (x * x - y * y + cx).clamp_(-9, 9), (2 * x * y + cy).clamp_(-9, 9)
        escape += torch.exp(-(x * x + y * y))
    share = escape / 8
    first, second, third = colours(pictures, 3, rng).unbind(dim=1)
    return blend(blend(plane(first), plane(second), share.clamp(0, 1)), plane(third), (share - 0.7).clamp(0, 1))
