from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from unseen.errors import UnreadablePhoto
from unseen.photos.decode import decode_with_header
from unseen.photos.header import Exif, Header, header_columns, jpeg_quality

from .pictures import encoded, exif_block, noisy


def header(source: Path | bytes) -> Header:
    return decode_with_header(source, 32)[1]


def exif_of(block: bytes) -> Exif:
    return Exif(*header(encoded(noisy(1), "JPEG", exif=block))[5:])


@pytest.mark.parametrize("quality", [5, 30, 50, 75, 92, 95, 100])
@pytest.mark.parametrize("progressive", [False, True])
def test_jpeg_quality_and_size_are_read_back(quality: int, progressive: bool, tmp_path: Path) -> None:
    file = tmp_path / "p.jpg"
    noisy(5).resize((70, 50)).save(file, quality=quality, progressive=progressive, icc_profile=b"x" * 90_000)
    found = header(file)
    assert (found.width, found.height, found.kind, found.jpeg_quality) == (70, 50, "JPEG", quality)
    assert found.file_bytes == file.stat().st_size


def test_the_size_is_that_of_the_file_however_small_it_is_decoded() -> None:
    found = header(encoded(noisy(3, 400).resize((800, 600)), "JPEG", quality=70))
    assert (found.width, found.height, found.jpeg_quality) == (800, 600, 70)


def test_a_table_of_a_camera_gets_the_nearest_quality() -> None:
    assert jpeg_quality(64) == 100
    assert jpeg_quality(64 * 255) <= 5


def test_exif_is_read_and_the_size_is_that_of_the_upright_photo(tmp_path: Path) -> None:
    for suffix in ("jpg", "png", "webp", "tiff"):
        file = tmp_path / f"p.{suffix}"
        Image.new("RGB", (40, 30)).save(file, exif=exif_block())
        found = header(file)
        assert (found.width, found.height) == (30, 40)
        assert found.orientation == (1 if suffix == "tiff" else 6)  # Pillow turns a TIFF while it loads it
        assert found.taken == 1714979289.0  # 2024-05-06 07:08:09: when it was taken, not when it was changed
        assert found.camera == "Maker Model 3"


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_other_formats_have_a_size_and_no_quality(kind: str, tmp_path: Path) -> None:
    file = tmp_path / f"p.{kind.lower()}"
    Image.new("RGB", (33, 21), (1, 2, 3)).save(file, format=kind)
    found = header(file)
    assert (found.width, found.height, found.kind, found.jpeg_quality) == (33, 21, kind, None)


def test_jpeg_cut_anywhere_is_refused_or_known_never_a_crash() -> None:
    content = encoded(noisy(1, 160), "JPEG", exif=exif_block())
    for cut in range(0, 700, 7):
        try:
            assert header(content[:cut]).width == 160
        except UnreadablePhoto:
            continue


def test_the_time_is_when_the_photo_was_taken_not_when_it_was_saved() -> None:
    assert exif_of(exif_block()) == Exif(6, 1714979289.0, "Maker Model 3")
    assert exif_of(exif_block(taken="")).taken is None
    assert exif_of(exif_block(taken="0000:00:00 00:00:00")).taken is None


def test_broken_exif_says_nothing_and_costs_no_photo() -> None:
    block, picture = exif_block(), noisy(2)
    assert header(encoded(picture, "JPEG", exif=block)).camera == "Maker Model 3"
    for cut in range(6, len(block)):
        assert header(encoded(picture, "JPEG", exif=block[:cut])).width == 24
    rng = np.random.default_rng(0)
    for _ in range(500):
        broken = bytearray(block)
        broken[int(rng.integers(6, len(block)))] = int(rng.integers(0, 256))
        found = header(encoded(picture, "JPEG", exif=bytes(broken)))
        assert (found.width, 1 <= found.orientation <= 8) == (24, True)
    nothing = header(encoded(picture, "JPEG", exif=b"Exif\0\0" + b"\xff" * 40))
    assert nothing[5:] == Exif()


def test_columns_align_with_photos_and_unknown_is_not_zero() -> None:
    plain, timed = (encoded(noisy(i), "JPEG", quality=70, exif=exif_block() if i else b"") for i in range(2))
    found = header_columns([header(plain), Header(), header(timed)])
    assert found.width.tolist() == [24, 0, 24]
    assert found.file_bytes[[0, 2]].tolist() == [len(plain), len(timed)]
    assert np.isnan(found.file_bytes).tolist() == [False, True, False]
    assert np.isnan(found.jpeg_quality).tolist() == [False, True, False]
    assert np.isnan(found.taken).tolist() == [True, True, False]
    assert found.cameras == ("", "", "Maker Model 3")
    assert found.formats == ("JPEG", "", "JPEG")
    assert found.orientation.tolist() == [1, 1, 6]
    assert len(header_columns([]).width) == 0
