"""The operations that change a photo's pixels after it was warped, in the order of a scene, its light and its camera.

Each is a frozen record of its parameters: `draw` makes one at random for a batch, `apply` uses it on pixels and draws
nothing. Two others work on parameters that are composed first, so that pixels are resampled and scaled once: geometry
as one homography per photo (`geometry.random_maps`, `placement`), linear colour as one matrix per photo (`Colour`).
"""

from collections.abc import Mapping
from typing import Protocol

from torch import Tensor

from unseen.augment.batch_rng import BatchRng, Shape
from unseen.augment.colour import Colour
from unseen.augment.degrade import Blur, Noise
from unseen.augment.erasing import Erase
from unseen.augment.jpeg import Jpeg
from unseen.augment.light import LowLight, Shade
from unseen.augment.policy import Policy


class Operation(Protocol):
    """What every record in `OPERATIONS` can do."""

    @classmethod
    def draw(cls, rng: BatchRng, shape: Shape, policy: Policy) -> "Operation":
        """Draw parameters for a batch of that shape within the policy's ranges."""

    def apply(self, pixels: Tensor) -> Tensor:
        """Return pixels (N, 3, H, W) float32 in 0..255, changed; those given may be written to."""


OPERATIONS: Mapping[str, type[Operation]] = {
    "shade": Shade,
    "colour": Colour,
    "erase": Erase,
    "low_light": LowLight,
    "blur": Blur,
    "noise": Noise,
    "jpeg": Jpeg,
}
