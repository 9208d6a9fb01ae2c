"""Describe where a photo's edges lie, and find which change of geometry brings them nearer to training's.

A photo is described by histograms of edge directions in a grid of cells (as Dalal and Triggs, 2005), from which no
picture can be made. All in NumPy, on thumbnails: a dozen turns cost less than one prediction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from unseen.explanation.foreground import Foreground
from unseen.records import Float32Array, Int64Array, Uint8Array

SIDE_PX, CELLS, DIRECTIONS = 48, 6, 8
LENGTH = CELLS * CELLS * DIRECTIONS
NEAREST = 3
LEAST_USUAL = 0.02
MOST = 400  # photos that are kept: 230 kB
_BEYOND = 12  # pixels that are added before turning, so that no corner is empty
AS_IT_IS, FLIPPED, FARTHER, SUBJECT = "as-it-is", "flipped", "farther", "subject-alone"
CLOSER = {"closer": 0.15, "much-closer": 0.27}  # by the share that is cut off each side
TURNS = {"turned-15": 15, "turned--15": -15, "turned-30": 30, "turned--30": -30,
         "turned-90": 90, "turned--90": -90, "turned-180": 180}  # fmt: skip
# Named as the replays that do the same to the photo.
CHANGES = (AS_IT_IS, FLIPPED, *TURNS, *CLOSER, FARTHER, SUBJECT)


@dataclass(frozen=True, slots=True)
class EdgeLayouts:
    """Training's. rows: (M, LENGTH) float16 of length 1. usual: median distance of one of them to the others.

    labels: (M,), class indices, where they are known; usual_own: median distance to others of one's own class.
    """

    rows: npt.NDArray[np.float16]
    usual: float
    labels: Int64Array | None = None
    usual_own: float = 1.0

    def similar(self, photo: Uint8Array, foreground: Foreground) -> Float32Array:
        """Return how similar a photo is after each of `CHANGES` to each of training's, (K, M)."""
        out: Float32Array = _changed(photo, foreground) @ self.rows.astype(np.float32).T
        return out

    def gains(self, similar: Float32Array) -> dict[str, float]:
        """Return by how much each of `CHANGES` brings a photo nearer to training, in usual distances.

        Of `AS_IT_IS` it is how far the photo is beyond the usual distance. similar: see there.
        """
        return _gains(similar, self.usual)

    def own_gains(self, similar: Float32Array, target: int) -> dict[str, float] | None:
        """Return the same of training's photos of class `target`; `None` where none of them is known."""
        own = np.flatnonzero(self.labels == target) if self.labels is not None else np.empty(0, np.int64)
        return _gains(similar[:, own], self.usual_own) if len(own) else None


def _gains(similar: Float32Array, usual: float) -> dict[str, float]:
    apart = _apart(similar)
    gains = (apart[0] - apart) / usual
    gains[0] = apart[0] / usual - 1
    return dict(zip(CHANGES, map(float, gains.clip(-2, 2)), strict=True))


def _apart(similar: Float32Array) -> Float32Array:
    """Return the mean distance (K,) to the nearest of (K, M)."""
    out: Float32Array = 1 - np.sort(similar, axis=1)[:, -NEAREST:].mean(axis=1)
    return out


def layouts_of(photos: Sequence[Uint8Array], labels: Sequence[int] | None = None) -> EdgeLayouts | None:
    """Return what photos (H, W, 3) of training, most `MOST`, are compared by; `None` of too few. labels: classes."""
    if len(photos) <= NEAREST:
        return None
    rows = _describe(np.stack([_thumbnail(photo) for photo in photos[:MOST]]))
    similar = rows @ rows.T
    np.fill_diagonal(similar, -1)
    usual = max(float(np.median(_apart(similar))), LEAST_USUAL)
    if labels is None:
        return EdgeLayouts(rows.astype(np.float16), usual)
    of = np.array(labels[:MOST], np.int64)
    others = [np.flatnonzero((of == label) & (np.arange(len(of)) != i)) for i, label in enumerate(of.tolist())]
    own = [float(_apart(similar[[i]][:, some])[0]) for i, some in enumerate(others) if len(some)]
    return EdgeLayouts(rows.astype(np.float16), usual, of, max(float(np.median(own or [usual])), LEAST_USUAL))


NO_GAINS: Mapping[str, float] = dict.fromkeys(CHANGES, 0.0)


def _thumbnail(photo: Uint8Array) -> Uint8Array:
    small = Image.fromarray(np.ascontiguousarray(photo[..., :3])).resize((SIDE_PX, SIDE_PX), Image.Resampling.BOX)
    return np.asarray(small.convert("L"))


def _changed(photo: Uint8Array, foreground: Foreground) -> Float32Array:
    """Return the descriptions (K, LENGTH) of a photo after each of `CHANGES`."""
    small = _thumbnail(photo)
    wide = Image.fromarray(np.pad(small, _BEYOND, mode="edge"))
    inner = slice(_BEYOND, _BEYOND + SIDE_PX)
    turned = [
        np.rot90(small, degrees // 90)
        if degrees % 90 == 0
        else np.asarray(wide.rotate(degrees, Image.Resampling.BILINEAR))[inner, inner]
        for degrees in TURNS.values()
    ]
    edges = [(SIDE_PX * share, SIDE_PX * (1 - share)) for share in CLOSER.values()]
    boxes = [(first, first, last, last) for first, last in edges]
    whole = Image.fromarray(small)
    closer = [np.asarray(whole.resize((SIDE_PX,) * 2, Image.Resampling.BILINEAR, box)) for box in boxes]
    farther = np.asarray(wide.resize((SIDE_PX,) * 2, Image.Resampling.BILINEAR))
    alpha = np.asarray(Image.fromarray(foreground.alpha).resize((SIDE_PX,) * 2, Image.Resampling.BOX))
    described = _describe(np.stack([small, small[:, ::-1], *turned, *closer, farther]))
    return np.concatenate([described, _describe(small[None], alpha[None])])


def _describe(thumbnails: Uint8Array, weight: Float32Array | None = None) -> Float32Array:
    """Return (B, LENGTH) of thumbnails (B, S, S); weight: (B, S, S) of each pixel's edge."""
    light = np.pad(thumbnails.astype(np.float32), ((0, 0), (1, 1), (1, 1)), mode="edge")
    down, across = light[:, 2:, 1:-1] - light[:, :-2, 1:-1], light[:, 1:-1, 2:] - light[:, 1:-1, :-2]
    strength = np.hypot(down, across)
    if weight is not None:
        strength = strength * weight
    # edges, not which side is lighter: directions of a half circle
    direction = np.arctan2(down, across) % np.pi / np.pi * DIRECTIONS
    kind = direction.astype(np.int64) % DIRECTIONS
    cell = SIDE_PX // CELLS
    cells = np.empty((len(light), CELLS, CELLS, DIRECTIONS), np.float32)
    for i in range(DIRECTIONS):
        of = np.where(kind == i, strength, 0).reshape(-1, CELLS, cell, CELLS, cell)
        cells[..., i] = of.sum(axis=(2, 4))
    rows = np.sqrt(cells.reshape(len(light), LENGTH))
    out: Float32Array = rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-3)
    return out
