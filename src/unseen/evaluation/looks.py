"""Take the colours of palms, and of what is around hands."""

from dataclasses import dataclass

import numpy as np

from unseen.dataset.dataset import Dataset
from unseen.evaluation.tested_on import MOST
from unseen.progress import Silent
from unseen.records import Float32Array, Float64Array, Int64Array, Regions, Uint8Array

# Photos that are looked at first, to see whether the photos show hands at all.
FIRST = 12
PALM = [0, 1, 5, 9, 13, 17]
POINTS, BESIDE = 80, 0.3
BINS, RANGE = (5, 8, 8), ((0, 256), (96, 170), (96, 180))


@dataclass(frozen=True, slots=True)
class Looks:
    """Of photos that show a hand: positions (n,), a*b* of palms (n, 2), histograms of what is around (n, B)."""

    positions: Int64Array
    palms: Float64Array
    around: Float64Array


def looks(data: Dataset, chosen: Int64Array) -> Looks:
    """Look at the photos at `chosen`; none are left where these do not show hands."""
    shown: list[int] = []
    for some in (chosen[:: max(1, len(chosen) // FIRST)], chosen):
        regions = data.regions or _located(data, some)
        joints = regions.keypoints
        shown = [i for i in some.tolist() if joints is not None and np.isfinite(joints[i]).all()]
        if len(shown) < MOST * len(some):
            shown = []
            break
    found = Looks(np.array(shown, np.int64), np.zeros((len(shown), 2)), np.zeros((len(shown), int(np.prod(BINS)))))
    for row, i in enumerate(shown):
        assert joints is not None
        found.palms[row] = palm_colour(data.images[i], joints[i])
        found.around[row] = colours_around(data.images[i], joints[i])
    return found


def evenly(photos: int, most: int) -> Int64Array:
    """Return up to `most` positions among `photos` photos, spread evenly."""
    return np.unique(np.linspace(0, photos - 1, min(most, photos)).astype(np.int64))


def _located(data: Dataset, positions: np.ndarray) -> Regions:
    from unseen.locate.locator import find_locator  # torch, which an audit without a network does not need
    from unseen.locate.regions import find_regions

    return find_regions(find_locator("hand"), data.images, Silent(), positions=positions, digests=data.digests)


def palm_colour(pixels: Uint8Array, joints: Float32Array) -> Float64Array:
    """Return the median a*b* (2,) of points in the palm; joints: (21, 2) in shares of the photo."""
    height, width = pixels.shape[:2]
    mixes = np.random.default_rng(0).dirichlet(np.ones(len(PALM)), POINTS)
    places = np.clip(mixes @ joints[PALM] * (width, height), 0, (width - 1, height - 1)).astype(np.int64)
    found: Float64Array = np.median(to_lab(pixels[places[:, 1], places[:, 0], :3]), axis=0)[1:]
    return found


def colours_around(pixels: Uint8Array, joints: Float32Array) -> Float64Array:
    """Return the root of the histogram of colours (B,) beside and above the hand."""
    small = pixels[:: max(1, pixels.shape[0] // 96), :: max(1, pixels.shape[1] // 96), :3]
    height, width = small.shape[:2]
    (left, top), (right, bottom) = joints.min(axis=0) * (width, height), joints.max(axis=0) * (width, height)
    margin = BESIDE / 2 * max(right - left, bottom - top)
    free = np.ones((height, width), np.bool_)
    free[max(0, int(top - margin)) :, max(0, int(left - margin)) : max(0, int(right + margin))] = False
    if free.mean() < 0.03:  # the hand fills the photo: its edge is what is left
        free[0], free[-1], free[:, 0], free[:, -1] = True, True, True, True
    low, high = np.array(RANGE, np.float64).T
    counted = np.histogramdd(np.clip(to_lab(small[free]), low, high), bins=BINS, range=RANGE)[0].ravel()
    out: Float64Array = np.sqrt(counted / max(1.0, counted.sum()))
    return out


def to_lab(rgb: Uint8Array) -> Float64Array:
    """Return sRGB colours (n, 3) in L*a*b* under D65, each from 0 to 255 with a* and b* about 128 (CIE 1976)."""
    linear = (rgb / 255.0) ** 2.2
    xyz = linear @ np.array([[0.4124, 0.2126, 0.0193], [0.3576, 0.7152, 0.1192], [0.1805, 0.0722, 0.9505]])
    x, y, z = np.cbrt(np.maximum(xyz / (0.9505, 1.0, 1.089), 0.008)).T
    return np.stack([(116 * y - 16) * 2.55, 500 * (x - y) + 128, 200 * (y - z) + 128], axis=1)
