"""Compute the exact pixels that the network is given, from decoded photos and the boxes found in them."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat

import numpy as np
import torch

from unseen.batches import same_shape_batches
from unseen.models.preprocess import Preprocess
from unseen.records import Float32Array, Images, Int64Array, Uint8Array

# Below this the export costs more than it saves.
ONNX_PAYS_FROM = 400
# Photos resized together: 4 stay in a core's cache, 32 take twice the time.
RESIZED_TOGETHER = 4
# Photos in memory at once, resized in groups of one shape.
WINDOW = 256


def network_input(
    preprocess: Preprocess, photos: Sequence[Uint8Array], boxes: Float32Array | None = None
) -> Uint8Array:
    """Return the pixels that the network is given of each photo, (N, 3, S, S) uint8: planes, as networks take them.

    boxes: (N, 4) as in `Regions`, for a `preprocess` that crops.
    """
    pixels = np.empty((len(photos), 3, preprocess.side_px, preprocess.side_px), dtype=np.uint8)
    with torch.inference_mode():
        for chunk in same_shape_batches(photos, RESIZED_TOGETHER):
            # stacked whole and cut in torch: NumPy copies three of four channels pixel by pixel
            batch = torch.from_numpy(np.stack([photos[i] for i in chunk]))
            crops = None if boxes is None else torch.from_numpy(boxes[chunk])
            pixels[chunk] = preprocess.resize(batch[..., :3], crops).to(torch.uint8).numpy()
    return pixels


def input_batches(
    preprocess: Preprocess, images: Images, positions: Int64Array, batch: int, boxes: Float32Array | None = None
) -> Iterator[tuple[slice, Uint8Array]]:
    """Yield (slice of `positions`, network input) batch by batch; only a window of photos is in memory at once.

    boxes: (N, 4) of all images. A window is resized in one thread a core: the products are too small to be shared out
    between threads.
    """
    workers = os.cpu_count() or 1
    with ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        for start in range(0, len(positions), WINDOW):
            window = positions[start : start + WINDOW]
            shares = np.array_split(window, min(workers, len(window)))
            photos = [[images[i] for i in share.tolist()] for share in shares]
            crops = repeat(None) if boxes is None else (boxes[share] for share in shares)
            pixels = np.concatenate(list(pool.map(network_input, repeat(preprocess), photos, crops)))
            for offset in range(0, len(pixels), batch):
                chunk = pixels[offset : offset + batch]
                yield slice(start + offset, start + offset + len(chunk)), chunk


def input_photos(
    preprocess: Preprocess, images: Images, positions: Int64Array, boxes: Float32Array | None = None
) -> list[Uint8Array]:
    """Return the network input of the images at `positions` as photos (S, S, 3) uint8."""
    batches = input_batches(preprocess, images, positions, WINDOW, boxes)
    return [np.ascontiguousarray(planes.transpose(1, 2, 0)) for _, pixels in batches for planes in pixels]


def in_onnx(device: torch.device, photos: int) -> bool:
    """Say whether ONNX Runtime takes less time for so many photos, the export included."""
    return device.type == "cpu" and photos >= ONNX_PAYS_FROM
