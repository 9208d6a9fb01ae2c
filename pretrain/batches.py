"""Hands in, batches of two views a hand out: cropped, warped, before other backgrounds, and the joints with them."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from pretrain.distances import CLOSE, CLOSE_SHARE, DISTANCES, FAR, FAR_SHARE, NEAR
from pretrain.hands import Hands
from unseen.augment.backgrounds import NO_CLASS, Backgrounds, Bank, procedural_bank
from unseen.augment.geometry import fit_maps, warp
from unseen.augment.pipeline import Augment, collate
from unseen.photos.fit import PADDING_GREY
from unseen.records import Float32Array, Uint8Array
from unseen.subject.regions import free_square
from unseen.synth.people import TONES, skin_colours

VIEWS = 2
# Photos shown with the bands of a letterbox, as the finder sees whole photos.
BANDS_SHARE, WIDEST_PHOTO = 0.2, 16 / 9
# Views without a hand: drawn pictures and what photos show beside their hands.
EMPTY_SHARE = 0.16
ROOM_PICTURES, LEAST_ROOM_PX = 3000, 44
# Views without a hand in the colours of skin.
SKIN_SHARE = 0.3
# Shares of the view's side: a hand of the first is too small for its pose to be read, one of the second is not.
UNCLEAR, CLEAR = 0.12, 0.3
MASK_PX = 32


@dataclass(frozen=True, slots=True)
class HandBatch:
    """N views: pixels (N, 3, S, S) float32 in 0..255 and what is true of them.

    places: (N, 21, 2) in the view, which spans -1 to 1. joints: (N, 21, 3) in the palm frame. palm: (N, 6), its x and
    y axes in the view. left: (N,) 0..1. mask: (N, S / 16, S / 16) in 0..1, with mask_known: (N,) bool. score: (N,), 0
    where nothing is known of the pose. clear: (N,) 0..1, how well the pose can be seen at the hand's size. present:
    (N,) 1, 0, or -1 for unknown.
    """

    pixels: Tensor
    places: Tensor
    joints: Tensor
    palm: Tensor
    left: Tensor
    mask: Tensor
    mask_known: Tensor
    score: Tensor
    clear: Tensor
    present: Tensor

    @classmethod
    def of(cls, parts: Sequence["HandBatch"]) -> "HandBatch":
        """Put the views of several batches one behind the other."""
        return cls(*(torch.cat([getattr(part, name) for part in parts]) for name in cls.__slots__))


@dataclass(frozen=True, slots=True)
class Views:
    """What one batch is made of: photos (H, W, 4), places (21, 2) in their pixels, and (set, photo) or (-1, -1)."""

    photos: list[Uint8Array]
    places: list[Float32Array]
    rows: list[tuple[int, int]]

    def add(self, photo: Uint8Array, places: Float32Array, row: tuple[int, int]) -> None:
        """Take one more."""
        self.photos.append(photo)
        self.places.append(places)
        self.rows.append(row)


class Batches:
    """Draws batches; the same step of the same seed is the same batch."""

    def __init__(self, sets: Sequence[Hands], shares: Sequence[float], side_px: int, seed: int) -> None:
        """shares: how often each set is drawn, adding up to 1."""
        self.sets = list(sets)
        self.shares = np.array(shares) / sum(shares)
        self.side_px = side_px
        self.seed = seed
        rooms = room_bank(sets, side_px, np.random.default_rng(seed))
        self.backgrounds = Backgrounds(side_px, [procedural_bank(seed, side_px), rooms])
        self.augments = [Augment(distance.policy, side_px, "crop", self.backgrounds) for distance in DISTANCES]
        self.boxes = [one.boxes() for one in sets]

    def draw(self, step: int, views: int) -> HandBatch:
        """Draw `views` views: of each photo two, from nearby, in a room or from afar; and empty ones."""
        chance = np.random.default_rng((self.seed, step))
        empty = round(views * EMPTY_SHARE)
        drawn = {distance: Views([], [], []) for distance in DISTANCES}
        for _ in range((views - empty) // VIEWS):
            which = int(chance.choice(len(self.sets), p=self.shares))
            chosen = int(chance.integers(len(self.sets[which])))
            cut_out = self.sets[which].photos[chosen][..., 3].min() < 255
            for _ in range(VIEWS):
                distance = FAR if cut_out and chance.random() < FAR_SHARE else None
                distance = distance or (CLOSE if chance.random() < CLOSE_SHARE else NEAR)
                drawn[distance].add(*self._crop(which, chosen, chance, distance.sides), (which, chosen))
        for _ in range(empty):
            drawn[NEAR].add(self._empty(chance), np.zeros((21, 2), np.float32), (-1, -1))
        seeds = chance.integers(2**31, size=len(DISTANCES)).tolist()
        parts = zip(self.augments, drawn.values(), seeds, strict=True)
        return HandBatch.of([self._truth(*part) for part in parts if part[1].photos])

    def _crop(
        self, which: int, chosen: int, chance: np.random.Generator, sides: tuple[float, float] | None
    ) -> tuple[Uint8Array, Float32Array]:
        """Cut a rectangle about the hand, at most the photo; without a known hand or `sides` the photo as it is."""
        hands = self.sets[which]
        photo, places = hands.photos[chosen], hands.places[chosen]
        if sides is None or hands.pose.score[chosen] == 0:
            return photo, places
        left, top, right, bottom = self.boxes[which][chosen].tolist()
        side = max(right - left, bottom - top) * float(np.exp(chance.uniform(*np.log(sides))))
        width, height = side * chance.uniform(0.85, 1.2, 2)
        x, y = (left + right) / 2, (top + bottom) / 2
        slack = chance.uniform(-0.5, 0.5, 2) * np.maximum(0, [width - (right - left), height - (bottom - top)])
        first_x, first_y = x + slack[0] - width / 2, y + slack[1] - height / 2
        x0, y0 = max(0, int(first_x)), max(0, int(first_y))
        x1, y1 = min(photo.shape[1], int(first_x + width) + 1), min(photo.shape[0], int(first_y + height) + 1)
        if x1 - x0 < 24 or y1 - y0 < 24:
            return photo, places
        return _with_bands(photo[y0:y1, x0:x1], places - np.array([x0, y0], np.float32), chance)

    def _empty(self, chance: np.random.Generator) -> Uint8Array:
        banks = [self.backgrounds.get_buffer(f"pictures{i}") for i in range(2)]
        bank = banks[int(chance.random() < 0.6)]
        picture = bank[int(chance.integers(len(bank)))].permute(1, 2, 0).numpy()
        if chance.random() < SKIN_SHARE:  # faces, arms and wood are of that colour too
            tone = skin_colours(float(chance.uniform(0, TONES - 1)), float(chance.random()))[int(chance.integers(2))]
            grey = picture.mean(axis=2, keepdims=True) * chance.uniform(0.7, 1.6)
            picture = np.clip(grey * (tone / tone.mean()) ** (1 / 2.2), 0, 255).astype(np.uint8)
        return np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])

    def _truth(self, augment: Augment, views: "Views", seed: int) -> HandBatch:
        photos, rows, places = views.photos, views.rows, np.stack(views.places)
        canvas, shapes = collate(photos)
        pixels, maps = augment.with_maps(canvas, shapes, seed)
        out = torch.linalg.inv(fit_maps(shapes, "crop") @ maps)
        seen = torch.from_numpy(places) @ out[:, :, :2].transpose(1, 2) + out[:, None, :, 2]
        seen = seen[..., :2] / seen[..., 2:].clamp(min=1e-3)
        joints, axes, left, score, present = self._poses(rows)
        turn = _nearest_rotation(out[:, :2, :2])
        mirrored = torch.linalg.det(turn) < 0
        axes = torch.cat([axes[:, :2, :2] @ turn.transpose(1, 2), axes[:, :2, 2:]], dim=2)
        # a hand mostly outside the view says nothing of its pose
        inside = (seen.abs() < 1).all(dim=2).float().mean(dim=1)
        score = torch.where(inside > 0.7, score, 0.0)
        present = torch.where((present == 1) & (inside < 0.5), -1.0, present)
        share = (seen.amax(dim=1) - seen.amin(dim=1)).amax(dim=1) / 2
        alpha = warp(canvas, shapes, maps, MASK_PX, "crop")[:, 3:] / 255
        known = torch.tensor([bool((photo[..., 3] < 255).any()) for photo in photos])
        # an empty view has no mask but a known one: nothing
        nothing = torch.tensor([row[0] < 0 for row in rows])
        mask = F.adaptive_avg_pool2d(alpha, self.side_px // 16)[:, 0]
        mask = torch.where(nothing[:, None, None], 0.0, mask)
        return HandBatch(
            pixels=pixels,
            places=seen,
            joints=joints,
            palm=axes.flatten(1),
            left=torch.where(mirrored, 1 - left, left),
            mask=mask,
            mask_known=known | nothing,
            score=score,
            clear=((share - UNCLEAR) / (CLEAR - UNCLEAR)).clamp(0, 1),
            present=present,
        )

    def _poses(self, rows: list[tuple[int, int]]) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        count = len(rows)
        joints, axes = np.zeros((count, 21, 3), np.float32), np.tile(np.eye(3, dtype=np.float32), (count, 1, 1))
        left, score, present = np.full(count, 0.5, np.float32), np.zeros(count, np.float32), np.zeros(count, np.float32)
        for i, (which, chosen) in enumerate(rows):
            if which < 0:
                continue
            pose = self.sets[which].pose
            score[i] = pose.score[chosen]
            present[i] = 1 if score[i] > 0 else -1
            if score[i] > 0:
                joints[i], axes[i], left[i] = pose.joints[chosen], pose.axes[chosen], pose.left[chosen]
        return tuple(torch.from_numpy(one) for one in (joints, axes, left, score, present))  # type: ignore[return-value]


def room_bank(sets: Sequence[Hands], side_px: int, chance: np.random.Generator) -> Bank:
    """Cut squares without the hand from sets that show rooms."""
    pictures = []
    candidates = [(one, i) for one in sets if one.in_rooms for i in range(len(one)) if one.pose.score[i] > 0.8]
    target = round(side_px * 1.3)
    for j in chance.permutation(len(candidates)).tolist():
        hands, i = candidates[j]
        crop = beside(hands.photos[i], hands.places[i])
        if crop is not None:
            tensor = torch.from_numpy(np.ascontiguousarray(crop)).permute(2, 0, 1)[None].float()
            large = F.interpolate(tensor, size=(target, target), mode="bilinear", align_corners=False)
            pictures.append(large[0].round().byte())
        if len(pictures) >= ROOM_PICTURES:
            break
    if not pictures:
        return procedural_bank(int(chance.integers(2**31)), side_px, 64)
    return Bank(torch.stack(pictures), torch.full((len(pictures),), NO_CLASS), 0.7)


def beside(photo: Uint8Array, places: Float32Array) -> Uint8Array | None:
    """Return the largest square (S, S, 3) of a photo that holds none of the hand, or `None` where it is small.

    Where the photo (H, W, 4) has a matte none of the arm either; else the hand's box with a margin is left out, and
    what is below it, where the arm is.
    """
    alpha = photo[..., 3]
    if alpha.min() < 255:
        taken = cv2.dilate(alpha, np.ones((13, 13), np.uint8)) > 0
    else:
        (left, top), (right, bottom) = places.min(axis=0), places.max(axis=0)
        margin = 0.4 * max(right - left, bottom - top)
        taken = np.zeros(alpha.shape, np.bool_)
        taken[max(0, int(top - margin)) :, max(0, int(left - margin)) : max(0, int(right + margin))] = True
    square = photo[free_square(taken)][..., :3]
    return square if min(square.shape[:2]) >= LEAST_ROOM_PX else None


def _with_bands(
    photo: Uint8Array, places: Float32Array, chance: np.random.Generator
) -> tuple[Uint8Array, Float32Array]:
    """Lay some photos between grey bands; not those with a matte, to which bands would be a part of the subject."""
    if chance.random() >= BANDS_SHARE or photo[..., 3].min() < 255:
        return photo, places
    share = float(chance.uniform(1, WIDEST_PHOTO)) - 1
    axis = int(chance.integers(2))
    band = round(share * photo.shape[axis] / 2)
    padded = np.pad(
        photo, [(band, band) if a == axis else (0, 0) for a in range(3)], constant_values=round(PADDING_GREY)
    )
    padded[..., 3] = 255
    return padded, places + np.array([band if axis == 1 else 0, band if axis == 0 else 0], np.float32)


def _nearest_rotation(linear: Tensor) -> Tensor:
    """The rotation or reflection nearest to each (N, 2, 2) map, by its singular vectors."""
    u, _, vh = torch.linalg.svd(linear)
    nearest: Tensor = u @ vh
    return nearest
