"""The one list of named ways in which a photo may differ from those that a model was trained on.

Training tests with those of `Group.ORIENTATION` which classes may be flipped and rotated, the audit recognises photos
that a camera flipped or rotated, benches measure accuracy under all of them. Each is one `Alteration`: pure, the same
photo and seed always give the same result.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import torch
from PIL import Image, ImageFilter, ImageOps
from torch import Tensor

from unseen.augment.colour import Colour
from unseen.augment.degrade import gaussian_blur
from unseen.augment.jpeg import jpeg
from unseen.images import LazyImages, concat, transform
from unseen.records import Float32Array, Images, Uint8Array
from unseen.seeds import generator

# The side in pixels that photos are brought to before they are blurred, or their edges taken: so that each loses as
# much detail.
SIDE_PX = 192
TINY_PX = 28  # as in MNIST and Sign Language MNIST
DARK, DARK_NOISE = 0.18, 6.0  # factor on the light; deviation of a sensor's noise at night, grey levels
GAMMA = 2.2  # crushes shadows as a light behind the subject does
WARM, COOL = (1.0, 0.75, 0.45), (0.5, 0.75, 1.0)  # factors on red, green and blue
QUALITY = 8  # of JPEG
BLUR_PX = 4.0
FOUR_LEVELS = np.uint8(0b11000000)


class Group(StrEnum):
    """What an alteration changes."""

    ORIENTATION = "orientation"
    LIGHT = "light"
    COLOUR = "colour"
    SHARPNESS = "sharpness"
    RESOLUTION = "resolution"
    COMPRESSION = "compression"
    BACKGROUND = "background"


@dataclass(frozen=True, slots=True)
class Alteration:
    """One way to change a photo.

    name: a stable key. text: for people, as in "the photos are {text}". change: a photo (H, W, 3) uint8 and a random
    generator to the altered photo, whose size may differ.
    """

    name: str
    text: str
    group: Group
    change: Callable[[Uint8Array, np.random.Generator], Uint8Array]

    def apply(self, photo: Uint8Array, seed: int = 0) -> Uint8Array:
        """Return a photo (H, W, 3 or 4) uint8 altered, a new array; `seed` is for what is random in it.

        Only another orientation keeps alpha.
        """
        given = photo if self.group is Group.ORIENTATION else photo[..., :3]
        return np.array(self.change(given, generator(seed, "alteration", self.name)), order="C")


def altered(images: Images, alterations: Sequence[Alteration]) -> LazyImages:
    """Return all photos changed by the first alteration, then all by the next: one pass of a network for all."""
    return concat([transform(images, one.apply) for one in alterations])


def by_alteration(rows: Float32Array, alterations: Sequence[Alteration]) -> dict[str, Float32Array]:
    """Return what was computed of `altered` photos, (N * A, D), as one block (N, D) per name of an alteration."""
    blocks = np.split(rows, len(alterations))
    return {one.name: block for one, block in zip(alterations, blocks, strict=True)}


def _planes(photo: Uint8Array) -> Tensor:
    """Return (1, 3, H, W) float32 in 0..255."""
    return torch.tensor(photo).permute(2, 0, 1)[None].float()


def _photo(planes: Tensor) -> Uint8Array:
    """Return (H, W, 3) uint8 of (1, 3, H, W)."""
    return planes[0].permute(1, 2, 0).clamp(0, 255).round().byte().numpy()


def _coloured(photo: Uint8Array, gain: Sequence[float] = (1.0, 1.0, 1.0), saturation: float = 1.0) -> Uint8Array:
    one = torch.ones(1)
    return _photo(Colour(0 * one, saturation * one, torch.tensor([gain]), one, one < 0).apply(_planes(photo)))


def _grey(photo: Uint8Array) -> Uint8Array:
    return _coloured(photo, saturation=0.0)


def _square(photo: Uint8Array, side_px: int) -> Image.Image:
    """Return the middle square of a photo at that size."""
    return ImageOps.fit(Image.fromarray(photo), (side_px, side_px))


def _dark(photo: Uint8Array, rng: np.random.Generator) -> Uint8Array:
    return (photo * DARK + rng.normal(0, DARK_NOISE, photo.shape)).clip(0, 255).astype(np.uint8)


def _blurred(photo: Uint8Array) -> Uint8Array:
    return _photo(gaussian_blur(_planes(np.asarray(_square(photo, SIDE_PX))), torch.tensor([BLUR_PX])))


def _edges(photo: Uint8Array) -> Uint8Array:
    return np.asarray(_square(_grey(photo), SIDE_PX).convert("L").filter(ImageFilter.FIND_EDGES).convert("RGB"))


def _black_and_white(photo: Uint8Array) -> Uint8Array:
    grey = _grey(photo)
    return np.where(grey > grey.mean(), 255, 0).astype(np.uint8)


ALTERATIONS: Mapping[str, Alteration] = {
    one.name: one
    for one in (
        Alteration("flipped", "flipped", Group.ORIENTATION, lambda photo, _: photo[:, ::-1]),
        Alteration("rotated-left", "rotated left", Group.ORIENTATION, lambda photo, _: np.rot90(photo)),
        Alteration("rotated-right", "rotated right", Group.ORIENTATION, lambda photo, _: np.rot90(photo, 3)),
        Alteration("upside-down", "upside down", Group.ORIENTATION, lambda photo, _: photo[::-1, ::-1]),
        Alteration("dark", "dark and noisy", Group.LIGHT, _dark),
        Alteration(
            "backlit", "backlit", Group.LIGHT, lambda photo, _: (255 * (photo / 255) ** GAMMA).astype(np.uint8)
        ),
        Alteration("grey", "grey", Group.COLOUR, lambda photo, _: _grey(photo)),
        Alteration("warm", "in warm light", Group.COLOUR, lambda photo, _: _coloured(photo, WARM)),
        Alteration("cool", "in cool light", Group.COLOUR, lambda photo, _: _coloured(photo, COOL)),
        Alteration("negative", "negatives", Group.COLOUR, lambda photo, _: 255 - photo),
        Alteration("four-levels", "of four levels per colour", Group.COLOUR, lambda photo, _: photo & FOUR_LEVELS),
        Alteration("black-and-white", "black and white", Group.COLOUR, lambda photo, _: _black_and_white(photo)),
        Alteration("blurred", "blurred", Group.SHARPNESS, lambda photo, _: _blurred(photo)),
        Alteration("edges", "edges only", Group.SHARPNESS, lambda photo, _: _edges(photo)),
        Alteration(
            "tiny", "grey and 28 pixels wide", Group.RESOLUTION,
            lambda photo, _: _grey(np.asarray(_square(photo, TINY_PX))),
        ),
        Alteration(
            "jpeg", "compressed to JPEG quality 8", Group.COMPRESSION,
            lambda photo, _: _photo(jpeg(_planes(photo), torch.tensor([float(QUALITY)]))),
        ),
    )
}  # fmt: skip
ORIENTATIONS = tuple(one for one in ALTERATIONS.values() if one.group is Group.ORIENTATION)
