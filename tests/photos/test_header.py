from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from unseen.photos.header import jpeg_quality, read_header, read_headers
from unseen.progress import Silent

from .pictures import encoded, exif_block, noisy


@pytest.mark.parametrize("quality", [5, 30, 50, 75, 92, 95, 100])
@pytest.mark.parametrize("progressive", [False, True])
def test_jpeg_quality_and_size_are_read_back(quality: int, progressive: bool, tmp_path: Path) -> None:
    file = tmp_path / "p.jpg"
    noisy(5).resize((70, 50)).save(file, quality=quality, progressive=progressive, icc_profile=b"x" * 90_000)
    found = read_header(file)
    assert (found.width, found.height, found.kind, found.jpeg_quality) == (70, 50, "JPEG", quality)
    assert found.file_bytes == file.stat().st_size


def test_a_table_of_a_camera_gets_the_nearest_quality() -> None:
    assert jpeg_quality(np.ones(64)) == 100
    assert jpeg_quality(np.full(64, 255)) <= 5


def test_exif_is_read_and_the_size_is_that_of_the_upright_photo(tmp_path: Path) -> None:
    for suffix in ("jpg", "png", "webp"):
        file = tmp_path / f"p.{suffix}"
        Image.new("RGB", (40, 30)).save(file, exif=exif_block())
        found = read_header(file)
        assert (found.width, found.height, found.orientation) == (30, 40, 6)
        assert found.taken == 1714979289.0  # 2024-05-06 07:08:09: when it was taken, not when it was changed
        assert found.camera == "Maker Model 3"


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_other_formats_have_a_size_and_no_quality(kind: str, tmp_path: Path) -> None:
    file = tmp_path / f"p.{kind.lower()}"
    Image.new("RGB", (33, 21), (1, 2, 3)).save(file, format=kind)
    found = read_header(file)
    assert (found.width, found.height, found.kind, found.jpeg_quality) == (33, 21, kind, None)


def test_jpeg_cut_anywhere_is_unknown_or_known_never_a_crash(tmp_path: Path) -> None:
    content = encoded(noisy(1, 160), "JPEG", exif=exif_block())
    for cut in range(0, 700, 7):
        (tmp_path / "cut.jpg").write_bytes(content[:cut])
        assert read_header(tmp_path / "cut.jpg").width in (0, 160)


def test_columns_align_with_files_and_unknown_is_not_zero(tmp_path: Path) -> None:
    files = [tmp_path / f"{i}.jpg" for i in range(600)]  # more than one thread takes at once
    for i, file in enumerate(files):
        if i % 3 == 1:
            continue  # it is not there
        Image.new("RGB", (40 + i, 30)).save(file, quality=70, exif=exif_block() if i % 3 else b"")
    found = read_headers(files, Silent())
    number = np.arange(600)
    there, timed = number % 3 != 1, number % 3 == 2
    assert np.array_equal(found.width, np.where(timed, 30, (40 + number) * there))
    assert np.array_equal(np.isnan(found.file_bytes), ~there)
    assert np.array_equal(np.isnan(found.jpeg_quality), ~there)
    assert np.array_equal(np.isnan(found.taken), ~timed)
    assert set(found.taken[timed].tolist()) == {1714979289.0}
    assert found.cameras == tuple("Maker Model 3" if known else "" for known in timed)
    assert found.formats == tuple("JPEG" if known else "" for known in there)
    assert np.array_equal(found.orientation, np.where(timed, 6, 1))


def test_no_files() -> None:
    assert len(read_headers([], Silent()).width) == 0
