"""Leave out photos whose features are not numbers: one of them would spoil the head of all."""

from dataclasses import replace

import numpy as np

from unseen.dataset.dataset import SplitDataset
from unseen.errors import UnseenError
from unseen.progress import Progress
from unseen.records import Float32Array, Rejected, Split
from unseen.text import count

REASON = "the network's answer is not a number"


def without_broken(
    data: SplitDataset, features: Float32Array | None, progress: Progress
) -> tuple[SplitDataset, Float32Array | None]:
    """Return the photos with finite features (N, D), and these; the others are rejected by name, with a line."""
    if features is None or np.isfinite(features).all():
        return data, features
    finite = np.isfinite(features).all(axis=1)
    kept, broken = np.flatnonzero(finite), np.flatnonzero(~finite).tolist()
    if set(data.labels[kept].tolist()) != set(data.labels.tolist()):
        first = data.photos[broken[0]].path
        raise UnseenError(f"{REASON} for any photo of the class of {first}: use other --weights")
    rejected = tuple(Rejected(data.photos[i].path, REASON, data.photos[i].label) for i in broken)
    progress.say(f"{count(len(broken), 'photo')} left out, {REASON} of them: {data.photos[broken[0]].path}")
    split = data.split
    left = Split(tuple(split.parts[i] for i in kept), tuple(split.groups[i] for i in kept), split.notes)
    some = data.select(kept).with_split(left, data.leaks, data.notes)
    return replace(some, rejected=(*data.rejected, *rejected)), features[kept]
