"""How the search for alike photos grows: seconds and peak memory at 10,000, 50,000 and 200,000 photos.

Prints a Markdown table. `python -m bench.audit_scale --data DIR`. Each row is a process of its own, so that its peak
is its own. Photos are mixtures of real ones at 64 px, each in five versions (a frame a moment later, a crop, noise,
less contrast), made when they are asked for; features are a noisy mixture of 64 dimensions.
"""

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image

from bench.photosets import parser
from unseen.auditing.duplicates import find_alike
from unseen.photos.decode import decode
from unseen.probes.neighbours import nearest_neighbours
from unseen.records import Float32Array, Photo, PhotoSet, Uint8Array
from unseen.split.fingerprint import fingerprint
from unseen.split.groups import find_groups
from unseen.split.plan import plan_split
from unseen.split.verify import verify

COUNTS = (10_000, 50_000, 200_000)
REAL = 1500
SIDE_PX = 64
VERSIONS = 5
CLASSES = 10

Result = TypeVar("Result")


class EditedPhotos:
    """`photos` pictures (64, 64, 4) uint8: every VERSIONS-th a new mixture of two real ones, the rest edits of it."""

    def __init__(self, real: Float32Array, photos: int) -> None:
        self._real = real
        self._photos = photos
        self._order = np.random.default_rng(0).permutation(photos)  # versions do not lie side by side

    def __len__(self) -> int:
        return self._photos

    def __getitem__(self, position: int, /) -> Uint8Array:
        scene, version = divmod(int(self._order[position]), VERSIONS)
        rng = np.random.default_rng(scene)
        a, b = rng.integers(0, len(self._real), 2)
        # A wall of its own behind each scene: else more photos would mean more alike ones, and pairs would grow as N².
        coarse = rng.uniform(0, 255, (4, 4)).astype(np.float32)
        wall = np.asarray(Image.fromarray(coarse).resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC))
        grey = 0.5 * self._real[a][:, :: rng.choice([-1, 1])] + 0.2 * self._real[b][:: rng.choice([-1, 1])] + 0.3 * wall
        if version == 1:
            grey = np.roll(grey, 1, axis=1)
        elif version == 2:
            grey = np.pad(grey[1:-1, 1:-1], 1, mode="edge")
        elif version == 3:
            grey = grey + np.random.default_rng([scene, 3]).normal(0, 12, grey.shape)
        elif version == 4:
            grey = 0.7 * grey + 30
        rgba = np.full((SIDE_PX, SIDE_PX, 4), 255, np.uint8)
        rgba[..., :3] = np.clip(grey, 0, 255)[..., None]
        return rgba


def real_photos(folder: Path) -> Float32Array:
    """Return REAL photos of `folder` in grey, (n, 64, 64) float32, 0-255."""
    files = sorted(file for file in folder.rglob("*") if file.suffix.lower() == ".jpg")
    chosen = files[:: max(1, len(files) // REAL)][:REAL]
    return np.stack([_square(decode(file, SIDE_PX)) for file in chosen])


def _square(rgba: Uint8Array) -> Float32Array:
    top, left = (rgba.shape[0] - SIDE_PX) // 2, (rgba.shape[1] - SIDE_PX) // 2
    square = rgba[top : top + SIDE_PX, left : left + SIDE_PX, :3]
    grey: Float32Array = square.mean(axis=2, dtype=np.float32)
    return grey


def mixture(photos: int) -> Float32Array:
    """Return features (photos, 64) float32: pairs of one scene each, in 200 places."""
    rng = np.random.default_rng(0)
    places = rng.normal(size=(200, 64)).astype(np.float32)
    scenes = places[rng.integers(0, 200, photos // 2)]
    scenes += 0.6 * rng.normal(size=scenes.shape).astype(np.float32)
    again = scenes + 0.2 * rng.normal(size=scenes.shape).astype(np.float32)
    return np.concatenate([scenes, again])


def measure(photos: int, folder: Path) -> None:
    """Print one row."""
    pixels = EditedPhotos(real_photos(folder / "sign_digits"), photos)
    listed = tuple(Photo(f"{i % CLASSES}/IMG_{i}.jpg", Path(), str(i % CLASSES)) for i in range(photos))
    photo_set = PhotoSet(listed, (), tuple(map(str, range(CLASSES))))
    digests = [f"{i:064x}" for i in range(photos)]
    cells: list[str] = []

    def timed(job: Callable[[], Result]) -> Result:
        started = time.perf_counter()
        result = job()
        cells.append(f"{time.perf_counter() - started:.1f} s, {_peak_mb():.0f} MB")
        return result

    _peak = _peak_mb()
    prints = timed(lambda: fingerprint(pixels))
    grouping = timed(lambda: find_groups(photo_set, pixels, digests, prints=prints))
    timed(lambda: find_alike(photo_set, prints, digests))
    split = plan_split(photo_set, grouping, {"train": 0.7, "validation": 0.15, "test": 0.15}, 0)
    timed(lambda: verify(photo_set, split, grouping, prints, digests))
    timed(lambda: nearest_neighbours(mixture(photos)))
    print(f"| {photos:,} | {_peak:.0f} MB | {' | '.join(cells)} |", flush=True)


def _peak_mb() -> float:
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage: bytes there, kilobytes on Linux
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def main() -> None:
    """Measure each number of photos in a process of its own and print."""
    made: argparse.ArgumentParser = parser(__doc__ or "")
    made.add_argument("--photos", type=int, help="measure one row, in this process")
    arguments = made.parse_args()
    if arguments.photos:
        measure(arguments.photos, arguments.data)
        return
    print("Seconds of each step, and the peak memory of the process at its end.\n")
    print("| photos | start | fingerprints | groups | alike | proof of the split | semantic neighbours |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for photos in COUNTS:
        command = [sys.executable, "-m", "bench.audit_scale", "--data", str(arguments.data), "--photos", str(photos)]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
