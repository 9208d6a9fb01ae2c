"""Toy models whose weakness is planted, and a photo that they get right."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageFilter

from unseen.inference.model import CallableModel
from unseen.records import Float32Array, Uint8Array


def subject_photo(side: str = "left", light: int = 120, seed: int = 0) -> Uint8Array:
    """Return a skin-coloured disc on grey, with a bright mark on its left or right."""
    y, x = np.mgrid[:96, :128]
    photo = np.full((96, 128, 3), light, np.float32)
    photo[(x - 64) ** 2 + (y - 48) ** 2 < 28**2] = (200, 140, 110)
    photo[(x - (50 if side == "left" else 78)) ** 2 + (y - 48) ** 2 < 8**2] = (235, 190, 170)
    rng = np.random.default_rng(seed)
    photo = (
        (photo * rng.uniform(0.8, 1.1) + rng.normal(0, rng.uniform(1, 4), photo.shape)).clip(0, 255).astype(np.uint8)
    )
    pixels = np.asarray(Image.fromarray(photo).filter(ImageFilter.GaussianBlur(rng.uniform(0, 1.2))))
    return pixels * np.array([1, 1, 1], np.uint8)


def likely(share: float) -> list[float]:
    """Return probabilities of (left, right)."""
    return [1 - share, share]


def by_mark(images: Sequence[Uint8Array]) -> Float32Array:
    """Say by the place of the mark; unsure of a photo that is dark."""
    rows = []
    for image in images:
        middle = image.astype(np.float32).sum(axis=2)
        half = middle.shape[1] // 2
        apart = float(middle[:, half:].mean() - middle[:, :half].mean())
        rows.append(likely(float(1 / (1 + np.exp(-apart)))))
    return np.array(rows, np.float32)


def right_in_the_dark(images: Sequence[Uint8Array]) -> Float32Array:
    """Say left of light photos and right of dark ones, whatever they show."""
    return np.array([likely(0.95 if image.mean() < 60 else 0.05) for image in images], np.float32)


def by_ground(images: Sequence[Uint8Array]) -> Float32Array:
    """Say right where the border is striped, whatever the subject."""
    rows = []
    for image in images:
        border = np.concatenate([image[:6].reshape(-1, 3), image[-6:].reshape(-1, 3)]).astype(np.float32).mean(axis=1)
        rows.append(likely(0.95 if border.std() > 30 else 0.05))
    return np.array(rows, np.float32)


SIDES = ("left", "right")
BY_MARK = CallableModel(SIDES, by_mark)
RIGHT_IN_THE_DARK = CallableModel(SIDES, right_in_the_dark)
BY_GROUND = CallableModel(SIDES, by_ground)
