"""Run a job on batches of photos of one shape, on a few threads.

A photo of 192 px is a few microseconds of work to most NumPy calls and the call itself is one: in batches the work
is what counts, and NumPy lets the other threads run meanwhile.
"""

from collections.abc import Callable, Iterator

import numpy as np

from unseen.batches import same_shape_batches
from unseen.progress import Task
from unseen.records import Images, Int64Array, Uint8Array
from unseen.threads import work_ahead

CHUNK = 64  # photos between two moves of the bar, and what one thread takes at once
BATCH_PIXELS = 400_000  # 10 photos of 192 px: what is made of them stays in a core's cache

Job = Callable[[Int64Array, list[Uint8Array]], None]


def in_batches(pixels: Images, job: Job, task: Task) -> None:
    """Call `job(positions, photos)` until every photo was in one call: (b,) int64 and b (H, W, 4) uint8 of one shape.

    Calls run at the same time and in any order, so a job writes only at its own positions. The batches are the same
    for any number of threads. Photos of three channels get an opaque fourth; all are contiguous.
    """
    starts = range(0, len(pixels), CHUNK)

    def work(start: int) -> int:
        chunk = range(start, min(start + CHUNK, len(pixels)))
        for positions, photos in _batches(pixels, chunk):
            job(positions, photos)
        return len(chunk)

    for done in work_ahead(work, starts, "measure"):
        task.advance(done)


def _batches(pixels: Images, chunk: range) -> Iterator[tuple[Int64Array, list[Uint8Array]]]:
    photos = [_four_channels(pixels[i]) for i in chunk]
    for batch in same_shape_batches(photos, CHUNK, BATCH_PIXELS):
        yield np.array(batch, np.int64) + chunk.start, [photos[k] for k in batch]


def _four_channels(photo: Uint8Array) -> Uint8Array:
    if photo.shape[2] == 3:
        photo = np.dstack([photo, np.full(photo.shape[:2], 255, np.uint8)])
    return np.ascontiguousarray(photo)
