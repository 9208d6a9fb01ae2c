"""Keep frozen features by photo and backbone, so that a second extraction is a look-up.

A run that is extended stays as it was, and the run that comes of it has the same backbone and finds its features.
"""

from collections.abc import Sequence

import numpy as np
import torch

from unseen.features.extract import extract
from unseen.models.classifier import Classifier
from unseen.models.identity import identity
from unseen.progress import Progress
from unseen.records import Float32Array, Images, Int64Array
from unseen.store.row_cache import RowCache
from unseen.version import __version__


def kept_features(
    model: Classifier,
    images: Images,
    digests: Sequence[str],
    positions: Int64Array,
    device: torch.device,
    progress: Progress,
    boxes: Float32Array | None = None,
) -> Float32Array:
    """Return the features (n, D) float32 of the images at `positions`.

    digests: SHA-256 of every photo's file. boxes: (N, 4) as in `Regions`, for a model that crops.
    """
    cache = _cache(model)
    features = np.zeros((len(positions), model.backbone.features), np.float32)
    known = cache.find(digests[i] for i in positions.tolist())
    rows = [known.get(digests[i]) for i in positions.tolist()]
    for place, row in enumerate(rows):
        if row is not None:
            features[place] = row
    missing = np.array([place for place, row in enumerate(rows) if row is None], np.int64)
    if len(missing):
        wanted = positions[missing]
        features[missing] = extract(model.preprocess, model.backbone, images, wanted, device, progress, boxes)
        cache.add({digests[i]: row for i, row in zip(wanted.tolist(), features[missing], strict=True)})
    return features


def keep_features(model: Classifier, digests: Sequence[str], features: Float32Array) -> None:
    """Keep features (N, D) that were just extracted; digests: SHA-256 of each of the N files."""
    _cache(model).add(dict(zip(digests, features, strict=True)))


def _cache(model: Classifier) -> RowCache:
    return RowCache("features", identity(model.preprocess, model.backbone, __version__), model.backbone.features)
