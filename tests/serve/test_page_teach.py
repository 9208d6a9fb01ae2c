"""Record photos with the camera on the page, from nothing, by keyboard; and no rule of accessibility is broken."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.serve.chromium import needs_chromium, opened, violations
from tests.serve.test_server import started

pytestmark = [needs_chromium, pytest.mark.filterwarnings("default")]


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("camera") / "noise.mjpeg"
    stream = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (24, 32, 3), np.uint8)
    Image.fromarray(noise).resize((320, 240), Image.Resampling.NEAREST).save(stream, "JPEG", subsampling=2)
    file.write_bytes(stream.getvalue() * 10)
    return file


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("project")


@pytest.fixture(scope="module")
def page(project: Path, camera: Path) -> Iterator[Any]:
    with started("--project", str(project)) as (_, port), opened(port, camera, "#wanted li") as page:
        yield page


def test_photos_are_recorded_into_class_folders_by_keyboard(page: Any, project: Path) -> None:
    assert "No model yet" in page.text_content("#model-facts")
    page.focus("#record")
    page.keyboard.press("Enter")
    assert "Name the class first" in page.text_content("#recorded")
    for name in ("fist", "palm"):
        page.fill("#record-label", name)
        page.focus("#record")
        page.keyboard.press("Space")
        page.wait_for_function("() => /[3-9] kept/.test(document.getElementById('recorded').textContent)")
        page.keyboard.press("Space")
        page.wait_for_selector('#record[aria-pressed="false"]')
        page.click("#new-session")
    shown = page.locator("#coverage tr").all_text_contents()
    assert [row[:4] for row in shown[1:]] == ["fist", "palm"]
    for name in ("fist", "palm"):
        photos = sorted((project / "photos" / name).glob("session-*.jpg"))
        assert len(photos) >= 3
        with Image.open(photos[0]) as photo:
            assert photo.size == (320, 240)
    assert "more photos of" in page.text_content("#wanted")
    assert [page.is_visible(f"#teach-{name}") for name in ("start", "cancel", "take")] == [True, False, False]


def test_on_a_phone_nothing_is_wider_than_the_screen(page: Any) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page: Any, scheme: str) -> None:
    assert violations(page, scheme) == []
