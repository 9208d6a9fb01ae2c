"""What `make demo` runs: train on PHOTOS, or on rendered hands where none are named, and open the report."""

import argparse
import os
import shutil
import subprocess
import sys
import webbrowser
from collections.abc import Mapping
from pathlib import Path

from unseen import __version__

# Everybody has a room of their own, so the test part has people and rooms that were never seen.
RENDER = ("--signs", "digits", "--people", "40", "--rooms", "40", "--photos", "1200")
# With photos of your own as `unseen train` has it; rendered ones are there to see it all within ten minutes.
TIME_LIMIT, RENDERED_TIME_LIMIT = "10", "5"


def main(words: list[str] | None = None) -> int:
    """Render where there are no photos, train, open the report; return an exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("photos", "weights", "time_limit", "out"):
        parser.add_argument(f"--{name.replace('_', '-')}", default="")
    parser.add_argument("--no-open", action="store_true", help="leave the browser alone")
    arguments = parser.parse_args(words)
    out = Path(arguments.out or "runs/demo")
    photos, time_limit = arguments.photos, arguments.time_limit or TIME_LIMIT
    if not photos:
        # The version is in the name because a folder that another version rendered is refused.
        photos = str(out.parent / f"rendered-hands-{__version__}")
        time_limit = arguments.time_limit or RENDERED_TIME_LIMIT
        print("PHOTOS is not set: rendering hands", file=sys.stderr)
        if code := unseen("render", photos, *RENDER):
            return code
    if (out / "run.json").exists():  # the demo's own folder from an earlier time, never anything else
        shutil.rmtree(out)
    weights = ["--weights", arguments.weights] if arguments.weights else []
    if code := unseen("train", photos, "--out", str(out), "--time-limit", time_limit, *weights):
        return code
    if not arguments.no_open and has_display(sys.platform, os.environ):
        show(out / "report.html")
    return 0


def unseen(*words: str) -> int:
    """Show a command and run it; return its exit code."""
    print("$ unseen", " ".join(words), file=sys.stderr)
    return subprocess.run([sys.executable, "-m", "unseen", *words], check=False).returncode


def has_display(platform: str, environment: Mapping[str, str]) -> bool:
    """Tell whether a window would be seen: never in CI or over SSH, elsewhere as the platform says."""
    if environment.get("CI") or environment.get("SSH_CONNECTION"):
        return False
    # Without a display, webbrowser starts a text browser, which takes the terminal.
    return platform in ("darwin", "win32") or any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def show(page: Path) -> None:
    """Open a page in the browser; without one nothing happens, for its path is on the screen already."""
    try:
        webbrowser.open(page.resolve().as_uri())
    except webbrowser.Error:
        return


if __name__ == "__main__":
    raise SystemExit(main())
