"""Find the regions of photos: a stage of a run of its own, computed once and kept by content."""

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch

from unseen.batches import same_shape_batches
from unseen.locate.box_crop import View
from unseen.locate.locator import Locator, find_locator
from unseen.progress import Progress
from unseen.records import Float32Array, Images, Int64Array, Regions
from unseen.store.row_cache import RowCache

# A thing is the subject of a set where this share of a sample of its photos shows one.
MOST = 0.5
# Photos of that sample, at even steps.
SAMPLE = 96
# From so many photos on the faster runtime saves more than it takes to open; a run ships the same graph anyway.
QUICK_FROM = 64
# Photos a thread locates in one go.
TOGETHER = 4


def find_regions(
    locator: Locator,
    images: Images,
    progress: Progress,
    *,
    positions: Int64Array | None = None,
    digests: Sequence[str] | None = None,
) -> Regions:
    """Locate the thing in the images at `positions` (all by default); the others have no box and score 0.

    digests: N texts that say which file each image is of; with them what was found before is looked up.
    """
    positions = np.arange(len(images)) if positions is None else positions
    width = 5 + 2 * locator.keypoints
    rows = np.full((len(images), width), np.nan, np.float32)
    rows[:, 4] = 0
    keys = {i: f"{digests[i]} {images[i].shape}" if digests else "" for i in positions.tolist()}
    cache = RowCache("regions", locator.identity, width) if digests else None
    known = cache.find(keys.values()) if cache else {}
    missing = [i for i, key in keys.items() if key not in known]
    for i, key in keys.items():
        rows[i] = known.get(key, rows[i])
    _locate(locator, images, np.array(missing, np.int64), rows, progress)
    if cache and missing:
        cache.add({keys[i]: rows[i] for i in missing})
    keypoints = rows[:, 5:].reshape(-1, locator.keypoints, 2) if locator.keypoints else None
    return Regions(rows[:, :4].copy(), keypoints, rows[:, 4].copy())


def _locate(locator: Locator, images: Images, positions: Int64Array, rows: Float32Array, progress: Progress) -> None:
    """Write box, score and keypoints of the images at `positions` into `rows`."""
    view = View(locator.view_px)
    find = locator.quick_find() if len(positions) >= QUICK_FROM else locator.find

    def work(chunk: Int64Array) -> int:
        photos = [images[i] for i in chunk.tolist()]
        with torch.inference_mode():
            for batch in same_shape_batches(photos, TOGETHER):
                planes, extent = view(torch.from_numpy(np.stack([photos[k] for k in batch]))[..., :3])
                boxes, keypoints, scores = find(planes, extent)
                parts = [boxes, scores[:, None], *([] if keypoints is None else [keypoints.flatten(1)])]
                rows[chunk[batch]] = torch.cat(parts, dim=1).numpy()
        return len(chunk)

    chunks = [positions[start : start + TOGETHER] for start in range(0, len(positions), TOGETHER)]
    with (
        ThreadPoolExecutor(os.cpu_count(), initializer=torch.set_num_threads, initargs=(1,)) as pool,
        progress.task("locate", len(positions), "photos") as task,
    ):
        for done in pool.map(work, chunks):
            task.advance(done)


def sample(photos: int) -> Int64Array:
    """Return positions of at most `SAMPLE` of so many photos, at even steps."""
    return np.unique(np.linspace(0, photos - 1, min(SAMPLE, photos)).round().astype(np.int64))


@dataclass(frozen=True, slots=True)
class Survey:
    """What a sample of photos shows. locator: what found its thing in most of them, `None` where none did.

    tried: the name of the last locator that was tried. found: in how many of `photos` it is sure of its thing.
    """

    locator: Locator | None
    tried: str
    found: int
    photos: int


def survey(
    names: Iterable[str], images: Images, digests: Sequence[str], positions: Int64Array, progress: Progress
) -> Survey:
    """Try the locators called `names` one after the other on the images at `positions`, until one finds its thing."""
    result = Survey(None, "", 0, len(positions))
    for name in names:
        locator = find_locator(name)
        scores = find_regions(locator, images, progress, positions=positions, digests=digests).scores
        found = int((scores >= locator.confident).sum())
        usual = found >= MOST * len(positions) > 0
        result = Survey(locator if usual else None, name, found, len(positions))
        if usual:
            break
    return result
