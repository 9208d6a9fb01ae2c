"""Hand landmarks of a photo set, as another program finds them: a folder of photos in, features for a rival out.

`pretrain/teacher.py` finds them, in a Python of its own that has MediaPipe; this project never imports it.
"""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unseen.records import Float32Array

ROOT = Path(__file__).parents[1]
# MediaPipe's numbers of the wrist and the knuckles.
WRIST, INDEX, MIDDLE, RING, LITTLE = 0, 5, 9, 13, 17
KNUCKLES = (INDEX, MIDDLE, RING, LITTLE)


@dataclass(frozen=True, slots=True)
class Hands:
    """image: (N, 21, 3) float32 in shares of the photo's width and height. world: (N, 21, 3), metres. seen: (N,) bool,
    whether a hand was found at all.
    """

    image: Float32Array
    world: Float32Array
    seen: npt.NDArray[np.bool_]


def find_landmarks(folder: Path, cache: Path, python: Path) -> dict[Path, int]:
    """Return the row in the NPZ file `cache` of each photo of `folder`; `python` finds them where it is absent."""
    if not cache.exists():
        cache.parent.mkdir(parents=True, exist_ok=True)
        part = cache.with_suffix(".part.npz")
        subprocess.run(
            [str(python), "-m", "pretrain.teacher", str(folder.resolve()), "--out", str(part.resolve())],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
            check=True,
        )
        part.replace(cache)
    with np.load(cache) as table:
        return {Path(path).resolve(): row for row, path in enumerate(table["path"].tolist())}


def hands_of(files: list[Path], rows: dict[Path, int], cache: Path) -> Hands:
    """Return the landmarks of `files` (N); a photo that was not looked at has no hand."""
    with np.load(cache) as table:
        at = np.array([rows.get(file.resolve(), -1) for file in files])
        return Hands(table["image"][at], table["world"][at], (table["score"][at] > 0) & (at >= 0))


def features(hands: Hands, shapes: Float32Array) -> Float32Array:
    """Return (N, 105) float32: where the joints lie, whatever the hand's place, size, side and turn in the picture.

    shapes: (N, 2) float32, width and height of each photo. First 42 numbers from the picture, then 63 from the model
    in space.
    """
    flat = hands.image[:, :, :2] * shapes[:, None]
    parts = [upright(points).reshape(len(points), -1) for points in (flat, hands.world)]
    return np.where(hands.seen[:, None], np.concatenate(parts, axis=1), 0).astype(np.float32)


def upright(points: Float32Array) -> Float32Array:
    """Return (N, 21, 2 or 3) points from the wrist, in palm lengths, the middle finger's knuckle up, the index's left.

    Mirrored by where the knuckles lie, not by MediaPipe's left and right: a set of palms and one of backs of hands
    would else be mirror images of each other (rps_subhi to rps_freeman: 0.53 of the photos right instead of 0.94).
    """
    moved = points - points[:, [WRIST]]
    palm = np.linalg.norm(moved[:, KNUCKLES], axis=2).mean(axis=1)
    turned: Float32Array = (moved / np.maximum(palm, 1e-6)[:, None, None]).astype(np.float32)
    angle = np.arctan2(turned[:, MIDDLE, 0], -turned[:, MIDDLE, 1])  # from up; y points down
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.stack([np.stack([cos, sin], 1), np.stack([-sin, cos], 1)], 1)  # (N, 2, 2)
    turned[:, :, :2] = np.einsum("nij,nkj->nki", turn, turned[:, :, :2])
    turned[turned[:, INDEX, 0] > turned[:, LITTLE, 0], :, 0] *= -1
    return turned
