"""Find the keypoints that help masks, in photos of anything."""

from unseen.dataset.dataset import Dataset
from unseen.locate.locator import LOCATORS, find_locator
from unseen.locate.regions import keypoints_where_usual
from unseen.progress import Progress
from unseen.records import Float32Array, Int64Array


def usual_keypoints(data: Dataset, progress: Progress, positions: Int64Array | None = None) -> Float32Array | None:
    """Return keypoints (N, K, 2) of the first locator whose thing most photos show, `None` where none does.

    positions: which photos are looked at, by default all; the others are NaN.
    """
    for name in LOCATORS:
        locator = find_locator(name)
        if locator.keypoints:
            found = keypoints_where_usual(locator, data.images, progress, positions, data.digests)
            if found is not None:
                return found
    return None
