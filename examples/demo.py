"""What `make demo` runs: train on PHOTOS, or on drawn hands where none are named, and print the result."""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from drawn_hands import draw_photos


def main() -> int:
    """Build the command, show it, run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("photos", "weights", "minutes", "out"):
        parser.add_argument(f"--{name}", default="")
    arguments = parser.parse_args()
    out = Path(arguments.out)
    settings = ["--weights", arguments.weights] if arguments.weights else []
    photos = arguments.photos
    if not photos:
        photos = str(out.parent / "drawn-hands")
        shutil.rmtree(photos, ignore_errors=True)
        print(f"PHOTOS is not set: drawing {draw_photos(Path(photos))} simple hands in {photos}", file=sys.stderr)
        if not arguments.weights:
            # drawn hands need no pre-trained weights, and so no network
            settings = [
                "--weights",
                "none",
                "--model",
                "cnn-fingers",
                "--norm",
                "batch",
                "--side",
                "96",
                "--epochs",
                "40",
            ]
    if (out / "run.json").exists():  # the demo's own folder from an earlier time, never anything else
        shutil.rmtree(out)
    command = ["unseen", "train", photos, "--out", str(out), "--minutes", arguments.minutes or "10", *settings]
    print("$", " ".join(command), file=sys.stderr)
    return subprocess.run([sys.executable, "-m", *command], check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
