"""Compare an exported web folder with Python on the same photos, in Chromium."""

import argparse
import base64
import json
import shutil
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import sync_playwright

from unseen.inference.predictor import Predictor

ASK = """async (photos) => {
    const { predict } = await import('./page/engine.js');
    const said = [];
    for (const photo of photos) {
        const bytes = Uint8Array.from(atob(photo), (letter) => letter.charCodeAt(0));
        const began = performance.now();
        const one = await predict(new Blob([bytes]));
        const milliseconds = performance.now() - began;
        said.push({ label: one.label, shares: Object.values(one.probabilities), milliseconds });
    }
    return said;
}"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing of each file."""


def ask_browser(folder: Path, photos: list[Path], chromium: str) -> list[dict[str, Any]]:
    """Return `label`, `shares` and `milliseconds` for each photo, as the page in `folder` answers it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = browser.new_page()
            page.set_default_timeout(600_000)
            page.goto(f"http://127.0.0.1:{server.server_port}/")
            page.wait_for_selector("#model-facts:not(:empty)")
            said: list[dict[str, Any]] = []
            for start in range(0, len(photos), 10):
                some = [base64.b64encode(path.read_bytes()).decode() for path in photos[start : start + 10]]
                said += page.evaluate(ASK, some)
            browser.close()
            return said
    finally:
        server.shutdown()


def main() -> None:
    """Print how far the browser's answers are from Python's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("folder", type=Path, help="what `unseen export RUN FOLDER --to web` wrote")
    parser.add_argument("--data", type=Path, required=True, help="a folder of JPEGs or PNGs")
    parser.add_argument("--photos", type=int, default=200)
    arguments = parser.parse_args()
    files = sorted(path for path in arguments.data.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    chosen = files[:: max(1, len(files) // arguments.photos)][: arguments.photos]
    predictor = Predictor(arguments.run)
    began = time.perf_counter()
    answers = [predictor.predict(path) for path in chosen]
    expected = np.array([one.probabilities for one in answers])
    python_ms = (time.perf_counter() - began) / len(chosen) * 1000
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    assert chromium, "no Chromium: apt-get install chromium"
    said = ask_browser(arguments.folder, chosen, chromium)
    found = np.array([one["shares"] for one in said])
    apart = np.abs(found - expected).max(axis=1)
    result = {
        "photos": len(chosen),
        "same_answer": int((found.argmax(axis=1) == expected.argmax(axis=1)).sum()),
        "same_label": sum(one["label"] == answer.label for one, answer in zip(said, answers, strict=True)),
        "unknown": sum(answer.label is None for answer in answers),
        "largest_difference": float(apart.max()),
        "within_0.01": int((apart <= 0.01).sum()),
        "python_ms": round(python_ms, 1),
        "browser_ms_p50": round(float(np.median([one["milliseconds"] for one in said])), 1),
        "folder_mib": round(sum(f.stat().st_size for f in arguments.folder.rglob("*") if f.is_file()) / 2**20, 1),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
