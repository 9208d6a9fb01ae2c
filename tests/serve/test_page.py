"""The page in a real browser: photos by keyboard, the camera, and what is said where there is none."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.conftest import TinyRun
from tests.serve.chromium import needs_chromium, opened, violations
from tests.serve.test_server import started
from unseen.inference.predictor import Predictor

pytestmark = [needs_chromium, pytest.mark.filterwarnings("default")]


@pytest.fixture(scope="module")
def camera(tiny_run: TinyRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A camera that shows a green photo."""
    file = tmp_path_factory.mktemp("camera") / "green.mjpeg"
    stream = io.BytesIO()
    photo = Image.open(tiny_run.photos / "green" / "s3_011.png").convert("RGB")
    photo.resize((320, 240)).save(stream, "JPEG", quality=95, subsampling=2)
    file.write_bytes(stream.getvalue() * 10)
    return file


@pytest.fixture(scope="module")
def page(tiny_run: TinyRun, camera: Path) -> Iterator[Any]:
    with started(str(tiny_run.root)) as (_, port), opened(port, camera, "#model-facts:not(:empty)") as page:
        yield page


def test_a_chosen_photo_is_answered_as_python_answers(page: Any, tiny_run: TinyRun) -> None:
    photo = tiny_run.photos / "red" / "s1_001.png"
    expected = Predictor(tiny_run.root).predict(photo)
    page.set_input_files("#choose", str(photo))
    page.wait_for_selector(".bars li.best")
    assert page.text_content("#label") == page.text_content("#spoken") == expected.label
    assert page.text_content("#sure").startswith(f"{expected.probability:.1%}"[:3])
    assert page.locator(".bars li").count() == len(expected.classes)
    page.keyboard.press("Tab")
    page.focus("#pixels")
    page.keyboard.press("Space")
    page.wait_for_selector("#seen:not([hidden])")
    page.select_option("#right", "blue")
    page.focus("#why-ask")
    page.keyboard.press("Enter")
    page.wait_for_selector("#why-found img")
    assert len(page.text_content("#why-found p")) > 20
    assert page.locator("#why-found .pictures.small img").count() == 5  # the nearest training photos
    other = sorted((tiny_run.photos / "blue").glob("s*.png"))[0]
    page.set_input_files("#choose", str(other))
    page.wait_for_function("(name) => document.getElementById('shown').alt === name", arg=other.name)
    assert page.locator("#why-found img").count() == 0  # what was said of another photo is gone
    broken = tiny_run.photos / "red" / "broken.png"
    page.set_input_files("#choose", str(broken))
    page.wait_for_selector("#problem:not([hidden])")
    assert "cannot be used" in page.text_content("#problem")


def test_the_camera_is_answered_live(page: Any) -> None:
    # what waits for an idle moment of the page comes seconds late on a busy machine
    page.evaluate("() => { HTMLCanvasElement.prototype.toBlob = requestIdleCallback = () => {}; }")
    page.focus("#camera")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.getElementById('speed').textContent.includes('frames/s')")
    assert "over" in page.text_content("#sure")
    page.check("#mirror")
    assert "mirrored" in page.get_attribute("#view", "class")
    page.keyboard.press("Tab")
    page.click("#camera")
    page.wait_for_selector("#shown:not([hidden])")  # the photo of before, which could not be used
    assert [page.text_content(name) for name in ("#sure", "#speed", "#label")] == ["", "", ""]


def test_where_there_is_no_camera_the_page_says_why_and_what_works(page: Any) -> None:
    reasons = page.evaluate("""async () => {
        const { whyNot } = await import('/page/camera.js');
        const names = ['NotAllowedError', 'NotFoundError', 'NotReadableError', 'x'];
        return names.map((name) => whyNot({ name, message: 'm' }));
    }""")
    assert len(set(reasons)) == 4
    assert all("Photos can still be" in reason for reason in reasons)


def test_the_page_asks_no_other_machine_and_breaks_no_rule_of_its_own(page: Any) -> None:
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.reload()
    page.wait_for_selector("#model-facts:not(:empty)")
    assert asked
    assert [url for url in asked if not url.startswith(("http://127.0.0.1:", "blob:", "data:"))] == []
    assert said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_beside_an_explanation_nor_in_the_description(
    page: Any, tiny_run: TinyRun, scheme: str
) -> None:
    page.goto(page.url.partition("docs")[0])
    page.wait_for_selector("#model-facts:not(:empty)")
    page.set_input_files("#choose", str(tiny_run.photos / "red" / "s1_001.png"))
    page.wait_for_selector(".bars li.best")
    page.click("#view")
    page.wait_for_selector("#why-found img")
    assert violations(page, scheme) == []
    page.goto(page.url + "docs")
    page.wait_for_selector("section pre")
    assert violations(page, scheme) == []
