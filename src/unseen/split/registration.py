"""Register pairs of small grey pictures: find the affine map between them, and how alike they are under it."""

from dataclasses import dataclass

import numpy as np

from unseen.records import BoolArray, Float32Array

CHUNK_PIXELS = 24 * 1024  # of each side of the pairs worked on at once, so that they stay in the processor's cache
LARGEST_STEP = 0.1  # of the side
BLOCKS = 8  # squared
RIDGE = 1e-5


@dataclass(frozen=True, slots=True)
class Registered:
    """maps: (n, 2, 3), points of `a` to points of `b`, in shares of the side from the middle.

    correlation: (n,), where they overlap. overlap: (n,), share of `a`. worst: (n,), mean squared difference of the
    worst of 64 blocks, where the overlap has variance 1. fine: (n,), correlation of the finest detail.
    """

    maps: Float32Array
    correlation: Float32Array
    overlap: Float32Array
    worst: Float32Array
    fine: Float32Array

    def where(self, chosen: BoolArray) -> "Registered":
        """Return the chosen pairs."""
        return Registered(
            self.maps[chosen], self.correlation[chosen], self.overlap[chosen], self.worst[chosen], self.fine[chosen]
        )


def register(a: Float32Array, b: Float32Array, maps: Float32Array, steps: int) -> Registered:
    """Improve the maps (n, 2, 3) between pictures `a` and `b`, (n, side, side), by `steps` Gauss-Newton steps.

    Maximised is the correlation over the overlap (Evangelidis and Psarakis 2008), so light and contrast do not matter.
    """
    side = a.shape[1]
    chunk = max(1, CHUNK_PIXELS // (side * side))
    parts = [_register(a[i : i + chunk], b[i : i + chunk], maps[i : i + chunk], steps) for i in range(0, len(a), chunk)]
    if not parts:
        nothing = np.zeros(0, np.float32)
        return Registered(np.zeros((0, 2, 3), np.float32), nothing, nothing, nothing, nothing)
    fields = ("maps", "correlation", "overlap", "worst", "fine")
    return Registered(*(np.concatenate([getattr(part, name) for part in parts]) for name in fields))


def _register(a: Float32Array, b: Float32Array, maps: Float32Array, steps: int) -> Registered:
    n, side = len(a), a.shape[1]
    y, x = ((axis.ravel() + 0.5) / side - 0.5 for axis in np.mgrid[:side, :side].astype(np.float32))
    flat, maps = a.reshape(n, -1), maps.copy()
    for step in range(steps + 1):
        value, by_x, by_y, inside = _sampled(b, maps, x, y)
        first, _ = _centred(flat, inside)
        second, norm = _centred(value, inside)
        correlation = np.einsum("np,np->n", first, second)
        if step == steps:
            break
        scale = inside * (side / norm)
        by_x *= scale
        by_y *= scale
        # The last two let brightness and contrast go along.
        slopes = np.stack([by_x * x, by_x * y, by_x, by_y * x, by_y * y, by_y, inside, second], axis=1)
        normal = slopes @ slopes.transpose(0, 2, 1)
        normal += RIDGE * np.trace(normal, axis1=1, axis2=2)[:, None, None] * np.eye(8, dtype=np.float32)
        left = first / np.maximum(correlation, 0.3)[:, None] - second
        moved = np.linalg.solve(normal, slopes @ left[..., None])[:, :6, 0]
        maps += np.clip(moved, -LARGEST_STEP, LARGEST_STEP).reshape(n, 2, 3)
    return Registered(
        maps, correlation, inside.mean(axis=1), _worst_block(first - second, inside), _fine(first, second, inside)
    )


def _sampled(
    b: Float32Array, maps: Float32Array, x: Float32Array, y: Float32Array
) -> tuple[Float32Array, Float32Array, Float32Array, Float32Array]:
    """Return b at the mapped points, its slopes a pixel, and 1 where the point is inside, (n, side * side) each."""
    n, side = len(b), b.shape[1]
    across, down = ((maps[:, k, 0:1] * x + maps[:, k, 1:2] * y + maps[:, k, 2:3] + 0.5) * side - 0.5 for k in (0, 1))
    inside = ((across >= 0) & (across <= side - 1) & (down >= 0) & (down <= side - 1)).astype(np.float32)
    across, down = (np.clip(line, 0, side - 1.001) for line in (across, down))
    column, row = across.astype(np.int32), down.astype(np.int32)
    across -= column
    down -= row
    place = (np.arange(n, dtype=np.int32) * side * side)[:, None] + row * side + column
    flat = b.ravel()
    corner, right, below, beyond = (flat.take(place + k) for k in (0, 1, side, side + 1))
    right -= corner
    beyond -= below
    beyond -= right  # b = corner + right x + below y + beyond x y
    below -= corner
    slope_y = below + beyond * across
    return corner + right * across + slope_y * down, right + beyond * down, slope_y, inside


def _centred(values: Float32Array, inside: Float32Array) -> tuple[Float32Array, Float32Array]:
    """Return values (n, p) less their mean where inside, at unit norm and 0 elsewhere, and their norms (n, 1)."""
    mean = np.einsum("np,np->n", values, inside) / np.maximum(inside.sum(axis=1), 1)
    centred = (values - mean[:, None]) * inside
    norm = np.sqrt(np.einsum("np,np->n", centred, centred))[:, None] + 1e-6
    return centred / norm, norm


def _worst_block(difference: Float32Array, inside: Float32Array) -> Float32Array:
    n, side = len(difference), round(difference.shape[1] ** 0.5)
    shape = (n, BLOCKS, side // BLOCKS, BLOCKS, side // BLOCKS)
    squares = (difference * difference).reshape(shape).sum(axis=(2, 4))
    share = inside.reshape(shape).mean(axis=(2, 4))
    pixels = share * (side // BLOCKS) ** 2
    mean = np.where(share >= 0.5, squares / np.maximum(pixels, 1), 0) * inside.sum(axis=1)[:, None, None]
    worst: Float32Array = mean.max(axis=(1, 2))
    return worst


def _fine(first: Float32Array, second: Float32Array, inside: Float32Array) -> Float32Array:
    """Return the correlation of what a pixel differs from its four neighbours, (n,) float32."""
    n, side = len(first), round(first.shape[1] ** 0.5)

    def around(flat: Float32Array) -> list[Float32Array]:
        square = flat.reshape(n, side, side)
        return [square[:, :-2, 1:-1], square[:, 2:, 1:-1], square[:, 1:-1, :-2], square[:, 1:-1, 2:]]

    known = np.prod(np.stack(around(inside)), axis=0) * inside.reshape(n, side, side)[:, 1:-1, 1:-1]
    details = [
        (flat.reshape(n, side, side)[:, 1:-1, 1:-1] - np.mean(np.stack(around(flat)), axis=0)) * known
        for flat in (first, second)
    ]
    sums = [np.einsum("nyx,nyx->n", details[i], details[j]) for i, j in ((0, 1), (0, 0), (1, 1))]
    fine: Float32Array = sums[0] / np.sqrt(sums[1] * sums[2] + 1e-12)
    return fine
