"""Find the boxes of foregrounds in a sample of photos."""

import numpy as np

from unseen.dataset.dataset import Dataset
from unseen.masks.keypoints import usual_keypoints
from unseen.masks.photo_masks import find_masks
from unseen.progress import Progress
from unseen.records import Float32Array, Uint8Array
from unseen.seeds import generator

LOOKED_AT = 300  # photos of a set; a mask takes 20 to 50 ms, and a median needs no more


def subject_boxes(gathered: Dataset, seed: int, progress: Progress) -> Float32Array:
    """Return left, top, right and bottom of each subject as shares of its photo, (N, 4) float32.

    NaN where the subject is not sure, and for all but `LOOKED_AT` photos drawn at random.
    """
    boxes = np.full((len(gathered.labels), 4), np.nan, np.float32)
    chosen = np.sort(generator(seed, "subject boxes").permutation(len(boxes))[:LOOKED_AT])
    keypoints = usual_keypoints(gathered, progress, chosen)
    groups = gathered.grouping.groups
    masks = find_masks(gathered, gathered.images, groups, progress, keypoints=keypoints, which=chosen)
    for position in np.flatnonzero(masks.known).tolist():
        boxes[position] = _box(masks[position])
    return boxes


def _box(alpha: Uint8Array) -> tuple[float, float, float, float]:
    height, width = alpha.shape
    rows, columns = (np.flatnonzero((alpha >= 128).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return (np.nan,) * 4
    return columns[0] / width, rows[0] / height, (columns[-1] + 1) / width, (rows[-1] + 1) / height
