import io
import struct
import threading
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageFile

from tests.photos.pictures import BLUE, GREEN, RED, WHITE, cornered, encoded
from tests.real_photos import DATA
from unseen.errors import UnreadablePhoto
from unseen.photos import decode as module
from unseen.photos.decode import decode
from unseen.records import Uint8Array


def near(pixel: Uint8Array, colour: tuple[int, ...], by: int = 12) -> bool:
    return bool((abs(pixel[:3].astype(int) - np.array(colour)) <= by).all())


def reason(content: bytes | Path, side_px: int = 64) -> str:
    with pytest.raises(UnreadablePhoto) as caught:
        decode(content, side_px)
    return str(caught.value)


def png_header(width: int, height: int) -> bytes:
    """A PNG of a few bytes that states any size."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF"])
def test_every_format_keeps_its_colours_and_corner(kind: str) -> None:
    pixels = decode(encoded(cornered(), kind), 200)
    assert pixels.shape == (48, 64, 4)
    assert pixels.dtype == np.uint8
    assert near(pixels[4, 4], RED, 40)
    assert near(pixels[40, 60], BLUE, 40)
    assert (pixels[..., 3] == 255).all()


# Where the stored top left corner belongs once upright: (bottom, right), by the EXIF specification.
@pytest.mark.parametrize(
    ("orientation", "bottom", "right", "is_turned"),
    [(1, 0, 0, 0), (2, 0, 1, 0), (3, 1, 1, 0), (4, 1, 0, 0), (5, 0, 0, 1), (6, 0, 1, 1), (7, 1, 1, 1), (8, 1, 0, 1)],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_exif_orientation_puts_the_corner_where_it_belongs(
    kind: str, orientation: int, bottom: int, right: int, is_turned: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    for side_px in (100, 32):
        pixels = decode(encoded(cornered(128, 96), kind, exif=exif), side_px)
        height, width = pixels.shape[:2]
        assert (height > width) == bool(is_turned)
        corner = pixels[height - 4 if bottom else 3, width - 4 if right else 3]
        assert near(corner, RED, 60)
        assert near(pixels[3 if bottom else height - 4, 3 if right else width - 4], BLUE, 60)


def test_broken_exif_is_passed_over_without_a_warning() -> None:
    good = encoded(cornered(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\x01\x12\x77" * 9)
    tiff = encoded(cornered(), "TIFF", dpi=(72, 72))
    cut_tag = tiff.replace(struct.pack("<HHI", 282, 5, 1), struct.pack("<HHI", 282, 5, 2**20))
    assert cut_tag != tiff
    for content in (good, cut_tag):
        assert decode(content, 64).shape == (48, 64, 4)


def test_cmyk_red_stays_red() -> None:
    for kind in ("JPEG", "TIFF"):
        pixels = decode(encoded(cornered(mode="CMYK"), kind), 64)
        assert near(pixels[4, 4], RED, 30)
        assert near(pixels[40, 60], BLUE, 30)


def test_adobe_inverted_cmyk_is_turned_back() -> None:
    content = encoded(cornered(mode="CMYK"), "JPEG")  # Pillow writes it inverted, with the APP14 marker
    assert b"Adobe" in content
    assert near(decode(content, 64)[4, 4], RED, 30)


def test_cmyk_of_the_ycck_kind_keeps_its_colours() -> None:
    """A YCCK JPEG is a CMYK one whose marker says transform 2; decoded as one, grey stays grey."""
    image = Image.new("CMYK", (32, 32), (0, 0, 0, 255 - 90))
    content = bytearray(encoded(image, "JPEG", quality=100))
    content[content.index(b"Adobe") + 11] = 2
    with Image.open(io.BytesIO(bytes(content))) as opened:
        expected = np.asarray(opened.convert("RGB"))
    assert (decode(bytes(content), 64)[..., :3] == expected).all()


@pytest.mark.parametrize(
    "values",
    [
        np.linspace(0, 65535, 64).astype(np.uint16),
        np.linspace(0, 4095, 64).astype(np.uint16),
        np.linspace(0, 1, 64).astype(np.float32),
        np.linspace(-3e5, 3e5, 64).astype(np.int32),
        np.linspace(0, 65535, 64).astype(np.int32),
    ],
    ids=["16 bit", "12 bit", "unit floats", "signed", "32 bit"],
)
def test_deep_gradients_keep_their_order_and_span(values: np.ndarray[tuple[int], np.dtype[np.generic]]) -> None:
    image = Image.fromarray(np.tile(values, (16, 1)))
    row = decode(encoded(image, "TIFF"), 64)[8, :, 0].astype(int)
    assert (np.diff(row) >= 0).all()
    assert len(set(row)) == 64
    assert row[0] == 0
    assert row[-1] == 255


def test_a_dark_16_bit_png_stays_dark() -> None:
    image = Image.fromarray(np.full((8, 8), 65535 // 4, dtype=np.uint16))
    assert decode(encoded(image, "PNG"), 8)[0, 0, 0] == 64


def test_nan_is_black_and_does_not_spread() -> None:
    values = np.full((8, 8), 0.5, dtype=np.float32)
    values[0, 0] = np.nan
    pixels = decode(encoded(Image.fromarray(values), "TIFF"), 8)
    assert pixels[0, 0, 0] == 0
    assert pixels[4, 4, 0] == 128


def test_transparent_photos_lie_on_white_and_keep_their_alpha() -> None:
    image = Image.new("RGBA", (10, 10), (*RED, 255))
    image.paste((*RED, 0), (0, 0, 5, 10))
    image.putpixel((9, 9), (0, 0, 0, 128))
    for kind, options in (("PNG", {}), ("WEBP", {"lossless": True, "exact": True}), ("TIFF", {})):
        pixels = decode(encoded(image, kind, **options), 10)
        assert near(pixels[2, 2], WHITE, 0)
        assert pixels[2, 2, 3] == 0
        assert near(pixels[2, 8], RED, 0)
        assert pixels[2, 8, 3] == 255
        assert tuple(pixels[9, 9]) == (127, 127, 127, 128)


def test_colour_hidden_under_transparency_does_not_bleed_in_when_reduced() -> None:
    image = Image.new("RGBA", (80, 80), (0, 255, 0, 0))
    image.paste((*RED, 255), (0, 0, 41, 80))
    pixels = decode(encoded(image, "PNG"), 20).astype(int)
    assert (pixels[..., 1] <= pixels[..., 0]).all()


@pytest.mark.parametrize("mode", ["P", "L", "LA", "1", "YCbCr", "LAB"])
def test_other_modes_show_dark_left_and_light_right(mode: str) -> None:
    image = Image.new("RGB", (16, 16), (0, 0, 0))
    image.paste(WHITE, (8, 0, 16, 16))
    if mode == "LAB":
        image = Image.merge("LAB", (image.convert("L"), *[Image.new("L", (16, 16), 128)] * 2))
    kind = "TIFF" if mode in ("LAB", "YCbCr") else "PNG"
    pixels = decode(encoded(image.convert(mode), kind), 16)
    assert near(pixels[8, 2], (0, 0, 0), 5)
    assert near(pixels[8, 13], WHITE, 5)


def test_palette_transparency_becomes_alpha() -> None:
    image = Image.new("P", (8, 8), 1)
    image.putpalette([*GREEN, *RED])
    image.paste(0, (0, 0, 4, 8))
    for content in (encoded(image, "PNG", transparency=0), encoded(image, "GIF", transparency=0)):
        pixels = decode(content, 8)
        assert tuple(pixels[4, 1]) == (255, 255, 255, 0)
        assert near(pixels[4, 6], RED, 0)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_first_frame_of_several_is_taken(kind: str) -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in (RED, GREEN, BLUE)]
    pixels = decode(encoded(frames[0], kind, save_all=True, append_images=frames[1:]), 20)
    assert near(pixels[10, 10], RED, 8)


def test_display_p3_is_converted_and_srgb_left_alone() -> None:
    image = Image.new("RGB", (8, 8), (200, 100, 50))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert near(decode(encoded(image, "PNG", icc_profile=srgb), 8)[0, 0], (200, 100, 50), 0)
    assert near(decode(encoded(image, "PNG", icc_profile=b"junk" * 50), 8)[0, 0], (200, 100, 50), 0)
    swapped = swapped_profile(srgb)
    assert near(decode(encoded(image, "PNG", icc_profile=swapped), 8)[0, 0], (50, 100, 200), 3)


def swapped_profile(srgb: bytes) -> bytes:
    """An RGB profile whose red and blue primaries are exchanged, and which does not call itself sRGB."""
    profile = bytearray(srgb)
    for at in range(132, 132 + 12 * struct.unpack(">I", srgb[128:132])[0], 12):
        name = bytes(profile[at : at + 4])
        profile[at : at + 4] = {b"rXYZ": b"bXYZ", b"bXYZ": b"rXYZ"}.get(name, name)
    return bytes(profile).replace("sRGB".encode("utf-16-be"), "else".encode("utf-16-be"))


def test_short_side_is_bounded_long_side_too_and_nothing_is_enlarged() -> None:
    def shape(width: int, height: int, side_px: int, kind: str = "PNG") -> tuple[int, ...]:
        return decode(encoded(Image.new("RGB", (width, height)), kind), side_px).shape[:2]

    assert shape(300, 200, 100) == (100, 150)
    assert shape(30, 20, 100) == (20, 30)
    assert shape(100, 10000, 64) == (256, 3)
    assert shape(10000, 100, 64) == (3, 256)
    assert shape(1600, 1201, 64, "JPEG") == (64, 85)
    with pytest.raises(ValueError, match="side_px"):
        decode(encoded(cornered(), "PNG"), 0)


def test_what_is_decoded_at_a_smaller_scale_agrees_with_the_full_decode(monkeypatch: pytest.MonkeyPatch) -> None:
    smooth = Image.linear_gradient("L").resize((1600, 1200)).convert("RGB")
    content = encoded(smooth, "JPEG", quality=95)
    whole = decode(content, 100).astype(int)
    monkeypatch.setattr(module, "MAX_EXACT_PIXELS", 1000)
    drafted = decode(content, 100)
    assert not np.array_equal(drafted, whole)
    assert abs(drafted - whole).max() <= 3


def test_same_bytes_same_pixels_from_a_path_and_from_many_threads(tmp_path: Path) -> None:
    content = encoded(cornered(700, 500), "JPEG")
    (tmp_path / "a.png").write_bytes(content)  # a wrong extension does not matter
    expected = decode(content, 50)
    with ThreadPoolExecutor(8) as pool:
        for pixels in pool.map(lambda _: decode(tmp_path / "a.png", 50), range(40)):
            assert (pixels == expected).all()


def test_refusals_that_need_no_decoder(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    assert reason(tmp_path / "empty.jpg") == "empty file"
    assert reason(b"") == "empty file"
    assert reason(b"hello, this is text\n" * 9) == "not an image"
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
    assert reason(pointer) == "a pointer of Git LFS (git lfs pull fetches it)"
    assert reason(b"\n<!doctype html><title>404</title>") == "a web page, saved instead of the photo"
    assert reason(tmp_path / "absent.jpg").startswith("cannot be opened")
    assert reason(tmp_path) == "not a file"
    assert reason(b"\xff\x0a" + b"\0" * 64) == "JPEG XL is not read: convert it to JPEG or PNG"
    assert reason(b"\0\0\0\x18ftypmp42" + b"\0" * 64) == "not an image"
    with (tmp_path / "huge.jpg").open("wb") as stream:
        stream.truncate(module.MAX_FILE_BYTES + 1)  # sparse: takes no disk
    assert reason(tmp_path / "huge.jpg") == "file too large (256 MiB)"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "GIF"])
@pytest.mark.parametrize("share", [0.5, 0.9, 0.98])
def test_truncated_photos_are_refused_and_not_padded(kind: str, share: float) -> None:
    rng = np.random.default_rng(1)
    content = encoded(Image.fromarray(rng.integers(0, 256, (90, 90, 3), dtype=np.uint8)), kind)
    assert reason(content[: int(len(content) * share)]) == "truncated"


@pytest.mark.parametrize("options", [{}, {"compression": "tiff_lzw"}, {"compression": "tiff_adobe_deflate"}])
def test_truncated_tiff_is_refused(options: dict[str, str]) -> None:
    content = encoded(cornered(200, 200), "TIFF", **options)
    assert reason(content[: len(content) // 2]) in ("truncated", "damaged")


def test_bombs_are_refused_by_their_header_alone() -> None:
    assert reason(png_header(10_000, 10_000)) == "too many pixels (10000 x 10000)"
    assert reason(png_header(100_000, 100_000)) == "too many pixels (100000 x 100000)"
    vp8x = b"VP8X" + struct.pack("<II", 10, 0) + (16382).to_bytes(3, "little") * 2
    webp = b"RIFF" + struct.pack("<I", 4 + len(vp8x)) + b"WEBP" + vp8x
    assert reason(webp) == "too many pixels (16383 x 16383)"


def jpeg_stating(width: int, height: int) -> bytes:
    content = bytearray(encoded(Image.new("L", (16, 16)), "JPEG"))
    at = content.index(b"\xff\xc0")
    content[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(content)


def test_large_jpegs_are_judged_by_what_would_be_decoded() -> None:
    assert reason(jpeg_stating(12_000, 10_000)[:-2], 256) == "truncated"  # its size is accepted, its end missed
    assert reason(jpeg_stating(12_000, 10_000), 6000) == "too many pixels (12000 x 10000)"
    assert reason(jpeg_stating(60_000, 60_000), 64) == "too many pixels (60000 x 60000)"


def test_a_large_real_jpeg_is_decoded_at_a_reduced_scale() -> None:
    pixels = decode(encoded(Image.new("L", (11_000, 9_000), 77), "JPEG"), 64)  # 99 megapixels: Pillow would warn
    assert pixels.shape[0] == 64
    assert near(pixels[30, 30], (77, 77, 77), 2)


def test_nothing_global_is_changed() -> None:
    before = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(warnings.filters)
    threads = [threading.Thread(target=decode, args=(encoded(cornered(), "TIFF"), 8)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert reason(png_header(60_000, 60_000)).startswith("too many pixels")
    assert (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(warnings.filters)) == before


@pytest.mark.real_photos
def test_real_photos_of_all_sizes_decode() -> None:
    files = sorted((DATA / "sign_digits").glob("*/*.JPG"))
    large = [file for file in files if file.stat().st_size > 200_000]
    assert len(large) == 3
    for file in [*large, *files[::100]]:
        pixels = decode(file, 96)
        assert pixels.shape == (96, 96, 4)
        assert pixels[..., :3].std() > 5
