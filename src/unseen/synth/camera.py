"""Project a hand into a picture, and cast the rays that may meet it."""

from dataclasses import dataclass

import numpy as np

from unseen.records import BoolArray, Float32Array, Float64Array, Int64Array
from unseen.synth.flesh import Flesh
from unseen.synth.poses import View
from unseen.synth.skeleton import about_x, about_y, about_z
from unseen.synth.surface import NEAR_MM

LENS_MM = 80.0  # anything nearer is clipped
FLIP = np.diag([1.0, -1.0, -1.0])  # x right, y up, z to the camera -> x right, y down, z away from it


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole camera.

    turn: (3, 3) from the hand's axes to the camera's (x right, y down, z forward); a left hand's also mirrors.
    shift: (3,) mm. focal and middle (2,) in shares of the picture's side.
    """

    turn: Float64Array
    shift: Float64Array
    focal: float
    middle: Float64Array

    def seen(self, points: Float64Array) -> Float64Array:
        """Return where points (n, 3) of the hand lie: x, y in shares of the side from the top left, z in mm."""
        there = points @ self.turn.T + self.shift
        flat = there[:, :2] / there[:, 2:] * self.focal + self.middle
        return np.column_stack([flat, there[:, 2]])

    @property
    def to_hand(self) -> Float64Array:
        """Return the rotation (3, 3) from the room's axes (x right, y up, z to the camera) to the hand's."""
        return (FLIP @ self.turn).T


def turn_hand(view: View, left: bool) -> Float64Array:
    """Return the rotation (3, 3) of a hand held as `view` says, in the room's axes; a left hand is the mirror image."""
    turn = about_z(view.roll) @ about_x(view.nod) @ about_y(view.turn)
    return np.diag([-1.0, 1, 1]) @ turn if left else turn


def aim(
    points: Float64Array, turn: Float64Array, away_mm: float, fill: float, at: tuple[float, float] = (0.5, 0.5)
) -> Camera:
    """Return a camera `away_mm` away in which points (n, 3) of the hand fill `fill` of the side, centred at `at`."""
    to_camera = FLIP @ turn
    middle = points.mean(axis=0)
    camera = Camera(to_camera, np.array([0.0, 0, away_mm]) - to_camera @ middle, 1.0, np.zeros(2))
    flat = camera.seen(points)[:, :2]
    low, high = flat.min(axis=0), flat.max(axis=0)
    focal = fill / float((high - low).max())
    return Camera(to_camera, camera.shift, focal, np.array(at) - focal * (low + high) / 2)


@dataclass(frozen=True, slots=True)
class Rays:
    """The n rays that may meet the hand.

    pixels: (n,) positions in the picture, row by row. base, headings: (3, n) float32, in the hand's axes: where a ray
    is at depth 0, which is about as far as the hand so that float32 stays exact, and its direction of length 1.
    start: (n,) mm, no skin is nearer; furthest: mm, none is further. near: for each cone the positions of rays near it.
    """

    pixels: Int64Array
    base: Float32Array
    headings: Float32Array
    start: Float32Array
    furthest: float
    near: tuple[Int64Array, ...]


