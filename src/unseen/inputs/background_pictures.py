"""Make banks of background pictures from a user's folder, or from what photos show next to their foreground."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from unseen.augment.backgrounds import NO_CLASS, POOL_MARGIN, Bank
from unseen.errors import UnreadablePhoto, UnseenError
from unseen.masks.mask_cleanup import free_square
from unseen.masks.photo_masks import PhotoMasks
from unseen.photos.decode import decode
from unseen.photos.scan import scan
from unseen.probes.colour_spread import ONE_COLOUR, colour_spread
from unseen.progress import Progress
from unseen.records import Images, Int64Array, Uint8Array

MAX_PICTURES = 1_000  # 130 MB at 160 px
MIN_SHARE = 0.4  # of the photo's short side; a smaller crop would be a blur


def folder_bank(folder: Path, side_px: int, weight: float, progress: Progress) -> Bank:
    """Read the photos below `folder`, at most 1,000 at even steps; say how many could not be opened."""
    if not folder.is_dir():
        raise UnseenError(f"no folder {folder}: --backgrounds takes a folder of photos without the subject")
    found = scan(folder).found
    files = [photo.file for photo in found[:: max(1, len(found) // MAX_PICTURES)][:MAX_PICTURES]]
    pictures, refused = [], 0
    with progress.task("read backgrounds", len(files), "photos") as task:
        for file in files:
            try:
                photo = decode(file, round(side_px * POOL_MARGIN))
            except UnreadablePhoto:
                refused += 1
            else:
                pictures.append(_square(photo[..., :3], side_px))
            task.advance()
    if not pictures:
        raise UnseenError(f"no usable photos in {folder}: --backgrounds takes a folder of photos without the subject")
    left_out = f", {refused} could not be opened" if refused else ""
    progress.say(f"{len(pictures)} backgrounds from {folder}{left_out}")
    return _bank(pictures, np.full(len(pictures), NO_CLASS, np.int64), weight)


def photo_bank(
    pixels: Images, masks: PhotoMasks, labels: Int64Array, train: Int64Array, side_px: int, weight: float
) -> Bank | None:
    """Cut from training photos the largest square that shows no foreground.

    `None` where no photo has one, and where all show the same backdrop, which would only be put back behind them.
    """
    known = train[masks.known[train]]
    pictures, classes = [], []
    for i in known[:: max(1, len(known) // MAX_PICTURES)][:MAX_PICTURES].tolist():
        crop = _next_to_foreground(pixels[i][..., :3], masks[i])
        if crop is not None:
            pictures.append(_square(crop, side_px))
            classes.append(int(labels[i]))
    if not pictures or colour_spread(np.array([np.median(picture, axis=(0, 1)) for picture in pictures])) <= ONE_COLOUR:
        return None
    return _bank(pictures, np.array(classes, np.int64), weight)


def _next_to_foreground(photo: Uint8Array, alpha: Uint8Array) -> Uint8Array | None:
    """Return the largest square without foreground, `None` where it would be too small."""
    square = photo[free_square(alpha > 0)]
    return square if min(square.shape[:2]) >= MIN_SHARE * min(alpha.shape) else None


def _square(photo: Uint8Array, side_px: int) -> Uint8Array:
    """Return the middle square at the size of the bank; a display copy, not what a network measures."""
    picture = Image.fromarray(photo)
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    wanted = round(side_px * POOL_MARGIN)
    square = picture.resize((wanted, wanted), Image.Resampling.BICUBIC, (left, top, left + side, top + side))
    return np.asarray(square)


def _bank(pictures: list[Uint8Array], classes: Int64Array, weight: float) -> Bank:
    planes = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous()
    return Bank(planes, torch.from_numpy(classes), weight)
