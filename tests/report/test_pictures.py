"""Pixels come back from a URI, exactly from PNG and closely from JPEG; sheets put pictures in their places."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from tests.report.report_fakes import picture
from unseen.errors import UnseenError
from unseen.records import Uint8Array
from unseen.report.pictures import contact_sheet, data_uri


def opened(uri: str) -> tuple[str, Uint8Array]:
    head, body = uri.split(",", 1)
    image = Image.open(io.BytesIO(base64.b64decode(body, validate=True)))
    return head, np.asarray(image.convert("RGB"))


def test_small_pictures_are_exact() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (32, 48, 3), dtype=np.uint8)
    head, back = opened(data_uri(pixels))
    assert head == "data:image/png;base64"
    assert np.array_equal(back, pixels)


def test_a_picture_of_noise_is_shown_too() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    assert opened(data_uri(pixels))[1].shape == pixels.shape


def test_large_pictures_are_close_and_small() -> None:
    grain = np.random.default_rng(0).normal(0, 3, (224, 224, 3))
    pixels = np.clip(picture(3, side_px=224) + grain, 0, 255).astype(np.uint8)
    head, back = opened(data_uri(pixels))
    assert head == "data:image/jpeg;base64"
    assert np.abs(back.astype(int) - pixels).mean() < 4
    assert len(data_uri(pixels)) * 3 < len(data_uri(pixels, "png"))


def test_colours_keep_their_order() -> None:
    red = np.zeros((80, 80, 3), dtype=np.uint8)
    red[..., 0] = 255
    _, back = opened(data_uri(red))
    assert back[40, 40, 0] > 250
    assert back[40, 40, 1:].max() < 5


def test_a_view_of_other_pixels_can_be_shown() -> None:
    whole = picture(1, side_px=40)
    _, back = opened(data_uri(whole[::-1, ::2]))
    assert np.array_equal(back, whole[::-1, ::2])


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3)),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_refuses_what_is_not_a_picture(pixels: Uint8Array) -> None:
    with pytest.raises(UnseenError, match="give \\(height, width, 3\\) uint8 RGB"):
        data_uri(pixels)


def test_a_sheet_puts_pictures_in_reading_order() -> None:
    shades = [np.full((4, 6, 3), shade, dtype=np.uint8) for shade in (10, 20, 30)]
    sheet = contact_sheet(shades, columns=2, gap_px=2, ground=200)
    assert sheet.shape == (4 + 2 + 4, 6 + 2 + 6, 3)
    assert (sheet[0, 0, 0], sheet[0, 8, 0], sheet[6, 0, 0]) == (10, 20, 30)
    assert sheet[6, 8, 0] == 200
    assert (sheet[4:6] == 200).all()


def test_a_smaller_picture_is_centred() -> None:
    shades = [np.full((5, 5, 3), 10, dtype=np.uint8), np.full((1, 1, 3), 20, dtype=np.uint8)]
    sheet = contact_sheet(shades, columns=9, gap_px=0)
    assert sheet.shape == (5, 10, 3)
    assert np.argwhere(sheet[..., 0] == 20).tolist() == [[2, 7]]


def test_an_empty_sheet_is_refused() -> None:
    with pytest.raises(UnseenError, match="0 pictures"):
        contact_sheet([], columns=3)
