"""Replays and stress of any model: a planted weakness must be named."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from unseen.dataset.dataset import Dataset
from unseen.dataset.load import Source, group_photos, named_photos, read_photos
from unseen.diagnosing.withstands import withstands
from unseen.explanation.causes import Cause
from unseen.inference.model import CallableModel
from unseen.progress import Silent
from unseen.records import Float32Array, Uint8Array


def photos(root: Path, light: float) -> Dataset:
    """Pictures of one square each, in "red" or "blue", as light as said."""
    rng = np.random.default_rng(round(light * 100))
    for number in range(12):
        label = ("red", "blue")[number % 2]
        picture = rng.normal(120, 12, (64, 64, 3))
        picture[20:44, 20:44] = (190, 80, 60) if label == "red" else (60, 80, 190)
        folder = root / label
        folder.mkdir(parents=True, exist_ok=True)
        shaded = (picture * light).clip(0, 255).astype(np.uint8)
        Image.fromarray(shaded).save(folder / f"{int(rng.integers(1 << 40)):x}.png")
    return group_photos(read_photos(named_photos(Source(str(root))), 64, Silent()), Silent())


def sees_only_in_light(images: Sequence[Uint8Array]) -> Float32Array:
    """Tell red from blue, but call every dark photo "dark"."""
    rows = []
    for image in images:
        middle = image[image.shape[0] // 3 : -image.shape[0] // 3, image.shape[1] // 3 : -image.shape[1] // 3]
        red = float(middle[..., 0].mean() > middle[..., 2].mean())
        dark = float(image.mean() < 60)
        rows.append([dark * 0.98 + 0.01, (1 - dark) * (0.02 + 0.95 * (1 - red)), (1 - dark) * (0.02 + 0.95 * red)])
    found = np.array(rows, np.float32) + 1e-3
    return np.asarray(found / found.sum(axis=1, keepdims=True))


MODEL = CallableModel(("dark", "blue", "red"), sees_only_in_light)


def test_dark_photos_are_what_is_wrong(tmp_path: Path) -> None:
    found = withstands(MODEL, photos(tmp_path / "dark", 0.2), photos(tmp_path / "light", 1.0), 0, Silent())
    assert found.mistakes == 6
    assert found.causes[0] == (Cause.TOO_DARK, 6)
    assert found.stress is not None
    assert found.stress.clean.value == 1.0
    assert "too dark" in found.lines()[0]


def test_a_model_that_is_right_has_no_mistakes(tmp_path: Path) -> None:
    light = photos(tmp_path / "light", 1.0)
    found = withstands(MODEL, light, light, 0, Silent())
    assert (found.mistakes, found.causes) == (0, ())
    assert all("replayed" not in line for line in found.lines())
