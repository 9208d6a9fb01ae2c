"""Hands in rooms in; pictures of the rooms without the hand, to put behind others, out."""

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from pretrain.hands import Hands
from unseen.augment.backgrounds import NO_CLASS, Bank, procedural_bank
from unseen.masks.mask_cleanup import free_square
from unseen.records import Float32Array, Uint8Array

ROOM_PICTURES, LEAST_ROOM_PX = 3000, 44


def room_bank(sets: Sequence[Hands], side_px: int, rng: np.random.Generator) -> Bank:
    """Cut squares without the hand from sets that show rooms."""
    pictures = []
    candidates = [(one, i) for one in sets if one.in_rooms for i in range(len(one)) if one.pose.score[i] > 0.8]
    target = round(side_px * 1.3)
    for j in rng.permutation(len(candidates)).tolist():
        hands, i = candidates[j]
        crop = beside(hands.photos[i], hands.places[i])
        if crop is not None:
            tensor = torch.from_numpy(np.ascontiguousarray(crop)).permute(2, 0, 1)[None].float()
            large = F.interpolate(tensor, size=(target, target), mode="bilinear", align_corners=False)
            pictures.append(large[0].round().byte())
        if len(pictures) >= ROOM_PICTURES:
            break
    if not pictures:
        return procedural_bank(int(rng.integers(2**31)), side_px, 64)
    return Bank(torch.stack(pictures), torch.full((len(pictures),), NO_CLASS), 0.7)


def beside(photo: Uint8Array, places: Float32Array) -> Uint8Array | None:
    """Return the largest square (S, S, 3) of a photo that holds none of the hand, or `None` where it is small.

    Where the photo (H, W, 4) has a mask none of the arm either; else the hand's box with a margin is left out, and
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
