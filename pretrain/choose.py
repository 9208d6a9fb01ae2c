"""Sets of hands in; the photos of one batch, each cropped twice from some distance, and empty ones, out.

It runs on the processor, in this process or in several (`pretrain.train --workers`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from pretrain.distances import CLOSE, CLOSE_SHARE, DISTANCES, FAR, FAR_SHARE, NEAR
from pretrain.hands import Hands
from unseen.augment.pipeline import collate
from unseen.photos.fit import PADDING_GREY
from unseen.records import Float32Array, Uint8Array
from unseen.synth.people import TONES, skin_colours

VIEWS = 2
# Photos shown with the bands of a letterbox, as the finder sees whole photos.
BANDS_SHARE, WIDEST_PHOTO = 0.2, 16 / 9
# Views without a hand: drawn pictures and what photos show beside their hands.
EMPTY_SHARE = 0.16
# Views without a hand in the colours of skin.
SKIN_SHARE = 0.3
LEAST_CROP_PX = 24


@dataclass(frozen=True, slots=True)
class Crops:
    """N crops that are varied alike, and what is true of the photos they are of.

    seed: of the chance that varies them. canvas: (N, H, W, 4) uint8, with shapes (N, 2) int64, as of `collate`.
    places: (N, 21, 2) in pixels of the crop.
    joints: (N, 21, 3), axes: (N, 3, 3), left and score: (N,) as of `PoseTargets`. present: (N,) 1, 0, or -1 for
    unknown. cut_out: (N,) bool, whether alpha says what is subject. empty: (N,) bool, whether it is no photo of a set.
    """

    seed: int
    canvas: Tensor
    shapes: Tensor
    places: Tensor
    joints: Tensor
    axes: Tensor
    left: Tensor
    score: Tensor
    present: Tensor
    cut_out: Tensor
    empty: Tensor

    def to(self, device: torch.device) -> "Crops":
        """Return them on `device`."""
        tensors = [getattr(self, name).to(device, non_blocking=True) for name in self.__slots__[1:]]
        return Crops(self.seed, *tensors)


@dataclass(frozen=True, slots=True)
class _Taken:
    """Photos (H, W, 4), places (21, 2) in their pixels, and (set, photo) or `None` for an empty one."""

    photos: list[Uint8Array]
    places: list[Float32Array]
    rows: list[tuple[int, int] | None]

    def add(self, photo: Uint8Array, places: Float32Array, row: tuple[int, int] | None) -> None:
        """Take one more."""
        self.photos.append(photo)
        self.places.append(places)
        self.rows.append(row)


class Chooser:
    """Chooses photos; the same step of the same seed is the same choice."""

    def __init__(self, sets: Sequence[Hands], shares: Sequence[float], seed: int, scenes: Sequence[Tensor]) -> None:
        """shares: how often each set is drawn. scenes: two banks (B, 3, S, S) uint8 of pictures without hands."""
        self.sets = list(sets)
        self.shares = np.array(shares) / sum(shares)
        self.seed = seed
        self.scenes = list(scenes)

    def choose(self, step: int, views: int) -> list[Crops | None]:
        """Choose `views` crops: of each photo two, from nearby, in a room or from afar; and empty ones. One entry a
        distance of `DISTANCES`, `None` where no view is from there.
        """
        rng = np.random.default_rng((self.seed, step))
        empty = round(views * EMPTY_SHARE)
        taken = {distance: _Taken([], [], []) for distance in DISTANCES}
        for _ in range((views - empty) // VIEWS):
            which = int(rng.choice(len(self.sets), p=self.shares))
            chosen = int(rng.integers(len(self.sets[which])))
            cut_out = self.sets[which].photos[chosen][..., 3].min() < 255
            for _ in range(VIEWS):
                distance = FAR if cut_out and rng.random() < FAR_SHARE else None
                distance = distance or (CLOSE if rng.random() < CLOSE_SHARE else NEAR)
                taken[distance].add(*self._crop(which, chosen, rng, distance.sides), (which, chosen))
        for _ in range(empty):
            taken[NEAR].add(self._empty(rng), np.zeros((21, 2), np.float32), None)
        seeds = rng.integers(2**31, size=len(DISTANCES)).tolist()
        return [self._crops(one, seed) if one.photos else None for one, seed in zip(taken.values(), seeds, strict=True)]

    def _crop(
        self, which: int, chosen: int, rng: np.random.Generator, sides: tuple[float, float] | None
    ) -> tuple[Uint8Array, Float32Array]:
        """Cut a rectangle about the hand, at most the photo; without a known hand or `sides` the photo as it is."""
        hands = self.sets[which]
        photo, places = hands.photos[chosen], hands.places[chosen]
        if sides is None or hands.pose.score[chosen] == 0:
            return photo, places
        (left, top), (right, bottom) = places.min(axis=0).tolist(), places.max(axis=0).tolist()
        side = max(right - left, bottom - top) * float(np.exp(rng.uniform(*np.log(sides))))
        width, height = side * rng.uniform(0.85, 1.2, 2)
        x, y = (left + right) / 2, (top + bottom) / 2
        slack = rng.uniform(-0.5, 0.5, 2) * np.maximum(0, [width - (right - left), height - (bottom - top)])
        first_x, first_y = x + slack[0] - width / 2, y + slack[1] - height / 2
        x0, y0 = max(0, int(first_x)), max(0, int(first_y))
        x1, y1 = min(photo.shape[1], int(first_x + width) + 1), min(photo.shape[0], int(first_y + height) + 1)
        if x1 - x0 < LEAST_CROP_PX or y1 - y0 < LEAST_CROP_PX:
            return photo, places
        return _with_bands(photo[y0:y1, x0:x1], places - np.array([x0, y0], np.float32), rng)

    def _empty(self, rng: np.random.Generator) -> Uint8Array:
        bank = self.scenes[int(rng.random() < 0.6)]
        picture = bank[int(rng.integers(len(bank)))].permute(1, 2, 0).numpy()
        if rng.random() < SKIN_SHARE:  # faces, arms and wood are of that colour too
            tone = skin_colours(float(rng.uniform(0, TONES - 1)), float(rng.random()))[int(rng.integers(2))]
            grey = picture.mean(axis=2, keepdims=True) * rng.uniform(0.7, 1.6)
            picture = np.clip(grey * (tone / tone.mean()) ** (1 / 2.2), 0, 255).astype(np.uint8)
        return np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])

    def _crops(self, taken: _Taken, seed: int) -> Crops:
        count = len(taken.rows)
        joints, axes = np.zeros((count, 21, 3), np.float32), np.tile(np.eye(3, dtype=np.float32), (count, 1, 1))
        left, score, present = np.full(count, 0.5, np.float32), np.zeros(count, np.float32), np.zeros(count, np.float32)
        for i, row in enumerate(taken.rows):
            if row is None:
                continue
            pose, chosen = self.sets[row[0]].pose, row[1]
            score[i] = pose.score[chosen]
            present[i] = 1 if score[i] > 0 else -1
            if score[i] > 0:
                joints[i], axes[i], left[i] = pose.joints[chosen], pose.axes[chosen], pose.left[chosen]
        known = [bool((photo[..., 3] < 255).any()) for photo in taken.photos]
        empty = [row is None for row in taken.rows]
        truths = [torch.from_numpy(one) for one in (np.stack(taken.places), joints, axes, left, score, present)]
        tensors = [*collate(taken.photos), *truths, torch.tensor(known), torch.tensor(empty)]
        return Crops(seed, *tensors)


def _with_bands(photo: Uint8Array, places: Float32Array, rng: np.random.Generator) -> tuple[Uint8Array, Float32Array]:
    """Lay some photos between grey bands; not those with a mask, to which bands would be a part of the subject."""
    if rng.random() >= BANDS_SHARE or photo[..., 3].min() < 255:
        return photo, places
    share = float(rng.uniform(1, WIDEST_PHOTO)) - 1
    axis = int(rng.integers(2))
    band = round(share * photo.shape[axis] / 2)
    padded = np.pad(
        photo, [(band, band) if a == axis else (0, 0) for a in range(3)], constant_values=round(PADDING_GREY)
    )
    padded[..., 3] = 255
    return padded, places + np.array([band if axis == 1 else 0, band if axis == 0 else 0], np.float32)