def cast(camera: Camera, flesh: Flesh, side_px: int, wanted: BoolArray | None = None) -> Rays:
    """Return the rays through the centres of the pixels near each cone; wanted: (side_px²,) bool, only these pixels."""
    there = [points @ camera.turn.T + camera.shift for points in (flesh.start, flesh.end)]
    boxes = [_near_cone(*_ahead(a, b, reach), camera, side_px) for a, b, reach in zip(*there, flesh.reach, strict=True)]
    if wanted is not None:
        boxes = [box[wanted[box]] for box in boxes]
    where = np.zeros(side_px * side_px, dtype=np.int64)
    for box in boxes:
        where[box] = 1
    pixels = np.flatnonzero(where)
    where[pixels] = np.arange(len(pixels))
    near = tuple(where[box] for box in boxes)
    rows, columns = np.divmod(pixels, side_px)
    x = ((columns + 0.5) / side_px - camera.middle[0]) / camera.focal
    y = ((rows + 0.5) / side_px - camera.middle[1]) / camera.focal
    ways = np.stack([x, y, np.ones_like(x)])
    ways /= np.sqrt((ways * ways).sum(axis=0))
    start = np.full(len(pixels), 1e9, dtype=np.float32)
    for k, positions in enumerate(near):
        first = min(float(np.linalg.norm(there[e][k])) - float(flesh.reach[k, e]) for e in (0, 1))
        start[positions] = np.minimum(start[positions], _least(first, there[0][k], there[1][k], flesh.reach[k].max()))
    back = camera.turn.T
    furthest = float(np.linalg.norm(np.concatenate(there), axis=1).max() + flesh.reach.max())
    middle = camera.shift[2]
    base = ways * middle - camera.shift[:, None]
    return Rays(
        pixels, (back @ base).astype(np.float32), (back @ ways).astype(np.float32),
        (start - middle).astype(np.float32), float(furthest - middle), near,
    )  # fmt: skip


def _least(first: float, a: Float64Array, b: Float64Array, reach: float) -> float:
    """Return a lower bound of the distance from the camera to a cone, whose axis may pass nearer than its ends."""
    span = b - a
    share = float(np.clip(-(a @ span) / max(float(span @ span), 1e-9), 0, 1))
    return max(min(first, float(np.linalg.norm(a + span * share)) - reach) - 6, 1.0)


def _ahead(a: Float64Array, b: Float64Array, reach: Float64Array) -> tuple[Float64Array, Float64Array, Float64Array]:
    """Cut off the part of a cone's axis that lies behind the lens or before it."""
    ends, radii = np.stack([a, b]), reach.copy()
    for this, other in ((0, 1), (1, 0)):
        if ends[this, 2] < LENS_MM < ends[other, 2]:
            share = (LENS_MM - ends[this, 2]) / (ends[other, 2] - ends[this, 2])
            ends[this] += share * (ends[other] - ends[this])
            radii[this] += share * (radii[other] - radii[this])
    return ends[0], ends[1], radii


def _near_cone(start: Float64Array, end: Float64Array, reach: Float64Array, camera: Camera, side_px: int) -> Int64Array:
    """Return the pixels within `NEAR_MM` of a cone in the picture: of the trapezium around its axis."""
    if min(start[2], end[2]) < LENS_MM - 1:
        return np.zeros(0, dtype=np.int64)
    scale = camera.focal * side_px
    depths = np.array([start[2], end[2]])
    wide = reach + NEAR_MM
    # seen from near by, a ball's outline is wider than its radius
    radii = wide * scale / np.maximum(depths - wide, 0.3 * depths)
    a, b = (p[:2] / p[2] * scale + camera.middle * side_px for p in (start, end))
    # a cone that comes to the camera may be wider between its ends than they are: take the wider end for both
    most = float(radii.max())
    low = np.maximum(np.floor(np.minimum(a, b) - most), 0).astype(int)
    high = np.minimum(np.ceil(np.maximum(a, b) + most), side_px).astype(int)
    if (low >= high).any():
        return np.zeros(0, dtype=np.int64)
    x = np.arange(low[0], high[0], dtype=np.float32) + np.float32(0.5 - a[0])
    y = (np.arange(low[1], high[1], dtype=np.float32) + np.float32(0.5 - a[1]))[:, None]
    span = (b - a).astype(np.float32)
    share = np.clip((x * span[0] + y * span[1]) / max(float(span @ span), 1e-6), 0, 1)
    away = (x - share * span[0]) ** 2 + (y - share * span[1]) ** 2
    rows, columns = np.nonzero(away < (radii[0] + share * (radii[1] - radii[0])) ** 2)
    pixels: Int64Array = (rows + low[1]) * side_px + columns + low[0]
    return pixels
