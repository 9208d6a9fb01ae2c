"""Count the people, rooms and cameras in a set of photos: by names where they tell, else by looks.

By looks, people are told by the colours of their palms and rooms by the colours around the hands, clustered in a sample
of the photos. Light changes both, so that two people in one light are counted as one: what is counted is a guess with
wide limits (docs/know.md has it beside the truth of seventeen sets).
"""

from collections.abc import Sequence

import numpy as np

from unseen.dataset.dataset import Dataset
from unseen.evaluation.results import Count, TookPart
from unseen.evaluation.tested_on import MOST
from unseen.probes.linkage import cluster_sizes
from unseen.progress import Silent
from unseen.records import Float32Array, Float64Array, GroupReason, Regions, Uint8Array, Unit

# Photos that are looked at; and how many of them first, to see whether the photos show hands at all.
SAMPLE, FIRST, LEAST = 140, 12, 16
PALM = [0, 1, 5, 9, 13, 17]
POINTS, BESIDE = 80, 0.3
# Distance of palms in a*b* up to which they may be of one person; and the number of equally large clusters from which
# on several people are counted: of one person in other light there were up to 2.6, of eight people 4.3.
ONE_PALM, SEVERAL = 9.0, 3.2
# Distance of colour histograms (Hellinger, times the root of 2) up to which photos may be of one room.
ONE_ROOM = 0.78
BINS, RANGE = (5, 8, 8), ((0, 256), (96, 170), (96, 180))
FACTOR = 1.8


_last: dict[tuple[str, tuple[GroupReason, ...]], TookPart] = {}


def took_part(data: Dataset) -> TookPart:
    """Count people and rooms in photos of hands, and what names tell of any photos.

    What was counted last is kept: a run's audit and the run itself ask about the same photos.
    """
    key = data.fingerprint, tuple(data.grouping.reasons)
    if key not in _last:
        found = _counted(data)
        _last.clear()
        _last[key] = found
    return _last[key]


def _counted(data: Dataset) -> TookPart:
    reasons, photos = data.grouping.reasons, len(data.photos)
    people, rooms, cameras = (_named(reasons, unit, photos) for unit in ("person", "room", "camera"))
    if people is None or rooms is None:
        palms, around = _looks(data)
        if len(palms) >= LEAST:
            people, rooms = people or people_by_palms(palms), rooms or rooms_by_colours(around)
    return TookPart(people, rooms, cameras or cameras_stated(data.headers.cameras))


def cameras_stated(stated: Sequence[str]) -> Count | None:
    """Count the cameras that nearly all of N photos state in their headers, '' where one does not."""
    named = [name for name in stated if name]
    if not named or len(named) < MOST * len(stated):
        return None
    return Count(len(set(named)), len(set(named)), len(set(named)), "headers")


def people_by_palms(palms: Float64Array) -> Count:
    """Count people by the colours of palms, (n, 2) a*b*."""
    sizes = [size for size in cluster_sizes(palms, ONE_PALM) if size > 1]
    if not sizes or even_number(sizes) < SEVERAL:
        return Count(1, 1, max(2, len(sizes)), "looks")
    return _about(len(sizes))


def rooms_by_colours(around: Float64Array) -> Count:
    """Count rooms by histograms of the colours around hands, (n, B), rows of length 1."""
    return _about(max(1, sum(size > 1 for size in cluster_sizes(around, ONE_ROOM))))


def even_number(sizes: Sequence[int]) -> float:
    """Return how many equally large clusters would be as varied as these (inverse Simpson index)."""
    shares = np.array(sizes, np.float64) / sum(sizes)
    return float(1 / np.square(shares).sum())


def _about(number: int) -> Count:
    return Count(number, max(1, int(number / FACTOR)), max(2, round(number * FACTOR)), "looks")


def _named(reasons: Sequence[GroupReason], unit: Unit, photos: int) -> Count | None:
    groups = [reason for reason in reasons if reason.unit == unit and reason.photos >= MOST * photos > 0]
    return Count(groups[0].groups, groups[0].groups, groups[0].groups, "names") if groups else None


def _looks(data: Dataset) -> tuple[Float64Array, Float64Array]:
    """Return colours of palms (n, 2) and of what is around (n, B) in a sample; none where no hands are shown."""
    chosen = np.unique(np.linspace(0, len(data.photos) - 1, min(SAMPLE, len(data.photos))).astype(np.int64))
    palms, around = [], []
    for some in (chosen[:: max(1, len(chosen) // FIRST)], chosen):
        regions = data.regions or _located(data, some)
        joints = regions.keypoints
        shown = [i for i in some.tolist() if joints is not None and np.isfinite(joints[i]).all()]
        if len(shown) < MOST * len(some):
            return np.zeros((0, 2)), np.zeros((0, int(np.prod(BINS))))
    assert joints is not None
    for i in shown:
        palms.append(palm_colour(data.images[i], joints[i]))
        around.append(colours_around(data.images[i], joints[i]))
    return np.array(palms), np.array(around)


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
