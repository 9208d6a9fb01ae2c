"""Augment batches of photos: one warp, another background, then the operations on their pixels in order."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from unseen.augment.backgrounds import Backgrounds
from unseen.augment.batch_rng import BatchRng
from unseen.augment.composite import Composite
from unseen.augment.geometry import random_maps, warp
from unseen.augment.operations import OPERATIONS
from unseen.augment.placement import Placement, find_subjects, place
from unseen.augment.policy import Policy
from unseen.augment.transforms import AllowedTransforms
from unseen.records import Fit, Uint8Array


def collate(photos: Sequence[Uint8Array]) -> tuple[Tensor, Tensor]:
    """Lay photos of any shape, (H, W, 3 or 4) uint8, on one canvas.

    Returns the canvas (N, Hmax, Wmax, C) uint8, each photo in its top left and 0 elsewhere, and the shapes (N, 2)
    int64. C is 4 if every photo has alpha, else 3.
    """
    shapes = np.array([photo.shape[:2] for photo in photos], dtype=np.int64)
    height, width = shapes.max(axis=0)
    channels = min(photo.shape[2] for photo in photos)
    canvas = np.zeros((len(photos), height, width, channels), dtype=np.uint8)
    for slot, photo in zip(canvas, photos, strict=True):
        slot[: photo.shape[0], : photo.shape[1]] = photo[:, :, :channels]
    return torch.from_numpy(canvas), torch.from_numpy(shapes)


class Augment(nn.Module):
    """Augment photos as part of the model, on whatever device the batch is on.

    It has no parameters and is left out of the exported graph.
    """

    def __init__(
        self,
        policy: Policy,
        side_px: int,
        fit: Fit,
        backgrounds: Backgrounds | None = None,
        allowed: AllowedTransforms | None = None,
    ) -> None:
        """Without `backgrounds` every photo keeps its own; without `allowed` all may be flipped and rotated."""
        super().__init__()
        self.policy = policy
        self.side_px = side_px
        self.fit = fit
        self.backgrounds = backgrounds
        self.allowed = allowed

    def forward(self, canvas: Tensor, shapes: Tensor, seed: int, labels: Tensor | None = None) -> Tensor:
        """(N, H, W, 3 or 4) uint8 and shapes (N, 2) to augmented pixels (N, 3, side_px, side_px) float32 in 0..255."""
        return self.with_maps(canvas, shapes, seed, labels)[0]

    def with_maps(
        self, canvas: Tensor, shapes: Tensor, seed: int, labels: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return the augmented pixels, and the maps (N, 3, 3) from output to output coordinates that `warp` took.

        A fourth channel is alpha, the mask of the foreground; if it is 255 everywhere, the foreground is not known and
        the photo keeps its background. labels: (N,) class indices, without which no background comes from a photo of
        any class.
        """
        policy, rng = self.policy, BatchRng(seed, canvas.device)
        allowed = None if self.allowed is None or labels is None else self.allowed.of(labels)
        maps = random_maps(len(canvas), policy, rng, allowed)
        if canvas.shape[3] == 4 and self.backgrounds is not None and policy.background > 0:
            pixels, maps = self._replaced(self.backgrounds, canvas, shapes, maps, labels, rng)
        else:
            pixels = warp(canvas[..., :3], shapes, maps, self.side_px, self.fit)
        for operation in OPERATIONS.values():
            pixels = operation.draw(rng, (len(pixels), self.side_px, self.side_px), policy).apply(pixels)
        return pixels, maps

    def _replaced(
        self,
        backgrounds: Backgrounds,
        canvas: Tensor,
        shapes: Tensor,
        maps: Tensor,
        labels: Tensor | None,
        rng: BatchRng,
    ) -> tuple[Tensor, Tensor]:
        """Warp all photos, and put another background behind those that are chosen for it; return the maps too."""
        photos, policy = len(canvas), self.policy
        subjects = find_subjects(canvas[..., 3], shapes)
        unchanged = rng.unchanged(photos, policy.p_unchanged)
        # where every mask is used, the colours next to it are made for that and would show as a rim otherwise
        chosen = rng.chosen(photos, policy.background).bool() & (~unchanged | (policy.background >= 1)) & subjects.known
        placed = place(maps, subjects, shapes, self.fit, Placement.draw(rng, photos, policy))
        maps = torch.where(chosen[:, None, None], placed, maps)
        warped = warp(canvas, shapes, maps, self.side_px, self.fit)
        pixels = warped[:, :3].contiguous()
        positions = chosen.nonzero()[:, 0]
        if count := len(positions):
            rng = rng.for_subset()
            scenes = backgrounds(count, None if labels is None else labels[positions], rng, policy.defocus)
            composite = Composite.draw(rng, (count, self.side_px, self.side_px), policy)
            pixels[positions] = composite.apply(warped[positions], scenes)
        return pixels, maps
