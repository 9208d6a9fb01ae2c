"""Give damaged images and tables to the readers: no crash, and memory and time that are bounded.

    python -m bench.fuzz --cases 100000 [--seed 0]

Each case is a small file of a format that is read (JPEG, PNG, GIF, WebP, BMP, TIFF, PNM, AVIF, JPEG 2000; CSV, JSON,
JSON lines, NumPy, zip), damaged: bytes changed, cut off, repeated, exchanged with another file's. A reader may give an
answer, or say in one line why it gives none. Cases run in processes of their own, each limited in memory and time; what
ends such a process, raises anything else, or takes long is printed with its number.
"""

import argparse
import io
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from unseen.errors import UnseenError
from unseen.photos.decode import decode
from unseen.sources.open_photos import open_photos

MEMORY_BYTES = 3 * 2**30
SLOW_SECONDS = 2.0
CASES_A_PROCESS = 1000
SECONDS_A_PROCESS = 600
SIDE_PX = 128


def images() -> dict[str, bytes]:
    """Return one small file of each image format that this Pillow writes."""
    rng = np.random.default_rng(0)
    smooth = np.add.outer(np.arange(48) * 3, np.arange(64) * 2)[..., None] + np.array([0, 40, 90])
    pixels = np.clip(smooth + rng.integers(0, 20, (48, 64, 3)), 0, 255).astype(np.uint8)
    found: dict[str, bytes] = {}
    picture = Image.fromarray(pixels)
    exif = Image.Exif()
    exif[274] = 6
    for kind, image, options in (
        ("JPEG", picture, {"exif": exif}),
        ("JPEG", picture.convert("CMYK"), {}),
        ("JPEG", picture, {"progressive": True}),
        ("PNG", picture, {}),
        ("PNG", picture.convert("P"), {}),
        ("PNG", picture.convert("I;16"), {}),
        ("GIF", picture.convert("P"), {"save_all": True, "append_images": [picture.convert("P")]}),
        ("WEBP", picture, {}),
        ("BMP", picture, {}),
        ("TIFF", picture, {"compression": "tiff_lzw"}),
        ("PPM", picture, {}),
        ("AVIF", picture, {}),
        ("JPEG2000", picture, {}),
    ):
        buffer = io.BytesIO()
        try:
            image.save(buffer, kind, **options)
        except (OSError, KeyError, ValueError):
            continue
        found[f"{kind} {len(found)}"] = buffer.getvalue()
    return found


def tables() -> dict[str, bytes]:
    """Return one small file of each kind of table and container, by its suffix and a number."""
    arrays = io.BytesIO()
    np.save(arrays, np.zeros((6, 8, 8, 3), np.uint8))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name in ("a/1.png", "a/2.png", "b/3.png"):
            file.writestr(name, images()["PNG 3"])
    coco = {
        "images": [{"id": 1, "file_name": "a.jpg"}],
        "annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}],
        "categories": [{"id": 1, "name": "fist"}],
    }
    return {
        ".csv 0": b"path,label,group,part\na.jpg,x,g1,train\nb.jpg,y,g2,test\n",
        ".csv 1": b"filename,a,b\n1.jpg,1,0\n2.jpg,0,1\n",
        ".csv 2": ("label," + ",".join(f"pixel{i}" for i in range(1, 785)) + "\n" + "1" + ",0" * 784 + "\n").encode(),
        ".tsv 0": b"path\tlabel\na.jpg\tx\n",
        ".json 0": json.dumps(coco).encode(),
        ".json 1": b'{"samples": [{"filepath": "a.jpg", "ground_truth": {"label": "x"}}]}',
        ".json 2": b'[{"data": {"image": "a.jpg"}, "annotations": [{"result": [{"value": {"choices": ["x"]}}]}]}]',
        ".jsonl 0": b'{"file_name": "a.jpg", "label": "x"}\n{"file_name": "b.jpg", "label": "y"}\n',
        ".npy 0": arrays.getvalue(),
        ".zip 0": packed.getvalue(),
    }


def damaged(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Return `content` after one to four changes."""
    data = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        if not data:
            break
        place, length = rng.randrange(len(data)), 2 ** rng.randint(0, 8)
        match rng.randrange(6):
            case 0:
                data[place] ^= 1 << rng.randrange(8)
            case 1:
                data[place : place + 4] = rng.choice((b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", b"\x80\0\0\0"))
            case 2:
                del data[place:]
            case 3:
                data[place:place] = data[place : place + length] * rng.randint(1, 16)
            case 4:
                start = rng.randrange(len(other))
                data[place : place + length] = other[start : start + length]
            case _:
                del data[place : place + length]
    return bytes(data)


def run_case(number: int, seed: int, folder: Path, files: list[tuple[str, bytes]]) -> str:
    """Give one damaged file to its reader; return its kind, and whether there was an answer."""
    rng = random.Random(f"{seed} {number}")
    (kind, content), (_, other) = files[number % len(files)], rng.choice(files)
    broken, suffix = damaged(content, other, rng), kind.split()[0]
    reader: Callable[[], object] = lambda: decode(broken, SIDE_PX)  # noqa: E731
    if suffix.startswith("."):
        path = folder / f"case{suffix}"
        path.write_bytes(broken)
        reader = lambda: open_photos(path, least_classes=1)  # noqa: E731
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
        (Path(temporary) / "in").mkdir()
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
    parse.add_argument("--seed", type=int, default=0)
    parse.add_argument("--worker", type=int, nargs=2, metavar=("FIRST", "COUNT"), help=argparse.SUPPRESS)
    stated = parse.parse_args()
    if stated.worker:
        first, count = stated.worker
        work(first, count, stated.seed)
        return 0
    total: dict[str, int] = {}
    wrong, slowest, peak, first = 0, 0.0, 0, 0
    while first < stated.cases:
        count = min(CASES_A_PROCESS, stated.cases - first)
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
