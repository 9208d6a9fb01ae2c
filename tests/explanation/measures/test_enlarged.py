"""A photo that was enlarged from few pixels is told from a blurred one, however it was enlarged and saved."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from unseen.explanation import pixel_ops as ops
from unseen.explanation.measures.enlarged import enlarged
from unseen.explanation.measures.photo_measures import LUMA
from unseen.records import Uint8Array

R = Image.Resampling


def scene(seed: int) -> Uint8Array:
    """Return a photo of things with sharp edges, and a little noise."""
    rng = np.random.default_rng(seed)
    picture = Image.new("RGB", (320, 240), (120, 110, 100))
    pen = ImageDraw.Draw(picture)
    for _ in range(60):
        (x, y), reach = rng.uniform(0, (320, 240)), rng.uniform(4, 40)
        colour = tuple(rng.integers(30, 220, 3).tolist())
        pen.ellipse((x - reach, y - reach / 2, x + reach, y + reach / 2), fill=colour)
    return ops.to_bytes(np.asarray(picture) + rng.normal(0, 3, (240, 320, 3)))


def dip(photo: Uint8Array) -> float:
    return enlarged(photo.astype(np.float32) @ LUMA)


def from_few(photo: Uint8Array, width: int, how: Image.Resampling) -> Uint8Array:
    high, wide = photo.shape[:2]
    small = ops.resized(photo, width, round(high * width / wide))
    return np.asarray(Image.fromarray(small).resize((wide, high), how))


@pytest.mark.parametrize("how", [R.BILINEAR, R.BICUBIC, R.LANCZOS])
@pytest.mark.parametrize("width", [14, 28, 40])
@pytest.mark.parametrize("quality", [None, 80])
def test_photos_of_few_pixels_show_it_and_blurred_ones_do_not(
    how: Image.Resampling, width: int, quality: int | None
) -> None:
    def saved(photo: Uint8Array) -> Uint8Array:
        return photo if quality is None else ops.as_jpeg(photo, quality)

    few = [dip(saved(from_few(scene(seed), width, how))) for seed in range(4)]
    blurred = [dip(saved(ops.blurred(scene(seed), radius))) for seed in range(4) for radius in (3, 6, 12)]
    assert np.median(few) > 2 * np.median(blurred)
    assert min(few) > 0.5 > np.median(blurred)


def test_it_is_seen_in_a_photo_that_was_resized_again() -> None:
    photo = from_few(scene(1), 24, R.BICUBIC)
    assert dip(ops.resized(photo, 210, 160)) > 0.5


def test_a_small_photo_and_a_plain_wall_are_not_enlarged() -> None:
    assert dip(ops.resized(scene(0), 18, 16)) == 0
    assert dip(np.full((200, 200, 3), 90, np.uint8)) < 0.1
    assert dip(scene(0)) < 0.5
