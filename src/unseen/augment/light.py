"""Change how a scene is lit and exposed: light that falls off across the photo, and low light."""

from dataclasses import dataclass

import torch
from torch import Tensor

from unseen.augment.batch_rng import BatchRng, Shape
from unseen.augment.policy import Policy

SHADE_DEPTH = 0.4
MIN_SHADE = 0.05  # the factor in the darkest corner
# What is left of full exposure in low light, and the deviation of its noise in grey levels of 255.
DARKEST, BRIGHTEST = 0.3, 0.7
LOW_LIGHT_NOISE = 14.0
LOWEST_GAMMA, HIGHEST_GAMMA = 0.8, 1.4
SENSOR_NOISE = 0.3  # noise in black, as a share of the noise in white


@dataclass(frozen=True, slots=True)
class Shade:
    """Let the light of photos fall off in some direction.

    positions: (K,) int64, the photos of the batch. slope: (K, 2), how much brighter the right and the lower edge are
    than the middle, as shares of its light.
    """

    positions: Tensor
    slope: Tensor

    @classmethod
    def draw(cls, rng: BatchRng, shape: Shape, policy: Policy) -> "Shade":
        """Draw at most `SHADE_DEPTH` along each axis."""
        photos = shape[0]
        positions = rng.positions(photos, policy.shade, policy.p_unchanged)
        return cls(positions, ((rng.uniform(photos, 2) * 2 - 1) * SHADE_DEPTH)[positions])

    def apply(self, pixels: Tensor) -> Tensor:
        """Multiply pixels (N, 3, H, W), in place."""
        if len(self.positions):
            across, down = (torch.linspace(-1, 1, pixels.shape[axis], device=pixels.device) for axis in (3, 2))
            x, y = self.slope[:, :1, None] * across, self.slope[:, 1:, None] * down  # (K, 1, W) and (K, 1, H)
            pixels[self.positions] *= (1 + x[:, :, None] + y[:, :, :, None]).clamp_(min=MIN_SHADE)
        return pixels


@dataclass(frozen=True, slots=True)
class LowLight:
    """Under-expose photos, with the noise that shows then.

    Noise grows with the square root of the light, as photons arrive at random, above a floor that the sensor adds.
    positions: (K,) int64, the photos of the batch. exposure, gamma: (K,), what is left of the light. noise: (K,), its
    deviation in white, grey levels of 255. grain: (K, 3, H, W) standard normal.
    """

    positions: Tensor
    exposure: Tensor
    gamma: Tensor
    noise: Tensor
    grain: Tensor

    @classmethod
    def draw(cls, rng: BatchRng, shape: Shape, policy: Policy) -> "LowLight":
        """Draw exposure and gamma log-uniformly, the noise uniformly up to `LOW_LIGHT_NOISE`."""
        photos = shape[0]
        positions = rng.positions(photos, policy.low_light, policy.p_unchanged)
        exposure = rng.between(photos, DARKEST, BRIGHTEST)
        gamma = rng.between(photos, LOWEST_GAMMA, HIGHEST_GAMMA)
        noise = rng.uniform(photos) * LOW_LIGHT_NOISE
        grain = rng.normal(len(positions), 3, *shape[1:])
        return cls(positions, exposure[positions], gamma[positions], noise[positions], grain)

    def apply(self, pixels: Tensor) -> Tensor:
        """Darken pixels (N, 3, H, W) and add the grain, in place."""
        if len(self.positions):
            exposure, gamma, noise = (n[:, None, None, None] for n in (self.exposure, self.gamma, self.noise))
            dark = (pixels[self.positions] / 255) ** gamma * exposure
            grain = self.grain * dark.sqrt().add_(SENSOR_NOISE).mul_(noise)
            pixels[self.positions] = grain.add_(dark, alpha=255).clamp_(0, 255)
        return pixels
