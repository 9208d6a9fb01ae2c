"""Draw a pool of background pictures, (B, 3, S', S') uint8, from a seed: walls, rooms, desks, people, noise.

Made once per run and augmented at every use, so that what a step sees depends on the seed and the step alone.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen import seeds
from unseen.augment.batch_rng import BatchRng
from unseen.augment.fields import fall_off, plane
from unseen.augment.scenes import blobs, cloth, desk, person, room, things
from unseen.augment.textures import bokeh, clouds, foliage, fractal, gradient, patches, stripes, wall, wood
from unseen.runtime import one_thread
from unseen.threads import work_ahead

# How many of 32 pictures each family draws; rooms and people are what real photos of hands have behind them.
FAMILIES: dict[Callable[[int, int, BatchRng], Tensor], int] = {
    room: 6, person: 4, desk: 3, wall: 3, things: 3, cloth: 2, blobs: 2, gradient: 1, clouds: 1, foliage: 1,
    stripes: 1, wood: 1, bokeh: 1, patches: 2, fractal: 1,
}  # fmt: skip
ROUND = sum(FAMILIES.values())


def make_pool(
    seed: int, side_px: int, pictures: int, device: torch.device | None = None, first_round: int = 0
) -> Tensor:
    """Draw `pictures` backgrounds, (pictures, 3, side_px, side_px) uint8, on `device` (the CPU unless told).

    A larger pool begins with the pictures of a smaller one; from `first_round` on (`ROUND` each) it is continued.
    """
    device = device or torch.device("cpu")
    pool = torch.empty(pictures, 3, side_px, side_px, dtype=torch.uint8, device=device)

    def draw(number: int) -> Tensor:
        with one_thread():
            return draw_round(BatchRng(seeds.derive(seed, "backgrounds", first_round + number), device), side_px)

    rounds = range(-(-pictures // ROUND))
    threads = 0 if device.type == "cpu" else 1
    for start, drawn in zip(range(0, pictures, ROUND), work_ahead(draw, rounds, "draw", threads), strict=True):
        pool[start : start + ROUND] = drawn[: pictures - start]
    return pool


def draw_round(rng: BatchRng, side_px: int) -> Tensor:
    """Draw each family as often as `FAMILIES` says, in mixed order, (ROUND, 3, side_px, side_px) uint8."""
    with torch.no_grad():
        drawn = torch.cat([family(count, side_px, rng) for family, count in FAMILIES.items()])
        order = torch.argsort(rng.uniform(ROUND))
        return photographed(drawn[order], rng).mul_(255).round_().to(torch.uint8)


def photographed(pictures: Tensor, rng: BatchRng) -> Tensor:
    """Light, expose and focus pictures (N, 3, S, S) as a camera in some room would; clipped to 0..1."""
    count, _, side_px, _ = pictures.shape
    pictures = pictures.clamp(0, 1.3) * fall_off(count, side_px, rng, 0.25)
    focus = rng.below(count, 5)
    for which, step_px in enumerate((2, 4, 7)):
        chosen = focus == which
        if bool(chosen.any()):
            pictures[chosen] = _soft(pictures[chosen], step_px)
    # a camera exposes towards grey, but not all the way, and some rooms are dark or blown out all the same
    mean = pictures.mean(dim=(1, 2, 3)).clamp(min=0.02)
    exposure = (0.42 / mean) ** 0.5 * torch.exp(0.3 * rng.normal(count))
    exposure = torch.where(rng.uniform(count) < 0.05, exposure * 0.35, exposure)
    cast = 1 + 0.06 * rng.normal(count, 3)
    pictures = pictures * plane(exposure[:, None] * cast)
    grain = rng.normal(count, 1, side_px, side_px) * plane(0.04 * rng.uniform(count) ** 2)
    return pictures.add_(grain).clamp_(0, 1)


def _soft(pictures: Tensor, step_px: int) -> Tensor:
    """Defocus by about `step_px`: averaged cells, spread smoothly again."""
    side_px = pictures.shape[-1]
    small = F.interpolate(pictures, size=(side_px // step_px,) * 2, mode="area")
    return F.interpolate(small, size=(side_px, side_px), mode="bilinear", align_corners=False)
