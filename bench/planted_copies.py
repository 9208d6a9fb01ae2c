"""A folder of photos in; a folder of some of them beside edited copies of each out, named so that pairs are known."""

import shutil
from collections.abc import Callable, Iterable
from itertools import combinations
from pathlib import Path

from PIL import Image, ImageEnhance

SOURCES = 300


def _crop(image: Image.Image) -> Image.Image:
    dx, dy = round(0.02 * image.width), round(0.02 * image.height)
    return image.crop((dx, dy, image.width - dx, image.height - dy))


def _smaller(image: Image.Image) -> Image.Image:
    return image.resize((round(0.7 * image.width), round(0.7 * image.height)), Image.Resampling.BICUBIC)


# What is done to a copy, and the JPEG quality it is saved at; 2% are cut off each side.
EDITS: dict[str, tuple[Callable[[Image.Image], Image.Image], int]] = {
    "JPEG 30": (lambda image: image, 30),
    "70% size": (_smaller, 95),
    "2% crop": (_crop, 95),
    "10% brighter": (lambda image: ImageEnhance.Brightness(image).enhance(1.1), 95),
}
# What people's own photos are like: pictures of the web, and a camera's.
LARGER = ((512, 512), (2048, 1536))
ENLARGED_PHOTOS = 200
EXACT = "equal file"
KINDS = (*EDITS, EXACT)


def enlarge(folder: Path, into: Path, size: tuple[int, int]) -> Path:
    """Write 200 photos of `folder` to `into` in the size of a camera's, each under its class; return `into`."""
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg"))
    for number, file in enumerate(files[:: max(1, len(files) // ENLARGED_PHOTOS)][:ENLARGED_PHOTOS]):
        (into / file.parent.name).mkdir(parents=True, exist_ok=True)
        with Image.open(file) as opened:
            image = opened.convert("RGB").resize(size, Image.Resampling.BICUBIC)
        image.save(into / file.parent.name / f"{number:04d}.jpg", quality=92)
    return into


def plant(folder: Path, into: Path) -> dict[str, tuple[int, str, str]]:
    """Return for each file written, relative to `into`, its source's number, its kind of edit and its class.

    About 300 JPEGs are taken at even steps; a source's own kind is ''.
    """
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg"))
    known: dict[str, tuple[int, str, str]] = {}
    for number, file in enumerate(files[:: max(1, len(files) // SOURCES)][:SOURCES]):
        label = file.parent.name
        (into / label).mkdir(parents=True, exist_ok=True)
        with Image.open(file) as opened:
            image = opened.convert("RGB")
        for kind in ("", EXACT, *EDITS):
            name = f"{label}/{number:04d}{''.join(c for c in kind if c.isalnum())}.jpg"
            if kind in EDITS:
                edit, quality = EDITS[kind]
                edit(image).save(into / name, quality=quality)
            else:
                shutil.copyfile(file, into / name)
            known[name] = (number, kind, label)
    return known


def score(known: dict[str, tuple[int, str, str]], sets: Iterable[Iterable[str]]) -> tuple[dict[str, float], int, int]:
    """Return the share found of each kind, and how many pairs of sources were joined: all, and of two classes.

    sets: names that a tool calls one picture, in any number of sets, which may share members.
    """
    found: set[tuple[int, str]] = set()
    joined: set[tuple[int, int]] = set()
    label = {number: name for number, _, name in known.values()}
    for one in sets:
        members = [known[name] for name in one]
        sources = sorted({number for number, _, _ in members})
        originals = {number for number, kind, _ in members if not kind}
        found |= {(number, kind) for number, kind, _ in members if kind and number in originals}
        joined |= set(combinations(sources, 2))
    share = {kind: sum(k == kind for _, k in found) / len(label) for kind in KINDS}
    return share, len(joined), sum(label[a] != label[b] for a, b in joined)
