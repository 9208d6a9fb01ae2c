from dataclasses import replace

import numpy as np
import pytest

from planted.faults import DEGRADED, grey, opaque, shifted
from tests.auditing.planted_facts import SIDE, facts, photo_set, sharp
from tests.real_photos import DATA
from unseen.auditing.findings import Finding
from unseen.auditing.photo_facts import measure_facts
from unseen.auditing.quality import quality_findings
from unseen.photos.decode import decode
from unseen.records import PhotoSet, Uint8Array


def moved(photo: Uint8Array) -> Uint8Array:
    steps = max(4, round(0.07 * min(photo.shape[:2])))
    mean = np.stack([np.roll(photo[..., :3], k, axis=1) for k in range(steps)]).mean(axis=0)
    return opaque(mean.astype(np.uint8))


def found(photos: PhotoSet, pixels: list[Uint8Array]) -> dict[str, Finding]:
    return {finding.kind: finding for finding in quality_findings(photos, measure_facts(photos, pixels))}


def test_sharp_photos_in_good_light_are_silent() -> None:
    assert found(photo_set(["a", "b"] * 20), [sharp(i) for i in range(40)]) == {}


@pytest.mark.parametrize("kind", DEGRADED)
def test_planted_defects_are_found_and_nothing_else_is(kind: str) -> None:
    pixels = [sharp(i) for i in range(30)]
    planted = {3, 11, 20}
    for i in planted:
        pixels[i] = DEGRADED[kind](pixels[i])
    photos = photo_set(["a", "b", "c"] * 10)
    findings = found(photos, pixels)
    assert set(findings) == {kind}
    assert set(findings[kind].paths) == {photos.photos[i].path for i in planted}
    assert (findings[kind].photos, findings[kind].total) == (3, 30)
    assert findings[kind].details["by_class"] == {"a": 1, "b": 0, "c": 2}
    assert findings[kind].headline.startswith("3 of 30 photos")
    assert 0 < findings[kind].severity <= 0.25


def test_motion_blur_counts_as_blur() -> None:
    pixels = [sharp(i) for i in range(10)]
    pixels[4] = moved(pixels[4])
    findings = found(photo_set(["a"] * 10), pixels)
    assert findings["blurred"].paths == ("a/x4.jpg",)
    assert findings["blurred"].headline.startswith("1 of 10 photos is blurred")


def test_the_worst_photo_comes_first() -> None:
    pixels = [sharp(i) for i in range(10)]
    pixels[2], pixels[7] = shifted(pixels[2], 0.25, 0), shifted(pixels[7], 0.08, 0)
    assert found(photo_set(["a"] * 10), pixels)["dark"].paths == ("a/x7.jpg", "a/x2.jpg")


def test_what_most_photos_have_is_one_headline() -> None:
    findings = found(photo_set(["a"] * 12), [shifted(sharp(i), 0.2, 0) for i in range(12)])
    assert set(findings) == {"dark"}
    assert findings["dark"].headline.startswith("All 12 photos are too dark")
    assert findings["dark"].severity == 0.5
    small = facts(
        6, width=np.full(6, 28, np.int32), height=np.full(6, 28, np.int32), contrast=np.full(6, 40, np.float32)
    )
    said: dict[str, str] = {f.kind: f.headline for f in quality_findings(photo_set(["a"] * 6), small)}
    assert said["tiny"] == "All 6 photos are 28 px small (short side)."


def test_all_grey_is_said_once_and_colour_among_grey_is_named() -> None:
    pixels = [grey(sharp(i)) for i in range(8)]
    alone = found(photo_set(["a"] * 8), pixels)
    assert alone["greyscale"].headline == "All 8 photos are greyscale."
    pixels[5] = sharp(5)
    findings = found(photo_set(["a"] * 8), pixels)
    assert set(findings) == {"colour-among-grey"}
    assert findings["colour-among-grey"].paths == ("a/x5.jpg",)


