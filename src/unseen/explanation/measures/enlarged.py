"""Measure how surely a photo was made of far fewer pixels than it has, by smooth enlargement.

Every row of such a photo is a sum of as many shapes of the filter as it had pixels. So what these shapes leave of the
photo falls at just that number and rises again at the next: a blur, however strong, does neither. Enlargement by
repeating pixels is `Measure.STEPS`.
"""

from functools import cache

import numpy as np
from PIL import Image

from unseen.records import Float32Array

SIDE_PX, ACROSS_PX = 192, 64  # at which rows are compared, and how many of them
FEWEST, MOST = 9, 56  # pixels of a row that are looked for
MOST_OF_SIDE = 0.45  # share of a photo's own pixels: with more, any photo is made of so many
FILTERS = Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS
# Rounding to whole grey levels leaves a twelfth of a level squared, a box of several pixels less of it.
_ROUNDING = 0.02
# How much the fall counts beside the rise, as logarithms: a fall alone is what any step to more shapes brings.
_RISE = 3.0


def enlarged(light: Float32Array) -> float:
    """Return the logarithm of the dip at the number of pixels, by the axis that shows it less; light: (H, W)."""
    return min(_dip(light), _dip(light.T))


def _dip(light: Float32Array) -> float:
    most = min(MOST, int(light.shape[1] * MOST_OF_SIDE))
    if most < FEWEST + 2 or light.shape[0] < 2:
        return 0.0
    small = Image.fromarray(np.ascontiguousarray(light)).resize((SIDE_PX, ACROSS_PX), Image.Resampling.BOX)
    rows = np.asarray(small, np.float32)
    rows = rows - rows.mean(axis=1, keepdims=True)
    whole = float((rows**2).sum())
    deepest = 0.0
    for shapes in map(_shapes, FILTERS):
        explained = np.array([((rows @ own) ** 2).sum() for own in shapes[: most - FEWEST + 1]])
        left = np.log(np.maximum(whole - explained, 0) / rows.size + _ROUNDING)
        falls, rises = left[:-2] - left[1:-1], left[2:] - left[1:-1]
        deepest = max(deepest, float(np.minimum(falls, _RISE * rises).max()))
    return deepest


@cache
def _shapes(how: Image.Resampling) -> tuple[Float32Array, ...]:
    """Return an orthonormal basis (SIDE_PX, n) of rows enlarged from n pixels, for each n."""
    found = []
    for count in range(FEWEST, MOST + 1):
        single = np.eye(count, dtype=np.float32)
        large = [np.asarray(Image.fromarray(row[None]).resize((SIDE_PX, 1), how))[0] for row in single]
        found.append(np.linalg.qr(np.stack(large, axis=1))[0].astype(np.float32))
    return tuple(found)
