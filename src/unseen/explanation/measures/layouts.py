"""Describe where a photo's edges and its light lie, and find which change of geometry brings them nearer to training's.

Edges are histograms of their directions in a grid of cells (as Dalal and Triggs, 2005), light is a small square of grey
levels without their mean and spread; no picture can be made of either. All in NumPy, on thumbnails: a dozen turns cost
less than one prediction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from PIL import Image

from unseen.explanation.foreground import Foreground
from unseen.records import Float32Array, Int64Array, Uint8Array

SIDE_PX, CELLS, DIRECTIONS = 48, 6, 8
EDGES = CELLS * CELLS * DIRECTIONS
LIGHT_PX = 8
NEAREST = 3
LEAST_USUAL = 0.02
MOST = 400  # photos that are kept: 280 kB
_BEYOND = 12  # pixels that are added before turning, so that no corner is empty
AS_IT_IS, FLIPPED, FARTHER, SUBJECT = "as-it-is", "flipped", "farther", "subject-alone"
CLOSER = {"closer": 0.15, "much-closer": 0.27}  # by the share that is cut off each side
TURNS = {"turned-15": 15, "turned--15": -15, "turned-30": 30, "turned--30": -30,
         "turned-90": 90, "turned--90": -90, "turned-180": 180}  # fmt: skip
# What is added above, below, left and right of a photo that was cut off at a corner.
CORNERS = {"wider-top-left": (16, 0, 16, 0), "wider-top-right": (16, 0, 0, 16),
           "wider-bottom-left": (0, 16, 16, 0), "wider-bottom-right": (0, 16, 0, 16)}  # fmt: skip
# Named as the replays that do the same to the photo, where there is one.
CHANGES = (AS_IT_IS, FLIPPED, *TURNS, *CLOSER, FARTHER, *CORNERS, SUBJECT)
LIGHT_CHANGES = tuple(f"light {change}" for change in CHANGES)
NO_GAINS: Mapping[str, float] = dict.fromkeys((*CHANGES, *LIGHT_CHANGES), 0.0)


@dataclass(frozen=True, slots=True)
class Layouts:
    """Training's, of one kind. rows: (M, L) float16 of length 1. usual: median distance of one of them to the others.

    labels: (M,), class indices, where they are known; usual_own: median distance to others of one's own class.
    """

    rows: npt.NDArray[np.float16]
    usual: float
    labels: Int64Array | None = None
    usual_own: float = 1.0

    def similar(self, described: Float32Array) -> Float32Array:
        """Return how similar descriptions (K, L) are to each of training's, (K, M)."""
        out: Float32Array = described @ self.rows.astype(np.float32).T
        return out

    def own(self, target: int) -> Int64Array:
        """Return which of the photos are of class `target`."""
        return np.flatnonzero(self.labels == target) if self.labels is not None else np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class PhotoLayouts:
    """Training's edges, and its light: bundles before had none of the latter."""

    edges: Layouts
    light: Layouts | None = None

    def similar(self, photo: Uint8Array, foreground: Foreground) -> tuple[Float32Array, ...]:
        """Return how similar a photo is after each of `CHANGES` to each of training's, (K, M): by edges, by light."""
        described = _changed(photo, foreground)
        return tuple(of.similar(by) for of, by in zip(self._kinds(), described, strict=False))

    def gains(self, similar: Sequence[Float32Array]) -> dict[str, float]:
        """Return by how much each of `CHANGES` and `LIGHT_CHANGES` brings a photo nearer to training.

        In usual distances; of `AS_IT_IS` it is how far the photo is beyond the usual distance. similar: see there.
        """
        return _gains(similar, [of.usual for of in self._kinds()])

    def own_gains(self, similar: Sequence[Float32Array], target: int) -> dict[str, float] | None:
        """Return the same of training's photos of class `target`; `None` where none of them is known."""
        own = self.edges.own(target)
        return _gains([by[:, own] for by in similar], [of.usual_own for of in self._kinds()]) if len(own) else None

    def _kinds(self) -> list[Layouts]:
        return [self.edges, *([self.light] if self.light else [])]


def _gains(similar: Sequence[Float32Array], usual: Sequence[float]) -> dict[str, float]:
    """Return the gains of `CHANGES`, and of `LIGHT_CHANGES` where light is compared, too."""
    found: dict[str, float] = {}
    for by, distance, names in zip(similar, usual, (CHANGES, LIGHT_CHANGES), strict=False):
        apart = _apart(by)
        gains = (apart[0] - apart) / distance
        gains[0] = apart[0] / distance - 1
        found |= zip(names, map(float, gains.clip(-2, 2)), strict=True)
    return found


