"""The lines for a page, run by a browser: the numbers must be those that the search gave the network."""

import base64
import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.serve.chromium import CHROMIUM, flags, needs_chromium
from unseen.diagnosing.photo_reading import SCALES, Reading
from unseen.diagnosing.scaling import network_batch, pixels_of
from unseen.diagnosing.snippets import snippets
from unseen.foreign.network import Stored
from unseen.records import Uint8Array

pytestmark = [needs_chromium, pytest.mark.filterwarnings("default")]
RUN = """async ([photo, lines, result]) => {
  const image = new Image(); image.src = photo; await image.decode();
  return Array.from(new Function('image', lines + '; return ' + result)(image));
}"""
BASE = Reading(24, 24)
# the size that the network takes, so that no browser's own way to resize shows
PHOTO: Uint8Array = np.random.default_rng(0).integers(0, 256, (24, 24, 3)).astype(np.uint8)
WAYS = [
    *((replace(BASE, scale=scale), 3) for scale in SCALES),
    (replace(BASE, order="bgr", scale="caffe", layout="nchw"), 3),
    (replace(BASE, order="bgr", scale="imagenet", layout="nchw"), 3),
    (replace(BASE, order="grey"), 3), (replace(BASE, order="grey", scale="imagenet"), 1),
    (replace(BASE, order="grey", scale="caffe", layout="nchw"), 1),
]  # fmt: skip


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags())
        yield browser.new_page()
        browser.close()


def found(page: Any, photo: Uint8Array, lines: str, result: str = "x") -> Any:
    """What the lines make of a photo."""
    stream = io.BytesIO()
    Image.fromarray(photo).save(stream, "PNG")
    source = "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()
    return np.array(page.evaluate(RUN, [source, lines, result]))


def test_a_page_gives_the_networks_input(page: Any) -> None:
    for reading, channels in WAYS:
        expected = network_batch(pixels_of(PHOTO, reading)[None], reading, channels).ravel()
        made = found(page, PHOTO, snippets(reading, channels)["browser"])
        level = np.ptp(expected) / 255
        assert made.shape == expected.shape, reading
        assert np.abs(made - expected).max() <= 1.01 * level, (reading, channels)


def test_a_page_fits_a_wide_photo_as_the_network_wants_it(page: Any) -> None:
    wide = np.zeros((24, 48, 3), np.uint8)
    wide[:, :12], wide[:, 36:] = (200, 0, 0), (0, 0, 200)
    wide[:, 12:36] = (0, 180, 0)
    for fit in ("squash", "crop", "letterbox-grey", "letterbox-white"):
        reading = replace(BASE, fit=fit)
        expected = network_batch(pixels_of(wide, reading)[None], reading, 3).ravel()
        made = found(page, wide, snippets(reading, 3)["browser"])
        assert np.abs(made - expected).mean() < 0.03, fit


def test_a_page_makes_whole_levels(page: Any) -> None:
    for stored in (Stored("uint8"), Stored("int8", 1 / 127.5, -1)):
        for scale in ("raw", "imagenet"):
            reading = replace(BASE, scale=scale)
            expected = network_batch(PHOTO[None], reading, 3)
            expected = stored.levels(stored.meant_by_levels(expected) if scale == "raw" else expected)
            made = found(page, PHOTO, snippets(reading, 3, stored)["browser"], "levels")
            assert np.abs(made - expected.ravel()).max() <= 1, (stored, scale)
