from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from planted.faults import blurred
from tests.auditing.planted_facts import SIDE, photo_set, sharp
from tests.split.scenes import jpeg
from unseen.auditing.photo_facts import measure_facts
from unseen.auditing.quality_measures import Measures, bar_share, edge_width, measure_pixels, noise
from unseen.photos.decode import decode_with_header
from unseen.photos.header import Header, header_columns
from unseen.records import Uint8Array


def measured(photo: Uint8Array) -> Measures:
    return measure_pixels([photo])[0]


def green(photo: Uint8Array) -> npt.NDArray[np.int16]:
    """One photo as a batch, (1, H, W)."""
    return photo[None, ..., 1].astype(np.int16)


def test_light_and_contrast_of_a_two_tone_photo() -> None:
    photo = np.full((96, 96, 4), 255, np.uint8)
    photo[:, :48, :3], photo[:, 48:, :3] = 40, 200
    found = measured(photo)
    assert found.brightness == pytest.approx(120, abs=1)
    assert (found.dark_level, found.bright_level) == pytest.approx((40, 200), abs=1)
    assert found.contrast == pytest.approx(80, abs=1)
    assert found.chroma == found.saturation == found.colourfulness == 0


def test_colours_are_counted_by_channel() -> None:
    photo = np.full((64, 64, 4), 255, np.uint8)
    photo[..., :3] = (250, 100, 10)
    found, (colours,) = measure_pixels([photo])
    assert np.flatnonzero(colours).tolist() == [7, 8 + 3, 16]
    assert colours.reshape(3, 8).sum(axis=1) == pytest.approx([1, 1, 1])
    assert found.chroma == 240
    assert found.saturation == pytest.approx(0.96)


@pytest.mark.parametrize("width_px", [2, 4, 6, 8])
def test_the_width_of_planted_edges_is_found_whatever_their_contrast(width_px: int) -> None:
    columns = np.arange(200)
    at = columns % 50
    ramp = np.clip((at - 5) / width_px, 0, 1) - np.clip((at - 30) / width_px, 0, 1)  # two edges every 50 px
    for low, high in ((20, 220), (80, 160)):
        photo = np.tile(low + (high - low) * ramp, (200, 1)).astype(np.int16)
        both = np.maximum(photo, photo.T)[None]
        assert edge_width(both) == pytest.approx(width_px / 200, rel=0.2)


def test_blur_in_one_direction_counts_and_grain_does_not_hide_a_sharp_photo() -> None:
    photo = sharp(1)
    wide = np.stack([np.roll(green(photo), k, axis=1) for k in range(12)]).mean(axis=0).astype(np.int16)
    widths = [float(edge_width(green(blurred(photo, radius)))[0]) for radius in (0, 1, 2, 4)]
    assert widths == sorted(widths)
    assert widths[0] < 0.015 < 0.024 < widths[2]
    assert edge_width(wide) > 0.024
    assert np.isnan(edge_width(green(photo)[:, :60, :60]))


@pytest.mark.parametrize("level", [4.0, 10.0, 25.0])
def test_planted_noise_is_measured_among_edges(level: float) -> None:
    grain = np.random.default_rng(0).normal(0, level, (SIDE, SIDE))
    noisy = np.clip(blurred(sharp(2), 0.7)[..., 1] + grain, 0, 255).astype(np.int16)[None]
    assert noise(noisy) == pytest.approx(level, rel=0.15)
    assert noise(green(sharp(2))) < 2.5


@pytest.mark.parametrize("level", [0, 128, 255])
def test_bars_are_measured_and_a_plain_wall_has_none(level: int) -> None:
    photo = sharp(3)
    photo[:20, :, :3] = photo[-20:, :, :3] = level
    found = measured(photo)
    assert found.bar_rows == pytest.approx(0.25, abs=0.03)
    assert found.bar_columns == 0
    assert measured(np.ascontiguousarray(photo.transpose(1, 0, 2))).bar_columns == pytest.approx(0.25, abs=0.03)
    assert measured(jpeg(photo)).bar_rows == pytest.approx(0.25, abs=0.06)
    wall = np.full((1, 64, 64), 200, np.int16)
    assert bar_share(wall) == 0
    wall[:, 20:44, 25:35] = 90  # a hand in the middle of a flat wall: the wall does not end in a straight line
    assert bar_share(wall) == 0


def test_flat_areas_and_their_colours_tell_a_drawing_from_a_photo() -> None:
    drawing = np.full((160, 160, 4), 255, np.uint8)
    drawing[40:80, 30:90, :3] = (10, 60, 200)
    drawn, seen = measured(drawing), measured(sharp(4))
    assert drawn.flat > 0.9
    assert drawn.top_colours == 1
    noisy = np.random.default_rng(0).integers(0, 256, (160, 160, 4), dtype=np.uint8)
    assert measured(noisy).flat < 0.01
    assert seen.flat < 1


@pytest.mark.parametrize("shape", [(1, 1, 4), (1, 40, 4), (40, 1, 3), (2, 2, 4), (3, 3, 4), (192, 7, 4), (70, 300, 3)])
def test_any_shape_is_measured(shape: tuple[int, int, int]) -> None:
    found = measure_facts(photo_set(["a"]), [np.full(shape, 77, np.uint8)])
    assert found.brightness == pytest.approx(77, abs=0.1)
    assert found.colours.sum() == pytest.approx(3)


def test_facts_align_with_photos_and_unknown_is_not_zero(tmp_path: Path) -> None:
    pixels = [sharp(i) for i in range(3)]
    Image.fromarray(pixels[1][..., :3]).resize((640, 480)).save(tmp_path / "b.jpg", quality=40)
    headers = header_columns([Header(), decode_with_header(tmp_path / "b.jpg", SIDE)[1], Header()])
    found = measure_facts(photo_set(["x"] * 3), pixels, headers=headers)
    assert len(found) == 3
    assert found.width.tolist() == [SIDE, 640, SIDE]
    assert found.short_side.tolist() == [SIDE, 480, SIDE]
    assert found.aspect.tolist() == pytest.approx([1, 4 / 3, 1])
    assert np.isnan(found.file_bytes).tolist() == [True, False, True]
    assert found.jpeg_quality[1] == 40
    assert np.isnan(found.jpeg_quality[[0, 2]]).all()
    assert found.formats == ("", "JPEG", "")
    for i, photo in enumerate(pixels):
        assert found.brightness[i] == pytest.approx(measured(photo).brightness)
    assert len(measure_facts(photo_set([]), [])) == 0
