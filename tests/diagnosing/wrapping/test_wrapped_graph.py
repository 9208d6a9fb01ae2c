"""Readings as graphs: they must give networks what the same readings give them in NumPy."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from unseen.diagnosing.photo_reading import FITS, INTERPOLATIONS, SCALES, Reading
from unseen.diagnosing.scaling import network_batch, pixels_of
from unseen.diagnosing.wrapping.wrapped_graph import prepare_part
from unseen.onnx_session import cpu_session
from unseen.records import Uint8Array

BASE = Reading(24, 32)
WAYS = [
    *(replace(BASE, fit=fit, interpolation=how) for fit, how in zip(FITS, INTERPOLATIONS, strict=False)),
    *(replace(BASE, fit="crop", interpolation=how) for how in INTERPOLATIONS),
    *(replace(BASE, scale=scale, order="bgr", layout="nchw") for scale in SCALES),
    replace(BASE, order="grey", scale="imagenet"),
    replace(BASE, order="grey", scale="standardise", layout="nchw"),
]


def smooth(height: int, width: int) -> Uint8Array:
    """Return a picture without fine grain, as a photo is."""
    grain = np.random.default_rng(height).integers(0, 256, (max(2, height // 6), max(2, width // 6), 3))
    return np.asarray(Image.fromarray(grain.astype(np.uint8)).resize((width, height)))


PHOTOS = [smooth(60, 84), smooth(131, 77), smooth(20, 30), smooth(24, 24), smooth(300, 40)]


@pytest.mark.parametrize("reading", WAYS, ids=str)
def test_a_graph_prepares_photos_as_the_reading_says(reading: Reading) -> None:
    for channels in (3, 1) if reading.order == "grey" else (3,):
        session = cpu_session(prepare_part(reading, channels).SerializeToString())
        for photo in PHOTOS:
            given, pixels = session.run(None, {"photos": np.stack([photo, photo[::-1]])})
            expected = pixels_of(photo, reading)
            apart = np.abs(pixels[0].astype(np.int64) - expected)
            # a half is rounded to either side where Pillow's weights are of 22 bits
            assert apart.max() <= 1
            assert (apart > 0).mean() <= 0.1
            np.testing.assert_array_equal(pixels[1], session.run(None, {"photos": photo[None, ::-1]})[1][0])
            numbers = network_batch(pixels, reading, channels)
            np.testing.assert_allclose(given, numbers, rtol=1e-4, atol=1e-4 * np.abs(numbers).max())
