"""Say where a subject lies after a change, so that it need not be looked for again.

Places are (K, 2), x and y in shares of the photo, before and after.
"""

from collections.abc import Callable, Sequence

import numpy as np

from unseen.records import Float32Array

Box = tuple[float, float, float, float]  # left, top, right, bottom in shares
# Places of a photo of that shape (H, W, 3) to where they lie after a change.
Places = Callable[[Float32Array, Sequence[int]], Float32Array]


def stay(places: Float32Array, _shape: Sequence[int]) -> Float32Array:
    """Return the places after a change that moves nothing, or stretches all of the photo."""
    return places


def mirror(places: Float32Array, _shape: Sequence[int]) -> Float32Array:
    """Return the places in a mirror."""
    return np.stack([1 - places[:, 0], places[:, 1]], axis=1)


def turn(degrees: int) -> Places:
    """Return where `pixel_ops.rotated` puts places."""
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))

    def turned(places: Float32Array, shape: Sequence[int]) -> Float32Array:
        before = np.array([shape[1], shape[0]], np.float32)
        x, y = ((places - 0.5) * before).T
        after = before[::-1] if degrees % 180 == 90 else before
        return np.asarray(np.stack([x * cos + y * sin, y * cos - x * sin], axis=1) / after + 0.5, np.float32)

    return turned


def moved_box(box: Box, keypoints: Float32Array, places: Places, before: Sequence[int], after: Sequence[int]) -> Box:
    """Return a subject's box after a change: as much larger than its keypoints (K, 2), and in the photo where it fits.

    before, after: shapes (H, W, 3) of the photo.
    """
    if places is stay and tuple(before) == tuple(after):
        return box
    old, new = (np.array([shape[1], shape[0]], np.float32) for shape in (before, after))
    middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    centre, *moved = places(np.array([middle, *keypoints], np.float32), before) * new
    grown = np.ptp(moved, axis=0).max() / max(np.ptp(keypoints * old, axis=0).max(), 1e-6)
    half = min(grown * max((box[2] - box[0]) * old[0], (box[3] - box[1]) * old[1]), new.max()) / 2
    slack = np.maximum(new / 2 - half, 0)
    centre = new / 2 + np.clip(centre - new / 2, -slack, slack)
    left, top, right, bottom = (np.concatenate([centre - half, centre + half]) / np.tile(new, 2)).tolist()
    return left, top, right, bottom