def test_size_shape_orientation_and_screens_come_from_the_file() -> None:
    n = 12
    plain = measure_facts(photo_set(["a"] * n), [sharp(i) for i in range(n)])
    width, height = np.full(n, 640, np.int32), np.full(n, 480, np.int32)
    orientation, flat, colours = np.ones(n, np.int8), plain.flat.copy(), plain.top_colours.copy()
    formats = ["JPEG"] * n
    width[1], height[1] = 40, 30
    width[2], height[2] = 1280, 240
    width[3], height[3] = 6400, 4800
    orientation[4] = 6
    flat[5:8] = colours[5:8] = 0.5
    formats[5] = formats[6] = "PNG"  # 5: of a screen's size; 6: a photo with a blown-out sky
    width[5], height[5] = 800, 1280
    changed = replace(
        plain,
        width=width,
        height=height,
        orientation=orientation,
        flat=flat,
        top_colours=colours,
        formats=tuple(formats),
    )
    findings = quality_findings(photo_set(["a"] * n), changed)
    assert {f.kind: f.paths for f in findings} == {
        "tiny": ("a/x1.jpg",),
        "odd-aspect": ("a/x2.jpg",),
        "odd-size": ("a/x3.jpg",),
        "orientation": ("a/x4.jpg",),
        "screenshots": ("a/x5.jpg",),
    }


def test_a_drawn_page_is_a_screenshot_and_a_drawn_set_is_set_difference() -> None:
    page = np.full((SIDE, SIDE, 4), 255, np.uint8)
    page[:20, :, :3] = (30, 60, 120)
    page[40:150:12, 20:120, :3] = 20
    pixels = [sharp(i) for i in range(5)] + [page]
    plain = measure_facts(photo_set(["a"] * 6), pixels)
    one = quality_findings(photo_set(["a"] * 6), replace(plain, formats=("JPEG",) * 5 + ("PNG",)))
    assert [(f.kind, f.photos) for f in one] == [("screenshots", 1)]
    drawn = measure_facts(photo_set(["a"] * 4), [page] * 4)
    assert "drawn" in {f.kind for f in quality_findings(photo_set(["a"] * 4), replace(drawn, formats=("PNG",) * 4))}


def test_no_photos_are_no_findings() -> None:
    assert quality_findings(photo_set([]), facts(0)) == []


@pytest.mark.real_photos
@pytest.mark.parametrize(
    ("folder", "kind", "recall"),
    [("sign_digits", kind, 0.95) for kind in DEGRADED if kind != "bars"]
    + [("rps_subhi", kind, 0.9) for kind in DEGRADED],
)
def test_degraded_real_photos_are_found(folder: str, kind: str, recall: float) -> None:
    pixels = real(folder)
    planted = set(range(0, len(pixels), 10))
    changed = [DEGRADED[kind](photo) if i in planted else photo for i, photo in enumerate(pixels)]
    photos = photo_set(["a"] * len(pixels))
    hits = {int(path[3:-4]) for path in found(photos, changed)[kind].paths}
    assert len(hits & planted) >= recall * len(planted)
    assert len(hits - planted) <= 2


_REAL: dict[str, list[Uint8Array]] = {}


def real(folder: str) -> list[Uint8Array]:
    """120 photos of a real set, decoded once."""
    if folder not in _REAL:
        files = sorted((DATA / folder).rglob("*.[jJ][pP][gG]"))
        _REAL[folder] = [decode(file, 192) for file in files[:: len(files) // 120][:120]]
    return _REAL[folder]


@pytest.mark.real_photos
@pytest.mark.parametrize("folder", ["sign_digits", "rps_subhi", "rps_freeman", "asl_kept/test"])
def test_real_photos_are_nearly_silent(folder: str) -> None:
    pixels = real(folder)
    assert sum(f.photos for f in found(photo_set(["a"] * len(pixels)), pixels).values()) <= 2
