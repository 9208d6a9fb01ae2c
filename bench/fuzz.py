"""Give damaged images and tables to the readers: no crash, and memory and time that are bounded.

    python -m bench.fuzz --cases 100000 [--first 0] [--seed 0]

Each case is a small file of a format that is read (JPEG, PNG, GIF, WebP, BMP, TIFF, PNM, AVIF, JPEG 2000; CSV, JSON,
JSON lines, NumPy, zip), damaged: bytes changed, cut off, repeated, exchanged with another file's. A reader may give an
answer, or say in one line why it gives none. Cases run in processes of their own, each limited in memory and time; what
ends such a process, raises anything else, or takes long is printed with its number.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench.damage import PHOTOS, altered_json, damaged, images, misprinted, tables
from unseen.errors import UnseenError
from unseen.photos.decode import decode
from unseen.sources.open_photos import open_photos

MEMORY_BYTES = 3 * 2**30
SLOW_SECONDS = 2.0
CASES_A_PROCESS = 1000
SECONDS_A_PROCESS = 600
SIDE_PX = 128
PLAUSIBLE = 0.7  # share of the tables whose words or values are changed, not bytes: their readers get further


def run_case(number: int, seed: int, folder: Path, files: list[tuple[str, bytes]]) -> str:
    """Give one damaged file to its reader; return its kind, and whether there was an answer."""
    rng = random.Random(f"{seed} {number}")
    (kind, content), (_, other) = files[number % len(files)], rng.choice(files)
    suffix = kind.split()[0]
    is_text = suffix.startswith(".") and suffix not in (".npy", ".zip")
    if is_text and rng.random() < PLAUSIBLE:
        is_json = suffix.startswith(".json")
        broken = altered_json(content, rng, lines=suffix == ".jsonl") if is_json else misprinted(content, rng)
    else:
        broken = damaged(content, other, rng)
    reader: Callable[[], object] = lambda: decode(broken, SIDE_PX)  # noqa: E731
    if suffix.startswith("."):
        for earlier in folder.glob("case.*"):
            earlier.unlink()
        path = folder / ("X.npy" if suffix == ".npy" else f"case{suffix}")  # Y.npy beside it has the labels
        path.write_bytes(broken)
        has_boxes = kind == ".json 0"
        source = folder if has_boxes or (is_text and rng.random() < 0.5) else path  # beside photos, or named itself
        reader = lambda: open_photos(source, layout="boxes" if has_boxes else "auto")  # noqa: E731
    try:
        reader()
    except UnseenError as error:
        text = str(error)
        if not text or "\n" in text:
            raise AssertionError(f"the reason is not one line: {text!r}") from error
        return f"{suffix} refused"
    return f"{suffix} read"


def work(first: int, count: int, seed: int) -> None:
    """Run cases in this process; print a line of JSON for each that goes wrong, and one at the end."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    warnings.simplefilter("ignore")
    files = [*images().items(), *tables().items()]
    tally: dict[str, int] = {}
    slowest = 0.0
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["UNSEEN_CACHE"] = temporary
        for name in PHOTOS:
            photo = Path(temporary) / "in" / name
            photo.parent.mkdir(parents=True, exist_ok=True)
            photo.write_bytes(images()["PNG 3"])
        np.save(Path(temporary) / "in" / "Y.npy", np.arange(6) % 2)
        for number in range(first, first + count):
            print(json.dumps({"begin": number}), flush=True)
            started = time.process_time()
            try:
                what = run_case(number, seed, Path(temporary) / "in", files)
                tally[what] = tally.get(what, 0) + 1
            except Exception as error:  # the bench is there to find what is raised
                print(json.dumps({"case": number, "raised": f"{type(error).__name__}: {error}"[:300]}), flush=True)
            seconds = time.process_time() - started
            slowest = max(slowest, seconds)
            if seconds > SLOW_SECONDS:
                print(json.dumps({"case": number, "seconds": round(seconds, 1)}), flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"tally": tally, "slowest": round(slowest, 2), "peak_mb": round(peak)}), flush=True)


def main() -> int:
    """Run all cases; return 1 where one went wrong."""
    parse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parse.add_argument("--cases", type=int, default=20_000)
    parse.add_argument("--first", type=int, default=0, help="number of the first case, to go on where one run ended")
    parse.add_argument("--seed", type=int, default=0)
    parse.add_argument("--worker", type=int, nargs=2, metavar=("FIRST", "COUNT"), help=argparse.SUPPRESS)
    stated = parse.parse_args()
    if stated.worker:
        first, count = stated.worker
        work(first, count, stated.seed)
        return 0
    total: dict[str, int] = {}
    wrong, slowest, peak, first, end = 0, 0.0, 0, stated.first, stated.first + stated.cases
    while first < end:
        count = min(CASES_A_PROCESS, end - first)
        command = [sys.executable, "-m", "bench.fuzz", "--seed", str(stated.seed), "--worker", str(first), str(count)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_A_PROCESS, check=False)
            output, ended = done.stdout, done.returncode
        except subprocess.TimeoutExpired as expired:
            output, ended = (expired.stdout or b"").decode(), -1
        rows = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
        begun = [row["begin"] for row in rows if "begin" in row]
        for row in rows:
            if "case" in row:
                wrong += 1
                print(row, flush=True)
        if rows and "tally" in rows[-1]:
            for what, number in rows[-1]["tally"].items():
                total[what] = total.get(what, 0) + number
            slowest, peak = max(slowest, rows[-1]["slowest"]), max(peak, rows[-1]["peak_mb"])
            first += count
        else:  # the process ended within a case: it is passed over
            wrong += 1
            at = begun[-1] if begun else first
            print({"case": at, "ended": ended}, flush=True)
            first = at + 1
    print(f"{stated.cases:,} cases, {wrong} went wrong; slowest {slowest:.2f} s, peak memory {peak} MB")
    for what in sorted(total):
        print(f"  {what}: {total[what]:,}")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
