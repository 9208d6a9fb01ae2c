"""Find the keypoints that help masks, in photos of anything."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from unseen.dataset.dataset import Dataset
from unseen.locate.keypoint_bones import Skeleton
from unseen.locate.locator import LOCATORS, Locator, find_locator
from unseen.locate.regions import find_regions, sample, survey
from unseen.progress import Progress
from unseen.records import Float32Array, Int64Array, Regions


@dataclass(frozen=True, slots=True)
class PhotoKeypoints:
    """Where N photos show the keypoints of one kind of thing, and how these are connected.

    places: (N, K, 2) float32, x and y in shares of the photo's width and height, NaN where unknown.
    """

    places: Float32Array
    skeleton: Skeleton

    def select(self, positions: Sequence[int]) -> "PhotoKeypoints":
        """Return those of the photos at `positions`, in that order."""
        return replace(self, places=self.places[list(positions)])

    def of(self, position: int) -> Float32Array | None:
        """Return the keypoints of one photo, (K, 2), to a thousandth; `None` where they are not known."""
        places = self.places[position]
        return np.asarray(np.round(places, 3), np.float32) if np.isfinite(places).all() else None


def located_keypoints(locator: Locator | None, regions: Regions | None) -> PhotoKeypoints | None:
    """Return the keypoints that `locator` found, `None` where it has none that bones connect."""
    if locator is None or locator.skeleton is None or regions is None or regions.keypoints is None:
        return None
    return PhotoKeypoints(regions.keypoints, locator.skeleton)


def usual_keypoints(data: Dataset, progress: Progress, positions: Int64Array | None = None) -> PhotoKeypoints | None:
    """Return the keypoints of the first locator whose thing most photos show, `None` where none does.

    positions: which photos are looked at, by default all; the others are NaN. Among photos of other things a few will
    look like the thing, and would be cut out as one.
    """
    positions = np.arange(len(data.photos)) if positions is None else positions
    chosen = positions[sample(len(positions))]
    names = [name for name in LOCATORS if find_locator(name).skeleton]
    locator = survey(names, data.images, data.digests, chosen, progress).locator
    if locator is None:
        return None
    regions = find_regions(locator, data.images, progress, positions=positions, digests=data.digests)
    return located_keypoints(locator, regions)
