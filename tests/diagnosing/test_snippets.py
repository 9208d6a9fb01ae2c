"""The lines for each library, run as they are written: they must give what the search gave the network."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from unseen.diagnosing.photo_reading import FITS, SCALES, Reading, Scale, parse_reading
from unseen.diagnosing.scaling import network_batch, pixels_of
from unseen.diagnosing.snippets import snippets
from unseen.errors import SettingError
from unseen.foreign.network import Stored
from unseen.records import Float32Array, Uint8Array

BASE = Reading(24, 24)
PHOTO: Uint8Array = np.random.default_rng(0).integers(0, 256, (60, 84, 3)).astype(np.uint8)
WAYS = [
    *(replace(BASE, scale=scale) for scale in SCALES),
    *(replace(BASE, fit=fit) for fit in FITS),
    replace(BASE, order="bgr", scale="caffe", layout="nchw"),
    replace(BASE, order="bgr", scale="imagenet"),
    replace(BASE, order="grey"),
    replace(BASE, height_px=16, width_px=32, fit="crop"),
]


def ours(reading: Reading, channels: int = 3) -> Float32Array:
    return network_batch(pixels_of(PHOTO, reading)[None], reading, channels)


def level_of(reading: Reading) -> float:
    """How much the numbers change with one grey level."""
    return float(np.ptp(ours(reading)) / np.ptp(ours(replace(reading, scale="raw"))))


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Reading, int], Float32Array]:
    Image.fromarray(PHOTO).save(tmp_path / "photo.png")
    (tmp_path / "photo.png").rename(tmp_path / "photo.jpg")  # without loss, and under the name that the lines have
    monkeypatch.chdir(tmp_path)

    def made(library: str, reading: Reading, channels: int = 3) -> Float32Array:
        names: dict[str, Any] = {"np": np, "cv2": cv2, "Image": Image, "ImageOps": ImageOps}
        exec(snippets(reading, channels)[library], names)
        return np.asarray(names["x"])

    return made


@pytest.mark.parametrize("library", ["pillow", "opencv"])
def test_the_lines_that_are_shown_run_as_they_are(library: str, run: Callable[..., Float32Array]) -> None:
    reading = replace(BASE, fit="letterbox-white")
    names: dict[str, Any] = {}
    exec(snippets(reading, 3, imports=True)[library], names)
    assert names["x"].shape == (1, 24, 24, 3)


@pytest.mark.parametrize("reading", WAYS, ids=str)
def test_pillows_lines_give_the_networks_input(reading: Reading, run: Callable[..., Float32Array]) -> None:
    found, expected = run("pillow", reading), ours(reading)
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= 1.2 * level_of(reading)  # a grey level: rounding


@pytest.mark.parametrize("reading", [replace(way, interpolation="bilinear") for way in WAYS], ids=str)
def test_opencvs_lines_give_the_networks_input(reading: Reading, run: Callable[..., Float32Array]) -> None:
    found, expected = run("opencv", reading), ours(reading)
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= 1.2 * level_of(reading)


@pytest.mark.parametrize("how", ["area", "nearest", "nearest-corner", "bicubic"])
def test_opencvs_interpolations_are_ours(how: Any) -> None:
    flag = {"area": cv2.INTER_AREA, "nearest": cv2.INTER_NEAREST_EXACT, "nearest-corner": cv2.INTER_NEAREST,
            "bicubic": cv2.INTER_CUBIC}[how]  # fmt: skip
    expected = cv2.resize(PHOTO, (24, 20), interpolation=flag).astype(int)
    found = pixels_of(PHOTO, replace(BASE, height_px=20, width_px=24, interpolation=how)).astype(int)
    assert np.abs(found - expected).max() <= 1


def test_one_channel_is_given_one_channel(run: Callable[..., Float32Array]) -> None:
    reading = replace(BASE, order="grey")
    assert np.allclose(run("pillow", reading, 1), ours(reading, 1), atol=1.01 / 255)
    assert run("opencv", reading, 1).shape == (1, 24, 24, 1)
    for rank, shape in ((3, (1, 24, 24)), (2, (1, 576))):
        names: dict[str, Any] = {"np": np, "cv2": cv2}
        exec(snippets(reading, 1, rank=rank)["opencv"], names)
        assert names["x"].shape == shape


@pytest.mark.parametrize("stored", [Stored("uint8"), Stored("int8", 1 / 127.5, -1), Stored("int8", 0.02, -7)], ids=str)
@pytest.mark.parametrize("scale", ["raw", "imagenet"])
def test_whole_levels_are_made_where_the_network_takes_them(
    stored: Stored, scale: Scale, run: Callable[..., Float32Array]
) -> None:
    reading = replace(BASE, scale=scale, interpolation="bilinear")
    names: dict[str, Any] = {"np": np, "cv2": cv2}
    exec(snippets(reading, 3, stored)["opencv"], names)
    expected = ours(reading)
    expected = stored.levels(stored.meant_by_levels(expected) if scale == "raw" else expected)
    assert names["x"].dtype == stored.dtype
    assert np.abs(names["x"].astype(int) - expected).max() <= (1 if scale == "raw" else 2 + 0.02 / stored.scale)
    assert {"uint8": "Uint8Array", "int8": "Int8Array"}[stored.dtype] in snippets(reading, 3, stored)["browser"]


@pytest.mark.parametrize("reading", WAYS, ids=str)
def test_every_other_librarys_lines_are_python(reading: Reading) -> None:
    lines = snippets(reading, 3)
    for library in ("tensorflow", "torchvision"):
        compile(lines[library], library, "exec")
    assert lines["browser"].count("(") == lines["browser"].count(")")


def test_a_way_is_read_as_it_is_written() -> None:
    for way in WAYS:
        assert parse_reading(str(way), BASE) == way
    assert parse_reading("scale=0-1, order=gray,fit=resize", BASE) == replace(BASE, order="grey")
    for wrong in ("scale=7", "colour=rgb", "size=big"):
        with pytest.raises(SettingError, match=wrong):
            parse_reading(wrong, BASE)
