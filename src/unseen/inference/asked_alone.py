"""Give training what the doors of a run give it: of photos with two hands the asked one alone."""

import hashlib
from dataclasses import replace
from typing import TypeVar

import numpy as np

from unseen.batches import same_shape_batches
from unseen.dataset.dataset import Dataset
from unseen.images import LazyImages
from unseen.inference.asked_hand import AskedHandSession, alone_in
from unseen.locate.prebuilt import BODY, PARTS
from unseen.onnx_session import cpu_session
from unseen.progress import Progress
from unseen.records import Float32Array, Hand
from unseen.store.row_cache import RowCache
from unseen.text import count

TOGETHER = 8
Photos = TypeVar("Photos", bound=Dataset)


def with_asked_hand(data: Photos, hand: Hand | None, progress: Progress) -> Photos:
    """Return the photos, those that show two hands with `hand` alone; nothing is looked at without one.

    Such a photo has another digest, for what was computed of the whole one does not hold of it.
    """
    if hand is None:
        return data
    squares = _squares(data, hand, progress)
    two = np.flatnonzero(np.isfinite(squares[:, 0])).tolist()
    progress.say(f"{len(two):,} of {count(len(squares), 'photo')} show two hands: the {hand} one is used")
    images, digests = data.images, list(data.digests)
    for i in two:
        digests[i] = hashlib.sha256(f"{digests[i]} {hand} hand".encode()).hexdigest()
    shown = LazyImages(len(images), lambda i: alone_in(images[i], squares[i]))
    return replace(data, images=shown, digests=tuple(digests))


def _squares(data: Dataset, hand: Hand, progress: Progress) -> Float32Array:
    """Return `AskedHandSession.squares` of each photo, (N, 4), kept by content."""
    keys = [f"{digest} {data.images[i].shape}" for i, digest in enumerate(data.digests)]
    cache = RowCache("asked hand", f"{hand} {PARTS.made_for(BODY[1])}", 4)
    known = cache.find(keys)
    missing = [i for i, key in enumerate(keys) if key not in known]
    if missing:
        session = AskedHandSession(cpu_session(PARTS.join(BODY[:2])), hand)
        photos = [data.images[i] for i in missing]
        with progress.task("look for two hands", len(missing), "photos") as task:
            for batch in same_shape_batches(photos, TOGETHER):
                found = session.squares(np.stack([photos[k][..., :3] for k in batch]))
                known |= {keys[missing[k]]: row for k, row in zip(batch, found, strict=True)}
                task.advance(len(batch))
        cache.add({keys[i]: known[keys[i]] for i in missing})
    return np.stack([known[key] for key in keys])
