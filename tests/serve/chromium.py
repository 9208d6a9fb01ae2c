"""The system's Chromium, driven by Playwright; tests that need it are skipped with a reason where it is absent."""

import shutil
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: apt-get install chromium")


def flags(camera: Path | None = None) -> list[str]:
    """Flags for a browser whose camera shows the file `camera` (.mjpeg or .y4m) and asks nobody."""
    asked = ["--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    return asked + ([f"--use-file-for-fake-video-capture={camera}"] if camera else [])
