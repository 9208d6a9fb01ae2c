"""Planted photos: seeds and names in, (H, W, 4) uint8 scenes, altered copies and photo sets out."""

import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from planted.faults import opaque
from unseen.records import Part, Photo, PhotoSet, Uint8Array
from unseen.split.fingerprint import Fingerprints

SIDE = 160


def scene(seed: int, cells: int = 9, side: int = SIDE) -> Uint8Array:
    """A smooth random picture; two seeds have nothing in common."""
    coarse = np.random.default_rng(seed).integers(0, 256, (cells, cells, 3), dtype=np.uint8)
    return opaque(np.asarray(Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC)))


def jpeg(photo: Uint8Array, quality: int = 40) -> Uint8Array:
    stream = io.BytesIO()
    Image.fromarray(photo[..., :3]).save(stream, "JPEG", quality=quality)
    return opaque(np.asarray(Image.open(stream)))


def crop(photo: Uint8Array, share: float) -> Uint8Array:
    cut = round(photo.shape[0] * share)
    return photo[cut:-cut, cut:-cut]


def resized(photo: Uint8Array, side: int) -> Uint8Array:
    return np.asarray(Image.fromarray(photo).resize((side, side), Image.Resampling.BOX))


def hand_on_wall(wall: int, place: tuple[int, int], grey: int = 130, size: int = 34) -> Uint8Array:
    """The same textured wall with a small bright patch (the hand) at `place`."""
    photo = scene(wall, cells=20).copy()
    photo[..., :3] //= 2
    y, x = place
    photo[y : y + size, x : x + size, :3] = grey
    return photo


def pan(seed: int, frames: int, step: int) -> list[Uint8Array]:
    """Frames of a camera that turns `step` pixels a frame over one long scene."""
    rng = np.random.default_rng(seed)
    width = SIDE + frames * step
    coarse = rng.integers(0, 256, (6, max(6, width // 30), 3), dtype=np.uint8)
    strip = np.asarray(Image.fromarray(coarse).resize((width, SIDE), Image.Resampling.BICUBIC))
    return [opaque(strip[:, k * step : k * step + SIDE]) for k in range(frames)]


def photos(
    paths: Iterable[str], groups: Sequence[str | None] | None = None, parts: Sequence[Part | None] | None = None
) -> PhotoSet:
    """A photo set from paths `.../label/name`."""
    listed = list(paths)
    made = tuple(
        Photo(path, Path(path), path.split("/")[-2], groups[i] if groups else None, parts[i] if parts else None)
        for i, path in enumerate(listed)
    )
    return PhotoSet(made, (), tuple(sorted({photo.label for photo in made})))


def digests(n: int) -> list[str]:
    return [f"digest{i}" for i in range(n)]


def correlation(prints: Fingerprints, a: int, b: int) -> float:
    """The correlation of the thumbnails of two photos."""
    first, second = prints.thumbs([a, b])
    return float(first @ second)
