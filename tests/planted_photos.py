"""Class folders of drawn photos in the manner of a real set: several sessions, told by the file names."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from unseen.records import Uint8Array

CLASSES = ("blue", "green", "red")
CHANNELS = {"blue": 2, "green": 1, "red": 0}


def drawn(rng: np.random.Generator, channel: int, height: int = 66, width: int = 58) -> Uint8Array:
    """A bright disc of one colour on a dark, blotched ground: (height, width, 3) uint8."""
    blotches = rng.integers(0, 120, (6, 6, 3)).astype(np.uint8)
    pixels = np.asarray(Image.fromarray(blotches).resize((width, height))).copy()
    rows, columns = np.mgrid[0:height, 0:width]
    row, column = rng.integers(height // 4, 3 * height // 4), rng.integers(width // 4, 3 * width // 4)
    radius = rng.integers(max(1, min(height, width) // 5), max(2, min(height, width) // 3))
    disc = (rows - row) ** 2 + (columns - column) ** 2 < radius**2
    pixels[disc] = 30
    pixels[disc, channel] = 250
    return pixels


def write_photos(
    root: Path, classes: Sequence[str] = CLASSES, photos: int = 24, sessions: int = 8, seed: int = 0
) -> Path:
    """Write `photos` PNG files a class, `s3_011.png` being of session 3; return `root`."""
    rng = np.random.default_rng(seed)
    for position, name in enumerate(classes):
        folder = root / name
        folder.mkdir(parents=True, exist_ok=True)
        for i in range(photos):
            pixels = drawn(rng, CHANNELS.get(name, position % 3))
            Image.fromarray(pixels).save(folder / f"s{i % sessions}_{i:03d}.png")
    return root
