"""Compute the exact pixels that the network sees, from decoded photos."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import partial

import numpy as np
import torch

from unseen.batches import same_shape_batches
from unseen.locate.onnx_locator import quick_looks
from unseen.models.preprocess import Preprocess
from unseen.records import Images, Int64Array, Uint8Array

# Below this the export costs more than it saves.
ONNX_PAYS_FROM = 400
# Photos resized together: 4 stay in a core's cache, 32 take twice the time.
RESIZED_TOGETHER = 4
# Photos in memory at once, resized in groups of one shape.
WINDOW = 256


def see(preprocess: Preprocess, photos: Sequence[Uint8Array]) -> Uint8Array:
    """Return the exact pixels the model sees of each photo, (N, 3, S, S) uint8: planes, as networks take them."""
    seen = np.empty((len(photos), 3, preprocess.side_px, preprocess.side_px), dtype=np.uint8)
    with torch.inference_mode():
        for chunk in same_shape_batches(photos, RESIZED_TOGETHER):
            # stacked whole and cut in torch: NumPy copies three of four channels pixel by pixel
            batch = torch.from_numpy(np.stack([photos[i] for i in chunk]))
            seen[chunk] = preprocess.resize(batch[..., :3]).to(torch.uint8).numpy()
    return seen


def seen_batches(
    preprocess: Preprocess, photos: Images, positions: Int64Array, batch: int
) -> Iterator[tuple[slice, Uint8Array]]:
    """Yield (slice of `positions`, pixels seen) batch by batch; only a window of photos is in memory at once.

    A window is resized in one thread a core: the products are too small to be shared out between threads.
    """
    workers = os.cpu_count() or 1
    with ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        for start in range(0, len(positions), WINDOW):
            window = [photos[int(i)] for i in positions[start : start + WINDOW]]
            share = -(-len(window) // workers)
            shares = [window[i : i + share] for i in range(0, len(window), share)]
            seen = np.concatenate(list(pool.map(partial(see, preprocess), shares)))
            for offset in range(0, len(seen), batch):
                chunk = seen[offset : offset + batch]
                yield slice(start + offset, start + offset + len(chunk)), chunk


def squares_seen(
    preprocess: Preprocess, photos: Images, positions: Int64Array, device: torch.device
) -> list[Uint8Array]:
    """Return the pixels the model sees of the photos at `positions`, as photos (S, S, 3) uint8."""
    with looks(preprocess, device, len(positions)):
        batches = seen_batches(preprocess, photos, positions, WINDOW)
        return [np.ascontiguousarray(one.transpose(1, 2, 0)) for _, pixels in batches for one in pixels]


def in_onnx(device: torch.device, photos: int) -> bool:
    """Say whether ONNX Runtime takes less time for so many photos, the export included."""
    return device.type == "cpu" and photos >= ONNX_PAYS_FROM


def looks(preprocess: Preprocess, device: torch.device, photos: int) -> AbstractContextManager[None]:
    """Return what lets `preprocess` look for hands in ONNX Runtime where that pays for so many photos."""
    return quick_looks(preprocess) if in_onnx(device, photos) else nullcontext()
