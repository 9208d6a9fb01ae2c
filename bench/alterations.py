"""Ways in which a photo of a hand may differ from those that were learnt from: a photo in, the altered photo out."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter, ImageOps

from unseen.seeds import generator

Alter = Callable[[Image.Image, int], Image.Image]
WIDTH, HEIGHT = 640, 480
# The side that photos are brought to before they are blurred, or their edges taken: so that as much is lost of each.
SIDE_PX = 192


def plain(photo: Image.Image, _: int) -> Image.Image:
    """Return it as it is."""
    return photo


def grey(photo: Image.Image, _: int) -> Image.Image:
    """Return it without colour."""
    return photo.convert("L").convert("RGB")


def tiny_grey(photo: Image.Image, number: int) -> Image.Image:
    """Return it in 28 x 28 grey pixels."""
    return grey(ImageOps.fit(photo, (28, 28)), number)


def dark(photo: Image.Image, number: int) -> Image.Image:
    """Return it with 0.18 of the light and the noise of a sensor at night, 6 of 255."""
    light = np.asarray(photo).astype(float) * 0.18
    return _image(light + generator(number, "altered dark").normal(0, 6, light.shape))


def backlit(photo: Image.Image, _: int) -> Image.Image:
    """Return it with its shadows crushed: gamma 2.2."""
    return _image(255 * (np.asarray(photo).astype(float) / 255) ** 2.2)


def tinted(red: float, green: float, blue: float) -> Alter:
    """Return what multiplies the channels."""
    return lambda photo, _: _image(np.asarray(photo) * np.array([red, green, blue]))


def compressed(photo: Image.Image, _: int) -> Image.Image:
    """Return it as JPEG at quality 8."""
    kept = io.BytesIO()
    photo.save(kept, "JPEG", quality=8)
    return Image.open(kept).convert("RGB")


def blurred(photo: Image.Image, _: int) -> Image.Image:
    """Return it at 192 px out of focus, a Gaussian of 4 px."""
    return ImageOps.fit(photo, (SIDE_PX, SIDE_PX)).filter(ImageFilter.GaussianBlur(4))


def edges(photo: Image.Image, _: int) -> Image.Image:
    """Return its edges alone, bright on black."""
    return ImageOps.fit(photo.convert("L"), (SIDE_PX, SIDE_PX)).filter(ImageFilter.FIND_EDGES).convert("RGB")


def negative(photo: Image.Image, _: int) -> Image.Image:
    """Return it with bright and dark exchanged."""
    return ImageOps.invert(photo)


def two_bits(photo: Image.Image, _: int) -> Image.Image:
    """Return it with four levels of each colour."""
    return ImageOps.posterize(photo, 2)


def black_and_white(photo: Image.Image, _: int) -> Image.Image:
    """Return it white where it is brighter than its mean, black elsewhere."""
    levels = np.asarray(photo.convert("L"))
    return Image.fromarray(np.where(levels > levels.mean(), 255, 0).astype(np.uint8)).convert("RGB")


def turned(degrees: int) -> Alter:
    """Return what turns a photo against the clock."""
    return lambda photo, _: photo.rotate(degrees, expand=True)


ALTERATIONS: dict[str, Alter] = {
    "as it is": plain,
    "grey": grey,
    "28 px, grey": tiny_grey,
    "dark": dark,
    "backlit": backlit,
    "warm": tinted(1.0, 0.75, 0.45),
    "cool": tinted(0.5, 0.75, 1.0),
    "JPEG 8": compressed,
    "blurred": blurred,
    "edges": edges,
    "negative": negative,
    "four levels of each colour": two_bits,
    "black and white": black_and_white,
    "turned 90": turned(90),
    "turned 180": turned(180),
}


@dataclass(frozen=True, slots=True)
class Places:
    """Rooms without a hand, and people to stand in them."""

    rooms: Sequence[Image.Image]
    people: Sequence[Image.Image]

    def small(self, share: float, face: float = 0.0) -> Alter:
        """Return what puts a photo into a room, as its longer side `share` of the height: on its right half.

        face: with the head of a person, at that share of the height, on its left half.
        """

        def alter(photo: Image.Image, number: int) -> Image.Image:
            rng = generator(number, "altered place")
            room = self.rooms[int(rng.integers(len(self.rooms)))].resize((WIDTH, HEIGHT))
            person = self.people[int(rng.integers(len(self.people)))]
            if face:
                head = person.resize((round(person.width * face * HEIGHT / person.height), round(face * HEIGHT)))
                room.paste(head, _corner(rng, head, 0, WIDTH // 2))
            hand = photo.copy()
            hand.thumbnail((round(HEIGHT * share),) * 2)
            room.paste(hand, _corner(rng, hand, WIDTH // 2, WIDTH))
            return room

        return alter


def _corner(rng: np.random.Generator, thing: Image.Image, left: int, right: int) -> tuple[int, int]:
    return (
        int(rng.integers(left, max(left + 1, right - thing.width))),
        int(rng.integers(0, max(1, HEIGHT - thing.height))),
    )


def _image(levels: npt.NDArray[np.float64]) -> Image.Image:
    return Image.fromarray(levels.clip(0, 255).astype(np.uint8))
