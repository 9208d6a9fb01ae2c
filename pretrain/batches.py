"""Hands in, batches of two views a hand out: cropped, warped, before other backgrounds, and the joints with them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from pretrain.choose import Chooser, Crops
from pretrain.distances import DISTANCES
from pretrain.hands import Hands
from pretrain.rooms import room_bank
from unseen.augment.backgrounds import Backgrounds, procedural_bank
from unseen.augment.geometry import fit_maps, warp
from unseen.augment.pipeline import Augment

# Shares of the view's side: a hand of the first is too small for its pose to be read, one of the second is not.
UNCLEAR, CLEAR = 0.12, 0.3
MASK_PX = 32
CPU = torch.device("cpu")


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


class Batches:
    """Draws batches; the same step of the same seed is the same batch, as long as no set grows."""

    def __init__(
        self, sets: Sequence[Hands], shares: Sequence[float], side_px: int, seed: int, device: torch.device = CPU
    ) -> None:
        """shares: how often each set is drawn. device: where views are varied."""
        self.side_px, self.device = side_px, device
        banks = [procedural_bank(seed, side_px), room_bank(sets, side_px, np.random.default_rng(seed))]
        self.chooser = Chooser(sets, shares, seed, [bank.pictures for bank in banks])
        # it sorts the banks into tensors of its own: what the processes of the chooser hold stays where it is
        backgrounds = Backgrounds(side_px, banks).to(device)
        self.augments = [Augment(distance.policy, side_px, "crop", backgrounds) for distance in DISTANCES]

    def draw(self, step: int, views: int) -> HandBatch:
        """Choose and vary `views` views."""
        return self.vary(self.chooser.choose(step, views))

    def vary(self, chosen: Sequence[Crops | None]) -> HandBatch:
        """Vary what was chosen, one entry a distance."""
        pairs = zip(self.augments, chosen, strict=True)
        return HandBatch.of([self._varied(augment, crops.to(self.device)) for augment, crops in pairs if crops])

    def _varied(self, augment: Augment, crops: Crops) -> HandBatch:
        canvas, shapes, empty = crops.canvas, crops.shapes, crops.empty
        pixels, maps = augment.with_maps(canvas, shapes, crops.seed)
        out = torch.linalg.inv(fit_maps(shapes, "crop") @ maps)
        seen = crops.places @ out[:, :, :2].transpose(1, 2) + out[:, None, :, 2]
        seen = seen[..., :2] / seen[..., 2:].clamp(min=1e-3)
        turn, mirrored = _nearest_rotation(out[:, :2, :2])
        axes = torch.cat([crops.axes[:, :2, :2] @ turn.transpose(1, 2), crops.axes[:, :2, 2:]], dim=2)
        # a hand mostly outside the view says nothing of its pose
        inside = (seen.abs() < 1).all(dim=2).float().mean(dim=1)
        share = (seen.amax(dim=1) - seen.amin(dim=1)).amax(dim=1) / 2
        alpha = warp(canvas, shapes, maps, MASK_PX, "crop")[:, 3:] / 255
        mask = F.adaptive_avg_pool2d(alpha, self.side_px // 16)[:, 0]
        return HandBatch(
            pixels=pixels,
            places=seen,
            joints=crops.joints,
            palm=axes.flatten(1),
            left=torch.where(mirrored, 1 - crops.left, crops.left),
            # an empty view has no mask but a known one: nothing
            mask=torch.where(empty[:, None, None], 0.0, mask),
            mask_known=crops.cut_out | empty,
            score=torch.where(inside > 0.7, crops.score, 0.0),
            clear=((share - UNCLEAR) / (CLEAR - UNCLEAR)).clamp(0, 1),
            present=torch.where((crops.present == 1) & (inside < 0.5), -1.0, crops.present),
        )


def _nearest_rotation(linear: Tensor) -> tuple[Tensor, Tensor]:
    """Return the rotation or reflection nearest to each (N, 2, 2) map, and which are reflections, (N,) bool."""
    (a, b), (c, d) = linear[:, 0].unbind(1), linear[:, 1].unbind(1)
    mirrored = a * d - b * c < 0
    sign = torch.where(mirrored, -1.0, 1.0)
    # of both kinds the second row follows from the first: turned by a right angle, and then reflected or not
    cos, sin = a + sign * d, b - sign * c
    length = torch.hypot(cos, sin).clamp(min=1e-12)
    cos, sin = cos / length, sin / length
    return torch.stack([torch.stack([cos, sin], 1), torch.stack([-sign * sin, sign * cos], 1)], dim=1), mirrored