def _apart(similar: Float32Array) -> Float32Array:
    """Return the mean distance (K,) to the nearest of (K, M)."""
    out: Float32Array = 1 - np.sort(similar, axis=1)[:, -NEAREST:].mean(axis=1)
    return out


def layouts_of(photos: Sequence[Uint8Array], labels: Sequence[int] | None = None) -> PhotoLayouts | None:
    """Return what photos (H, W, 3) of training, most `MOST`, are compared by; `None` of too few. labels: classes."""
    if len(photos) <= NEAREST:
        return None
    small = np.stack([_thumbnail(photo) for photo in photos[:MOST]])
    of = None if labels is None else np.array(labels[:MOST], np.int64)
    return PhotoLayouts(_compared(_edges(small), of), _compared(_light(small), of))


def _compared(rows: Float32Array, labels: Int64Array | None) -> Layouts:
    similar = rows @ rows.T
    np.fill_diagonal(similar, -1)
    usual = max(float(np.median(_apart(similar))), LEAST_USUAL)
    if labels is None:
        return Layouts(rows.astype(np.float16), usual)
    others = [np.flatnonzero((labels == label) & (np.arange(len(labels)) != i)) for i, label in enumerate(labels)]
    own = [float(_apart(similar[[i]][:, some])[0]) for i, some in enumerate(others) if len(some)]
    return Layouts(rows.astype(np.float16), usual, labels, max(float(np.median(own or [usual])), LEAST_USUAL))


def _thumbnail(photo: Uint8Array) -> Uint8Array:
    small = Image.fromarray(np.ascontiguousarray(photo[..., :3])).resize((SIDE_PX, SIDE_PX), Image.Resampling.BOX)
    return np.asarray(small.convert("L"))


def _changed(photo: Uint8Array, foreground: Foreground) -> tuple[Float32Array, Float32Array]:
    """Return the descriptions (K, L) of a photo after each of `CHANGES`, by edges and by light."""
    small = _thumbnail(photo)
    wide = Image.fromarray(np.pad(small, _BEYOND, mode="edge"))
    inner = slice(_BEYOND, _BEYOND + SIDE_PX)
    turned = [
        np.rot90(small, degrees // 90)
        if degrees % 90 == 0
        else np.asarray(wide.rotate(degrees, Image.Resampling.BILINEAR))[inner, inner]
        for degrees in TURNS.values()
    ]
    bounds = [(SIDE_PX * share, SIDE_PX * (1 - share)) for share in CLOSER.values()]
    boxes = [(first, first, last, last) for first, last in bounds]
    whole = Image.fromarray(small)
    closer = [np.asarray(whole.resize((SIDE_PX,) * 2, Image.Resampling.BILINEAR, box)) for box in boxes]
    farther = np.asarray(wide.resize((SIDE_PX,) * 2, Image.Resampling.BILINEAR))
    alpha = np.asarray(Image.fromarray(foreground.alpha).resize((SIDE_PX,) * 2, Image.Resampling.BOX))
    corners = map(partial(_widened, small), CORNERS.values())
    changed = np.stack([small, small[:, ::-1], *turned, *closer, farther, *corners])
    edges, light = _edges(changed), _light(changed)
    return (
        np.concatenate([edges, _edges(small[None], alpha[None])]),
        np.concatenate([light, _light(small[None], alpha[None])]),
    )


def _widened(small: Uint8Array, by: tuple[int, int, int, int]) -> Uint8Array:
    wide = np.pad(small, (by[:2], by[2:]), mode="edge")
    return np.asarray(Image.fromarray(wide).resize((SIDE_PX,) * 2, Image.Resampling.BILINEAR))


def _edges(thumbnails: Uint8Array, weight: Float32Array | None = None) -> Float32Array:
    """Return (B, EDGES) of thumbnails (B, S, S); weight: (B, S, S) of each pixel's edge."""
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
    return _of_length_1(np.sqrt(cells.reshape(len(light), EDGES)))


def _light(thumbnails: Uint8Array, weight: Float32Array | None = None) -> Float32Array:
    """Return (B, LIGHT_PX²) of thumbnails (B, S, S); weight: (B, S, S) of each pixel, the others are of mean light."""
    cell = SIDE_PX // LIGHT_PX
    values = thumbnails.astype(np.float32)
    if weight is not None:
        values = (values - values.mean(axis=(1, 2), keepdims=True)) * weight
    cells = values.reshape(-1, LIGHT_PX, cell, LIGHT_PX, cell).mean(axis=(2, 4)).reshape(len(values), -1)
    return _of_length_1(cells - cells.mean(axis=1, keepdims=True))


def _of_length_1(rows: Float32Array) -> Float32Array:
    out: Float32Array = rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-3)
    return out
