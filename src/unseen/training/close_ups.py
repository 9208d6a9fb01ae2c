"""Photos and a `HandFocus` in; photos cut to a little more than the square about the hand, for training, out.

Training varies photos before they become a square, so it takes the cut from the photo itself, with room to move in.
"""

from dataclasses import dataclass

import numpy as np
import torch

from unseen.model.focus import HandFocus
from unseen.progress import Progress
from unseen.records import Float32Array, Int64Array, PhotoPixels, Uint8Array
from unseen.training.features import seen_batches

# Side of what is cut, as a multiple of the side of the square that the network will see.
ROOM = 1.25
BATCH = 32


@dataclass(frozen=True, slots=True)
class CloseUps:
    """N photos, each cut to its box; a `PhotoPixels`. boxes: (N, 4) left, top, right, bottom in shares of the photo."""

    photos: PhotoPixels
    boxes: Float32Array

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.photos)

    def __getitem__(self, position: int, /) -> Uint8Array:
        """Return one cut photo, (H, W, 4) uint8."""
        photo = self.photos[position]
        height, width = photo.shape[:2]
        left, top, right, bottom = (self.boxes[position] * [width, height, width, height]).round().astype(int).tolist()
        return photo[top : max(bottom, top + 1), left : max(right, left + 1)]


def close_ups(focus: HandFocus, photos: PhotoPixels, positions: Int64Array, progress: Progress) -> CloseUps:
    """Cut the photos at `positions` to the hand; the others, and photos without a hand, stay whole."""
    boxes = np.tile(np.array([0, 0, 1, 1], np.float32), (len(photos), 1))
    with torch.inference_mode(), progress.task("find hands", len(positions), "photos") as task:
        for where, pixels in seen_batches(focus.whole, photos, positions, BATCH):
            shapes = np.array([photos[i].shape[1::-1] for i in positions[where].tolist()], np.float32)
            extent = torch.from_numpy(shapes / shapes.max(axis=1, keepdims=True))
            squares = focus.squares(torch.from_numpy(pixels).float(), extent, extent)
            boxes[positions[where]] = _boxes(squares, extent).numpy()
            task.advance(len(pixels))
    return CloseUps(photos, boxes)


def _boxes(squares: torch.Tensor, extent: torch.Tensor) -> torch.Tensor:
    """Squares in the letterboxed view's -1 to 1 to boxes in shares of each photo, with room about them."""
    half = squares[:, 2:] * ROOM
    box = torch.cat([squares[:, :2] - half, squares[:, :2] + half], dim=1)
    return (box / extent.repeat(1, 2) / 2 + 0.5).clamp(0, 1)
