"""A batch of photos in, varied pixels out: one warp, one colour matrix, then blur and noise; CPU or GPU."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from unseen.augment.colour import apply_matrices, random_matrices
from unseen.augment.degrade import degrade
from unseen.augment.draw import Draw
from unseen.augment.geometry import random_maps, warp
from unseen.augment.policy import Policy
from unseen.photos.fit import Fit
from unseen.records import Uint8Array


def collate(photos: Sequence[Uint8Array]) -> tuple[Tensor, Tensor]:
    """Lay photos of any shape, (H, W, 3 or 4) uint8, on one canvas.

    Returns the canvas (N, Hmax, Wmax, 3) uint8, each photo in its top left, and the shapes (N, 2) int64.
    """
    shapes = np.array([photo.shape[:2] for photo in photos], dtype=np.int64)
    height, width = shapes.max(axis=0)
    canvas = np.zeros((len(photos), height, width, 3), dtype=np.uint8)
    for slot, photo in zip(canvas, photos, strict=True):
        slot[: photo.shape[0], : photo.shape[1]] = photo[:, :, :3]
    return torch.from_numpy(canvas), torch.from_numpy(shapes)


class Augment(nn.Module):
    """Varies photos as part of the model, on whatever device the batch is on.

    It has no parameters and is left out of the exported graph.
    """

    def __init__(self, policy: Policy, side_px: int, fit: Fit) -> None:
        super().__init__()
        self.policy = policy
        self.side_px = side_px
        self.fit = fit

    def forward(self, canvas: Tensor, shapes: Tensor, seed: int) -> Tensor:
        """(N, H, W, 3) uint8 and shapes (N, 2) to varied pixels (N, 3, side_px, side_px) float32 in 0..255."""
        draw = Draw(seed, canvas.device)
        maps = random_maps(len(canvas), self.policy, draw)
        pixels = warp(canvas.permute(0, 3, 1, 2).float(), shapes, maps, self.side_px, self.fit)
        matrices = random_matrices(pixels.mean(dim=(2, 3)), self.policy, draw)
        return degrade(apply_matrices(pixels, matrices), self.policy, draw)
