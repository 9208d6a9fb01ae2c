"""Draw solids made of flat faces, lit from one side, the farthest face first: boxes, rods, rings and round things."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from unseen.records import Float32Array

Point = Sequence[float]
AROUND = 20  # faces round a rod
FINER = 2  # drawn at so many times the side


class Face(NamedTuple):
    """points: (K, 3) float32. tone: (3,), RGB of 0 to 1."""

    points: Float32Array
    tone: Float32Array


Solid = list[Face]


def floats(values: npt.ArrayLike) -> Float32Array:
    """Return values as float32."""
    return np.asarray(values, np.float32)


def box(centre: Point, half: Point, tone: Float32Array) -> Solid:
    """A box by its centre and half sides."""
    c, (x, y, z) = floats(centre), half
    faces = []
    for axis in range(3):
        for sign in (-1, 1):
            square = floats([[-1, -1], [1, -1], [1, 1], [-1, 1]])
            corner = np.insert(square, axis, sign, axis=1) * floats([x, y, z])
            faces.append(Face(corner + c, tone))
    return faces


def _frame(direction: Float32Array) -> tuple[Float32Array, Float32Array]:
    other = floats([1, 0, 0]) if abs(direction[0]) < 0.9 else floats([0, 1, 0])
    first = np.cross(direction, other)
    first /= np.linalg.norm(first)
    return first, np.cross(direction, first)


def rod(start: Point, end: Point, r0: float, r1: float, tone: Float32Array) -> Solid:
    """A rod from `start` to `end`, its radius from `r0` to `r1`."""
    a, b = floats(start), floats(end)
    along = (b - a) / max(1e-6, float(np.linalg.norm(b - a)))
    u, v = _frame(along)
    angles = np.arange(AROUND) * 2 * np.pi / AROUND
    circle = np.cos(angles)[:, None] * u + np.sin(angles)[:, None] * v
    low, high = floats(a + r0 * circle), floats(b + r1 * circle)
    sides = [Face(np.stack([low[i - 1], low[i], high[i], high[i - 1]]), tone) for i in range(AROUND)]
    return [*sides, Face(low, tone), Face(high, tone)]


def ring(centre: Point, radius: float, thick: float, tone: Float32Array, axis: str = "z", share: float = 1.0) -> Solid:
    """A ring, or the upper `share` of one."""
    angles = np.linspace(0, 2 * np.pi * share, 15)
    flat = np.stack([np.cos(angles), np.sin(angles)], axis=1) * radius
    points = np.insert(flat, {"x": 0, "y": 1, "z": 2}[axis], 0, axis=1) + floats(centre)
    return [face for a, b in pairwise(points) for face in rod(a, b, thick, thick, tone)[:-2]]


def round_thing(centre: Point, half: Point, tone: Float32Array) -> Solid:
    """An ellipsoid."""
    up, side = np.linspace(-np.pi / 2, np.pi / 2, 11), np.linspace(0, 2 * np.pi, 19)
    lat, lon = np.meshgrid(up, side, indexing="ij")
    points = np.stack([np.cos(lat) * np.cos(lon), np.sin(lat), np.cos(lat) * np.sin(lon)], axis=-1)
    points = floats(points * floats(half) + floats(centre))
    return [
        Face(np.stack([points[i, j], points[i + 1, j], points[i + 1, j + 1], points[i, j + 1]]), tone)
        for i in range(10)
        for j in range(18)
    ]


def drawn(
    solid: Solid, turn: float, tilt: float, size: float, loose: float, side_px: int, rng: np.random.Generator
) -> Float32Array:
    """Return a picture (side_px, side_px, 4) float32 of 0 to 1 with alpha; `size` of it wide or high.

    turn, tilt: radians about the vertical and downwards. loose: how far from the middle, 0 to 1 of what there is.
    """
    c, s, ct, st = np.cos(turn), np.sin(turn), np.cos(tilt), np.sin(tilt)
    view = floats([[1, 0, 0], [0, ct, -st], [0, st, ct]]) @ floats([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    light = floats([rng.uniform(-0.8, 0.8), 1.0, rng.uniform(0.4, 1.2)])
    light /= np.linalg.norm(light)
    seen = [face.points @ view.T for face in solid]
    flat = [points[:, :2] * (4.5 / (4.5 - points[:, 2:])) for points in seen]
    every = np.concatenate(flat)
    low, high = every.min(axis=0), every.max(axis=0)
    fine = side_px * FINER
    scale = size * fine / float((high - low).max())
    free = (fine - scale * (high - low)) / 2 * loose
    shift = fine / 2 + rng.uniform(-1, 1, 2) * free
    canvas = np.zeros((fine, fine, 4), np.uint8)
    for i in np.argsort([points[:, 2].mean() for points in seen]):
        normal = np.cross(seen[i][1] - seen[i][0], seen[i][2] - seen[i][0])
        normal = normal / max(1e-9, float(np.linalg.norm(normal)))
        lit = abs(float(normal @ light))
        tone = solid[i].tone * (0.35 + 0.65 * lit) + 0.25 * lit**12
        at = (flat[i] - (low + high) / 2) * scale * floats([1, -1]) + shift
        corners = np.round(at * 16).astype(np.int32)
        cv2.fillConvexPoly(canvas, corners, [*(float(x) for x in np.clip(tone, 0, 1) * 255), 255.0], cv2.LINE_8, 4)
    rgba = floats(cv2.resize(canvas, (side_px, side_px), interpolation=cv2.INTER_AREA) / 255)
    rgba[..., :3] /= np.maximum(rgba[..., 3:], 1 / 255)  # no black of the empty canvas at the edge
    return rgba
