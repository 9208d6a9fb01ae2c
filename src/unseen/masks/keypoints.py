"""Find the keypoints that help masks, in photos of anything."""

import numpy as np

from unseen.dataset.dataset import Dataset
from unseen.locate.locator import LOCATORS, find_locator
from unseen.locate.regions import find_regions, sample, survey
from unseen.progress import Progress
from unseen.records import Float32Array, Int64Array


def usual_keypoints(data: Dataset, progress: Progress, positions: Int64Array | None = None) -> Float32Array | None:
    """Return keypoints (N, K, 2) of the first locator whose thing most photos show, `None` where none does.

    positions: which photos are looked at, by default all; the others are NaN. Among photos of other things a few will
    look like the thing, and would be cut out as one.
    """
    positions = np.arange(len(data.photos)) if positions is None else positions
    chosen = positions[sample(len(positions))]
    names = [name for name in LOCATORS if find_locator(name).keypoints]
    locator = survey(names, data.images, data.digests, chosen, progress).locator
    if locator is None:
        return None
    return find_regions(locator, data.images, progress, positions=positions, digests=data.digests).keypoints
