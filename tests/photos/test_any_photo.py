"""One photo in any form has the pixels of its file; what is no photo is refused in one line that says what to give."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.photos.pictures import BLUE, RED, cornered, encoded
from tests.photos.test_decode import swapped_profile
from tests.real_photos import DATA
from unseen.errors import UnreadablePhoto, UnseenError
from unseen.photos.any_photo import is_batch, open_any
from unseen.photos.decode import decode

SIDE_PX = 24
GRADIENT = np.linspace(0, 255, 90 * 70).reshape(70, 90).astype(np.uint8)


def same(form: object, expected: object) -> bool:
    return np.array_equal(open_any(form, SIDE_PX), open_any(expected, SIDE_PX))


def test_path_bytes_and_open_files_are_the_file(tmp_path: Path) -> None:
    content = encoded(cornered(90, 70), "JPEG")
    file = tmp_path / "photo.jpg"
    file.write_bytes(content)
    expected = decode(content, SIDE_PX)
    with file.open("rb") as stream:
        forms = [str(file), file, content, bytearray(content), memoryview(content), io.BytesIO(content), stream]
        for form in forms:
            assert np.array_equal(open_any(form, SIDE_PX), expected)
    assert expected.shape == (24, 31, 4)
    with file.open(encoding="latin-1") as text, pytest.raises(UnseenError, match='open it with "rb"'):
        open_any(text, SIDE_PX)


@pytest.mark.parametrize("orientation", [1, 3, 5, 6, 8])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_pillow_image_and_its_upright_array_are_the_file(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(Image.merge("RGB", [Image.fromarray(GRADIENT), *cornered(90, 70).split()[1:]]), kind, exif=exif)
    with Image.open(io.BytesIO(content)) as image:
        upright = np.asarray(ImageOps.exif_transpose(image))
        assert same(image, content)
    assert same(upright, content)
    assert open_any(content, SIDE_PX).shape[:2] == ((31, 24) if orientation >= 5 else (24, 31))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "YCbCr", "RGBA", "I;16", "F", "I"])
def test_every_mode_of_pillow_is_the_file_that_holds_it(mode: str) -> None:
    deep: dict[str, Any] = {"I;16": GRADIENT.astype(np.uint16) * 257, "F": GRADIENT / np.float32(255)}
    deep["I"] = GRADIENT.astype(np.int32) * 257
    image = Image.fromarray(deep[mode]) if mode in deep else cornered(90, 70).convert(mode)
    content = encoded(image, "TIFF")
    assert same(image, content)
    if mode in deep:
        assert np.abs(open_any(image, SIDE_PX).astype(int) - open_any(GRADIENT, SIDE_PX)).max() <= 1


def test_transparency_lies_on_white_whatever_the_form() -> None:
    cutout = cornered(90, 70).convert("RGBA")
    cutout.paste((0, 255, 0, 0), (45, 0, 90, 70))
    on_white = cornered(90, 70)
    on_white.paste((255, 255, 255), (45, 0, 90, 70))
    palette = Image.new("P", (90, 70), 0)
    palette.putpalette([*RED, *BLUE])
    palette.info["transparency"] = 0
    expected = open_any(on_white, SIDE_PX)[..., :3]
    for form in (cutout, np.asarray(cutout), encoded(cutout, "PNG")):
        found = open_any(form, SIDE_PX)
        assert np.array_equal(found[..., :3], expected)
        assert found[10, 30, 3] == 0
    assert (open_any(palette, SIDE_PX)[..., :3] == 255).all()


def test_a_profile_is_applied_to_an_image_too() -> None:
    from PIL import ImageCms

    profile = swapped_profile(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    content = encoded(cornered(90, 70), "PNG", icc_profile=profile)
    with Image.open(io.BytesIO(content)) as image:
        assert same(image, content)
    assert not same(content, cornered(90, 70))


def test_grey_deep_and_unit_arrays_are_the_8_bit_ones() -> None:
    forms: list[np.ndarray[Any, Any]] = [
        GRADIENT[..., None],
        np.dstack([GRADIENT] * 3),
        GRADIENT.astype(np.int64),
        GRADIENT.astype(np.uint16) * 257,
        GRADIENT.astype(np.float64) / 255,
        (GRADIENT / 255).astype(np.float16).astype(np.float32),
        GRADIENT.astype(np.float32),
    ]
    for form in forms:
        assert np.abs(open_any(form, SIDE_PX).astype(int) - open_any(GRADIENT, SIDE_PX)).max() <= 1
    assert same(GRADIENT > 100, ((GRADIENT > 100) * 255).astype(np.uint8))


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.zeros((3, 8, 9), np.uint8), "colours come last"),
        (np.zeros((8, 9, 2), np.uint8), "(H, W, 3) RGB"),
        (np.zeros((0, 8, 3), np.uint8), "(H, W, 3) RGB"),
        (np.zeros(8, np.uint8), "(H, W, 3) RGB"),
        (np.zeros((8, 9), np.complex64), "(H, W, 3) RGB"),
        (np.array([["a"]]), "(H, W, 3) RGB"),
        (np.full((8, 9, 3), -0.5), "from -0.5 to -0.5: undo its normalisation"),
        (np.full((8, 9, 3), 70000), "undo its normalisation"),
        (np.full((8, 9), np.nan), "NaN"),
        (None, "give a path, bytes"),
        (3, "give a path, bytes"),
        (object(), "give a path, bytes"),
    ],
)
def test_what_is_no_photo_is_refused_in_one_line(array: object, said: str) -> None:
    with pytest.raises(UnseenError) as refused:
        open_any(array, SIDE_PX)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_strips_are_refused_in_every_form() -> None:
    strip = Image.new("RGB", (600, 1))
    forms: list[object] = [strip, np.asarray(strip), encoded(strip, "PNG"), encoded(strip, "GIF")]
    for form in forms:
        with pytest.raises(UnreadablePhoto, match="too narrow: 600 x 1 px"):
            open_any(form, SIDE_PX)


def test_lists_and_stacks_are_batches() -> None:
    stack = np.zeros((2, 5, 5, 3), np.uint8)
    objects = np.array([Path("a"), Path("b")], dtype=object)
    forms: list[object] = [[], (), stack, objects, stack[0], b"a", "a"]
    assert [is_batch(form) for form in forms] == [True] * 4 + [False] * 3


@pytest.mark.real_photos
def test_real_photos_of_three_thousand_pixels_are_their_arrays() -> None:
    files = [file for file in (DATA / "sign_digits").glob("*/*.JPG") if file.stat().st_size > 200_000]
    assert len(files) == 3
    for file in files:
        with Image.open(file) as image:
            profile = image.info.pop("icc_profile")
            assert profile
            upright = np.asarray(ImageOps.exif_transpose(image))
            assert np.array_equal(open_any(image, 320), open_any(upright, 320))
