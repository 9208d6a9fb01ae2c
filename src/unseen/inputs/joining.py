"""Join photos that are no part of the data set to what a run is fitted on.

They are fitted on and nothing else: they are in no validation, test or report.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from unseen.features.feature_set import FeatureSet
from unseen.images import concat
from unseen.inputs.training_images import TrainingImages
from unseen.records import Images, Int64Array


@dataclass(frozen=True, slots=True)
class Joining:
    """Photos that join: n images (H, W, 4), cut to what the network is given, their classes (n,), and what the head is
    fitted on of them, which may be views of them, too.
    """

    images: Images
    labels: Int64Array
    features: FeatureSet


def join(
    images: TrainingImages, labels: Int64Array, train: Int64Array, joining: Sequence[Joining]
) -> tuple[TrainingImages, Int64Array, Int64Array]:
    """Return images, labels (N,) and positions of the training part, with what joins it behind them."""
    more = [one.images for one in joining]
    count = sum(len(one) for one in more)
    if not count:
        return images, labels, train
    cutouts = None if images.cutouts is None else concat([images.cutouts, *more])
    images = replace(images, images=concat([images.images, *more]), cutouts=cutouts)
    train = np.concatenate([train, len(labels) + np.arange(count)])
    return images, np.concatenate([labels, *(one.labels for one in joining)]), train
