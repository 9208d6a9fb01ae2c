"""Photos and their landmark files in; hands as RGBA with the joints in source pixels, kept in memory, out."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pretrain.targets import PoseTargets, pose_targets
from unseen.errors import UnseenError
from unseen.locate.keypoint_bones import HAND_SKELETON
from unseen.masks.keypoints import PhotoKeypoints
from unseen.masks.masked_images import with_masks
from unseen.masks.photo_masks import find_masks
from unseen.photos.pixel_cache import PixelCache
from unseen.photos.scan import is_passed_over
from unseen.progress import Progress
from unseen.records import Float32Array, Images, Photo, PhotoSet, Uint8Array

SIDE_PX = 192


@dataclass(frozen=True, slots=True)
class Hands:
    """N photos of one set: RGBA (alpha 255 everywhere where the subject is not known), `places` (N, 21, 2) float32 in
    source pixels, and the pose. A score of 0 says that the teacher saw no hand. in_rooms: whether they show rooms, not
    walls of one colour.
    """

    photos: list[Uint8Array]
    places: Float32Array
    pose: PoseTargets
    in_rooms: bool

    def __len__(self) -> int:
        return len(self.photos)


def read_hands(landmarks: Path, progress: Progress) -> Hands:
    """Read the photos that `landmarks` (of `pretrain.teacher`) names, with their masks."""
    with np.load(landmarks, allow_pickle=False) as rows:
        paths, image, world = [Path(p) for p in rows["path"].tolist()], rows["image"], rows["world"]
        left, score = rows["left"], rows["score"]
    missing = next((path for path in paths if not path.is_file() or is_passed_over(path.name)), None)
    if missing is not None:
        raise UnseenError(f"{missing} is not there, {landmarks} names it: run pretrain.teacher again")
    named = [Photo(path.as_posix(), path, "hand") for path in paths]
    loaded = PixelCache().load(named, SIDE_PX, progress)
    if loaded.rejected:
        raise UnseenError(f"{loaded.rejected[0].path} cannot be read: run pretrain.teacher again")
    seen = np.where(score[:, None, None] > 0, image[:, :, :2], np.nan).astype(np.float32)
    photo_set, alone = PhotoSet(tuple(named), (), ("hand",)), [path.name for path in paths]
    keypoints = PhotoKeypoints(seen, HAND_SKELETON)
    masks = find_masks(photo_set, loaded.pixels, alone, progress, keypoints=keypoints)
    progress.say(f"{landmarks.stem}: {masks.describe()}")
    masked: Images = with_masks(loaded.pixels, masks)
    photos = [masked[i] if masks.known[i] else loaded.pixels[i] for i in range(len(paths))]
    extent = np.array([photo.shape[1::-1] for photo in photos], np.float32)
    plain = sum(method in ("border", "transparency") for method in masks.methods) > len(photos) / 2
    return Hands(photos, image[:, :, :2] * extent[:, None], pose_targets(world, left, score), not plain)
