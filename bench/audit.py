"""The audit's pixel checks and duplicates beside CleanVision and imagededup, on the same photos in one run.

`python -m bench.audit --data DIR --rivals-python PATH` prints two Markdown tables: photos per second, and how many
planted copies each finds. The rivals live in an environment of their own:

    python3 -m venv rivals
    rivals/bin/pip install cleanvision scikit-learn PyWavelets matplotlib tqdm
    rivals/bin/pip install --no-deps imagededup      (its torch and torchvision serve its CNN, not its hashes)

What is not installed is left out, with a line that says so.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from bench.planted_copies import KINDS, LARGER, enlarge, plant, score
from bench.rivals import TOOLS
from unseen.auditing.background import describe_backgrounds
from unseen.auditing.duplicates import Alike, find_alike
from unseen.auditing.photo_facts import measure_facts
from unseen.photos.pixel_cache import PixelCache
from unseen.progress import Silent
from unseen.records import Int64Array, PhotoSet
from unseen.sources.open_photos import open_photos
from unseen.split.fingerprint import fingerprint

FOLDERS = ("sign_digits", "rps_freeman", "rps_subhi", "asl_kept/train")
SIDE_PX = 192
ROUNDS = 3
MOST_SECONDS = 120  # of a rival on one folder


def ours(folder: Path) -> tuple[list[float], PhotoSet, Alike]:
    """Return the seconds of decoding, of facts, fingerprints and comparison, and of backgrounds; nothing is cached."""
    named = open_photos(folder)
    with tempfile.TemporaryDirectory() as empty:
        clock = [time.perf_counter()]
        loaded = PixelCache(Path(empty)).load(named.photos, SIDE_PX, Silent())
        clock.append(time.perf_counter())
        photos = named.select(loaded.positions.tolist())
        measure_facts(photos, loaded.pixels)
        alike = find_alike(photos, fingerprint(loaded.pixels), loaded.digests)
        clock.append(time.perf_counter())
        describe_backgrounds(loaded.pixels)
        clock.append(time.perf_counter())
    return np.diff(clock).tolist(), photos, alike


def rival(python: Path | None, tool: str, folder: Path) -> dict[str, Any] | None:
    """Return what a rival says of a folder; `None` where it cannot be run."""
    if python is None:
        return None
    command = [str(python), str(Path(__file__).with_name("rivals.py")), tool, str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=MOST_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        stderr = getattr(error, "stderr", None)
        print(f"{tool} left out: {str(stderr or error).strip().splitlines()[-1]}", file=sys.stderr)
        return None
    said: dict[str, Any] = json.loads(done.stdout)
    if "missing" in said:
        print(f"{tool} left out: {said['missing']} in {python}; bench/audit.py says how", file=sys.stderr)
        return None
    return said


def speeds(data: Path, python: Path | None) -> None:
    """Print photos per second of each folder, ours as the median of some rounds."""
    print(
        "| photos/s | photos | decoding only | ours | of decoding | with backgrounds | CleanVision | ours x |", end=""
    )
    print(" imagededup PHash | ours x |\n|---|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as made:
        folders = [(name, data / name) for name in FOLDERS if (data / name).is_dir()]
        for size in LARGER:
            into = Path(made) / f"{size[0]}"
            folders.append((f"{FOLDERS[-1]} at {size[0]} x {size[1]}", enlarge(data / FOLDERS[-1], into, size)))
        for name, folder in folders:
            _speed(name, folder, python)


def _speed(name: str, folder: Path, python: Path | None) -> None:
    rounds = [ours(folder) for _ in range(ROUNDS)]
    n = len(rounds[0][1].photos)
    decode, checks, backgrounds = (statistics.median(one[0][k] for one in rounds) for k in range(3))
    whole = decode + checks
    cells = [f"{n:,}", f"{n / decode:.0f}", f"{n / whole:.0f}", f"{decode / whole:.2f}"]
    cells.append(f"{n / (whole + backgrounds):.0f}")
    for tool in TOOLS:
        said = rival(python, tool, folder)
        speed = said["photos"] / said["seconds"] if said else None
        cells += [f"{speed:.0f}", f"{n / whole / speed:.1f}"] if speed else ["-", "-"]
    print(f"| {name} | {' | '.join(cells)} |", flush=True)


def recalls(data: Path, python: Path | None) -> None:
    """Print the share of planted copies each tool finds, and the pairs of different sources it joins."""
    print(f"\n| found | tool | {' | '.join(KINDS)} | sources joined | of two classes |")
    print("|---|---|" + "---|" * (len(KINDS) + 2))
    for name in FOLDERS:
        if not (data / name).is_dir():
            continue
        with tempfile.TemporaryDirectory() as made:
            root = Path(made).resolve()
            known = plant(data / name, root)
            _, photos, alike = ours(root)
            told: list[tuple[str, Iterable[Iterable[str]]]] = [
                ("unseen, copies", _sets(photos, alike.copies)),
                ("unseen, copies and twins", _sets(photos, alike.twins)),
            ]
            for tool in TOOLS:
                said = rival(python, tool, root)
                if said:
                    told.append((tool, [[Path(p).relative_to(root).as_posix() for p in one] for one in said["sets"]]))
            for tool, sets in told:
                share, joined, of_two = score(known, sets)
                cells = [f"{share[kind]:.1%}" for kind in KINDS] + [f"{joined:,}", f"{of_two:,}"]
                print(f"| {name} | {tool} | {' | '.join(cells)} |", flush=True)


def _sets(photos: PhotoSet, roots: Int64Array) -> list[list[str]]:
    members: dict[int, list[str]] = {}
    for photo, root in zip(photos.photos, roots.tolist(), strict=True):
        members.setdefault(root, []).append(photo.path)
    return [one for one in members.values() if len(one) > 1]


def main() -> None:
    """Read the flags and print both tables."""
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the photo sets")
    flags.add_argument("--rivals-python", type=Path, help="an interpreter that has CleanVision and imagededup")
    given = flags.parse_args()
    if given.rivals_python is None:
        print("rivals left out: name an interpreter that has them with --rivals-python", file=sys.stderr)
    speeds(given.data, given.rivals_python)
    recalls(given.data, given.rivals_python)


if __name__ == "__main__":
    main()
