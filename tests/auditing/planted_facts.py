"""Planted photos for the audit: seeds in, sharp (H, W, 4) uint8 scenes out; and facts that say nothing."""

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from planted.faults import opaque
from unseen.auditing.photo_facts import Facts, measure_facts
from unseen.records import Photo, PhotoSet, Uint8Array

SIDE = 160


def sharp(seed: int, height: int = SIDE, width: int = SIDE) -> Uint8Array:
    """Coloured boxes with hard edges on a shaded, slightly grainy ground, as a camera in focus sees them."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:height, 0:width]
    shade = 90 + 60 * columns / width + 30 * rows / height
    picture = shade[..., None] + rng.normal(0, 1.5, (height, width, 1)) + rng.uniform(-15, 15, 3)
    for _ in range(12):
        row, column = rng.integers(0, height - 20), rng.integers(0, width - 20)
        tall, wide = rng.integers(12, height // 2), rng.integers(12, width // 2)
        picture[row : row + tall, column : column + wide] = rng.uniform(30, 220, 3)
    return opaque(np.clip(picture, 0, 255).astype(np.uint8))


def photo_set(
    labels: Sequence[str], names: Sequence[str] | None = None, groups: Sequence[str] | None = None
) -> PhotoSet:
    """Photos `label/name`; there are no files."""
    paths = [f"{label}/{names[i] if names else f'x{i}.jpg'}" for i, label in enumerate(labels)]
    made = tuple(
        Photo(path, Path("absent") / path, label, groups[i] if groups else None)
        for i, (path, label) in enumerate(zip(paths, labels, strict=True))
    )
    return PhotoSet(made, (), tuple(sorted(set(labels))))


def facts(n: int, **changed: Any) -> Facts:
    """Facts of `n` alike photos, with some columns replaced."""
    one = measure_facts(photo_set(["a"]), [np.full((8, 8, 4), 128, np.uint8)])
    columns = {field.name: getattr(one, field.name) for field in fields(one)}
    alike = {name: c * n if isinstance(c, tuple) else np.repeat(c, n, axis=0) for name, c in columns.items()}
    return Facts(**(alike | changed))
