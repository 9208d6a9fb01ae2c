"""The system's Chromium, driven by Playwright; tests that need it are skipped with a reason where it is absent."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: apt-get install chromium")


def flags(camera: Path | None = None) -> list[str]:
    """Flags for a browser whose camera shows the file `camera` (.mjpeg or .y4m) and asks nobody."""
    asked = ["--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    return asked + ([f"--use-file-for-fake-video-capture={camera}"] if camera else [])


@contextmanager
def opened(port: int, camera: Path, ready: str) -> Iterator[Any]:
    """Open the page that is served at `port`, and wait for what the selector `ready` names."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags(camera))
        page = browser.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"http://127.0.0.1:{port}/")
        page.wait_for_selector(ready)
        yield page
        browser.close()


def violations(page: Any, scheme: str) -> list[str]:
    """Return the rules of accessibility that the page breaks in a colour scheme."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    page.emulate_media(color_scheme=scheme)
    return [rule["id"] for rule in axe.run(page).response["violations"]]
