"""Adapt batch-norm statistics to unlabelled photos of the place where a model will be used."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from unseen.clips.clip_photos import expand_clips
from unseen.context import RunContext
from unseen.errors import UnseenError
from unseen.locate.regions import find_regions
from unseen.models.classifier import Classifier
from unseen.photos.pixel_cache import PixelCache
from unseen.photos.scan import scan
from unseen.records import Photo, PhotoSet
from unseen.seeds import generator
from unseen.text import count
from unseen.training.batchnorm_adaptation import MOST_SHARE, PRIOR_PHOTOS, adapt_statistics

MIN_PHOTOS = 8  # statistics of fewer say more of the pose than of the place
MAX_PHOTOS = 512  # beyond, the statistics hardly change


@dataclass(frozen=True, slots=True)
class Adaptation:
    """photos: how many were measured. share: the weight of their statistics, 0 to 1; the rest is training's."""

    photos: int
    share: float

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-ready copy."""
        return asdict(self)


def adapt_batch_norms(model: Classifier, source: str, decode_side_px: int, context: RunContext) -> Adaptation:
    """Adapt the batch norms of `model` to the photos in the folder `source`, whatever their folders are called."""
    root = Path(source)
    if not root.is_dir():
        raise UnseenError(f"{source} is not a folder: --adapt takes a folder of photos, without labels")
    found = tuple(Photo(photo.path, photo.file, "") for photo in scan(root).found)
    photos = expand_clips(PhotoSet(found, (), ())).photos
    loaded = PixelCache().load(photos, decode_side_px, context.progress)
    if len(loaded.positions) < MIN_PHOTOS:
        raise UnseenError(
            f"{source} has {count(len(loaded.positions), 'usable photo')}, at least {MIN_PHOTOS} are "
            "needed to adapt: add photos"
        )
    rng = generator(context.config.seed, "adapt")
    chosen = np.sort(rng.permutation(len(loaded.positions))[:MAX_PHOTOS])
    share = MOST_SHARE * len(chosen) / (len(chosen) + PRIOR_PHOTOS)
    locator, device, progress = context.recipe.locator, context.runtime.device, context.progress
    regions = find_regions(locator, loaded.pixels, progress, positions=chosen) if locator else None
    boxes = regions.boxes if regions else None
    adapt_statistics(model.backbone, model.preprocess, loaded.pixels, chosen, share, device, progress, boxes)
    context.progress.say(f"adapted to {count(len(chosen), 'photo')}: theirs weigh {share:.0%} of the statistics now")
    return Adaptation(len(chosen), share)
