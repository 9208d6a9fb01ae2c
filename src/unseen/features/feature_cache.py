"""Keep the features of photos by the content of the photo and of the frozen backbone.

They lie in the cache: a run that is extended stays as it was, and the run that comes of it has the same backbone and
finds them too.
"""

from collections.abc import Sequence

import numpy as np
import torch

from unseen.features.extract import extract
from unseen.models.classifier import Classifier
from unseen.models.identity import identity
from unseen.progress import Progress
from unseen.records import Float32Array, Images, Int64Array
from unseen.store.content_store import Entry, open_store
from unseen.version import __version__

LIMIT_BYTES = 2 * 2**30  # 2,000 photos take 10 MB for each backbone


def kept_features(
    model: Classifier,
    pixels: Images,
    digests: Sequence[str],
    positions: Int64Array,
    device: torch.device,
    progress: Progress,
) -> Float32Array:
    """Return the features (n, D) float32 of the photos at `positions`; digests: SHA-256 of every photo's file."""
    if not len(positions):
        return np.zeros((0, model.backbone.features), np.float32)
    network = _network(model)
    keys = [f"{network}/{digests[i]}" for i in positions.tolist()]
    with open_store("features", LIMIT_BYTES, progress.say) as store:
        entries: dict[str, Entry] = store.find(keys)
        missing = [k for k, key in enumerate(keys) if key not in entries]
        if missing:
            found = extract(model.preprocess, model.backbone, pixels, positions[missing], device, progress)
            for k, row in zip(missing, found, strict=True):
                entries[keys[k]] = store.add(keys[k], {}, row.tobytes())
            store.commit()
        return np.stack([row.view(np.float32) for row in store.arrays([entries[key] for key in keys])])


def keep_features(model: Classifier, digests: Sequence[str], features: Float32Array) -> None:
    """Keep features (N, D) that were just extracted, in place of those there are: `kept_features` finds them.

    digests: SHA-256 of each of the N files.
    """
    network = _network(model)
    with open_store("features", LIMIT_BYTES) as store:
        for digest, row in zip(digests, features, strict=True):
            store.add(f"{network}/{digest}", {}, np.ascontiguousarray(row, np.float32).tobytes())


def _network(model: Classifier) -> str:
    """Return a text that is equal where features must be."""
    return identity(model.preprocess, model.backbone, __version__)
