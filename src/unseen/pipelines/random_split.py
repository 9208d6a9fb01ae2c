"""The number a careless random split would have shown, beside the same probe on the honest split.

Both are a linear probe on the same features, so that nothing but the split differs between them.
"""

from collections.abc import Mapping
from dataclasses import asdict

import numpy as np

from unseen.dataset.dataset import SplitDataset
from unseen.errors import UnseenError
from unseen.evaluation.metrics import accuracy
from unseen.pipelines.split_probe import by_head
from unseen.records import Float32Array, Images, Part, Split
from unseen.split.plan import plan_split, random_split
from unseen.training.linear_probe import ProbeOptions

THUMBNAIL_PX = 16


def compare_splits(
    data: SplitDataset, features: Float32Array, options: ProbeOptions, fractions: Mapping[Part, float], probed: str
) -> dict[str, object]:
    """Return `accuracy` on a random split and `honest_accuracy` on one that keeps groups apart, as interval dicts.

    features: (N, D) float32 of every photo. probed: what the features are, for the reader. The honest split is the
    run's own, unless that is a random one itself.
    """
    careless = random_split(data, fractions, options.seed)
    honest: Split | None = data.split
    if data.split.parts == careless.parts:
        try:
            honest = plan_split(data, data.grouping, fractions, options.seed)
        except UnseenError:  # one group in all: there is no honest split of these photos
            honest = None
    probe = by_head(data, features, options)
    return {
        "accuracy": asdict(accuracy(probe.on_split(careless), options.seed)),
        "honest_accuracy": asdict(accuracy(probe.on_split(honest), options.seed)) if honest else None,
        "honest_split": "this split" if honest is data.split else "groups kept apart",
        "probed": probed,
    }


def thumbnails(photos: Images) -> Float32Array:
    """Return (N, 768) float32 in 0..1: photos as 16 x 16 block means, features that need no network."""
    out = np.empty((len(photos), THUMBNAIL_PX * THUMBNAIL_PX * 3), np.float32)
    for position in range(len(photos)):
        photo = photos[position][:, :, :3]
        rows = np.linspace(0, photo.shape[0], THUMBNAIL_PX + 1).astype(int)[:-1]
        columns = np.linspace(0, photo.shape[1], THUMBNAIL_PX + 1).astype(int)[:-1]
        sums = np.add.reduceat(np.add.reduceat(photo, rows, axis=0, dtype=np.float32), columns, axis=1)
        # a photo of fewer than 16 pixels has empty blocks, for which `reduceat` gives the one pixel they begin at
        heights = np.maximum(np.diff(np.append(rows, photo.shape[0])), 1)
        widths = np.maximum(np.diff(np.append(columns, photo.shape[1])), 1)
        out[position] = (sums / (heights[:, None] * widths)[:, :, None] / 255).ravel()
    return out
