"""How a scene was lit and exposed: pixels (N, 3, S, S) in 0..255 in, some in uneven or little light out."""

import torch
from torch import Tensor

from unseen.augment.draw import Draw
from unseen.augment.policy import Policy

SHADE_DEPTH = 0.4
# What is left of full exposure in low light, and the deviation of its noise in grey levels of 255.
DARKEST, BRIGHTEST = 0.3, 0.7
LOW_LIGHT_NOISE = 14.0


def shade(pixels: Tensor, policy: Policy, draw: Draw) -> Tensor:
    """Let the light of some photos fall off in some direction, in place."""
    photos, side_px = len(pixels), pixels.shape[-1]
    chosen = draw.chosen(photos, policy.shade).bool() & ~draw.left_alone(photos, policy.own)
    slope = (draw.uniform(photos, 2) * 2 - 1) * SHADE_DEPTH
    if policy.shade and bool(chosen.any()):
        steps = torch.linspace(-1, 1, side_px, device=pixels.device)
        x, y = slope[chosen, :1, None] * steps, slope[chosen, 1:, None] * steps  # (K, 1, S) each
        pixels[chosen] *= (1 + x[:, :, None] + y[:, :, :, None]).clamp_(min=0.05)
    return pixels


def low_light(pixels: Tensor, policy: Policy, draw: Draw) -> Tensor:
    """Under-expose some photos, with the noise that shows then, in place.

    Noise grows towards the bright by the square root of the light, as photons arrive at random, on a floor that the
    sensor adds.
    """
    photos = len(pixels)
    chosen = draw.chosen(photos, policy.low_light).bool() & ~draw.left_alone(photos, policy.own)
    left = draw.between(photos, DARKEST, BRIGHTEST)
    gamma = draw.between(photos, 0.8, 1.4)
    level = draw.uniform(photos) * LOW_LIGHT_NOISE
    if policy.low_light and bool(chosen.any()):
        left, gamma, level = (number[chosen][:, None, None, None] for number in (left, gamma, level))
        dark = (pixels[chosen] / 255) ** gamma * left
        grain = draw.normal(*dark.shape).mul_(dark.sqrt().add_(0.3).mul_(level))
        pixels[chosen] = grain.add_(dark, alpha=255).clamp_(0, 255)
    return pixels
