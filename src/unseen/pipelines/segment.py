"""Cut out the foreground of photos, and draw a contact sheet of the cutouts."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from unseen.config import AuditConfig
from unseen.dataset.load import load_dataset
from unseen.masks.keypoints import usual_keypoints
from unseen.masks.masked_images import with_masks
from unseen.masks.photo_masks import PhotoMasks, find_masks
from unseen.progress import Progress
from unseen.records import Rejected, Uint8Array, left_out_sentence
from unseen.report.pictures import contact_sheet
from unseen.runs import atomic_path
from unseen.seeds import generator

SHOWN = 48
PAIRS_A_ROW = 6
PICTURE_PX = 120
TILE_PX = 8  # of the checkerboard that shows where the background was


@dataclass(frozen=True, slots=True)
class CutOut:
    """sheet: the picture. summary: how many photos have a sure mask, and by which way. rejected: files without one."""

    sheet: Path
    masks: PhotoMasks
    summary: str
    rejected: tuple[Rejected, ...] = ()


def segment(config: AuditConfig, sheet: Path, side_px: int, progress: Progress) -> CutOut:
    """Find the subject of every photo and draw some of them, chosen at random, into the PNG `sheet`.

    A photo whose subject is not sure is shown whole: training leaves its background alone.
    """
    gathered = load_dataset(config, side_px, progress, least_classes=1)
    keypoints = usual_keypoints(gathered, progress)
    masks = find_masks(gathered, gathered.images, gathered.grouping.groups, progress, keypoints=keypoints)
    masked = with_masks(gathered.images, masks)
    chosen = np.sort(generator(config.seed, "cut").permutation(len(masks))[:SHOWN]).tolist()
    pictures = [picture for i in chosen for picture in (_small(gathered.images[i]), _on_checks(masked[i]))]
    with atomic_path(sheet) as temporary:
        Image.fromarray(contact_sheet(pictures, 2 * PAIRS_A_ROW)).save(temporary, "PNG")
    said = filter(None, (masks.describe(), left_out_sentence(gathered.rejected)))
    return CutOut(sheet, masks, ". ".join(said), gathered.rejected)


def _small(photo: Uint8Array) -> Uint8Array:
    picture = Image.fromarray(photo)
    picture.thumbnail((PICTURE_PX, PICTURE_PX))
    return np.asarray(picture.convert("RGB"))


def _on_checks(photo: Uint8Array) -> Uint8Array:
    """Return a small (h, w, 3) copy of one (H, W, 4) photo over a checkerboard."""
    picture = Image.fromarray(photo)
    picture.thumbnail((PICTURE_PX, PICTURE_PX))
    rows, columns = np.indices((picture.height, picture.width)) // TILE_PX
    checks = np.where((rows + columns) % 2, 150, 210).astype(np.uint8)
    ground = Image.fromarray(np.repeat(checks[..., None], 3, axis=2)).convert("RGBA")
    return np.asarray(Image.alpha_composite(ground, picture).convert("RGB"))
