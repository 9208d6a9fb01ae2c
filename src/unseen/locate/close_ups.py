"""Photos and a `HandFocus` in; where their hands are, and photos cut to the square about the hand and some room, out.

Training varies photos before they become a square, so it takes the cut from the photo itself, with room to move in.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch

from unseen.locate.hand_focus import BELIEVED, HandFocus, Sighting
from unseen.locate.hand_pose import JOINTS
from unseen.locate.network_input import looks, see
from unseen.photos.fit import PADDING_GREY
from unseen.progress import Progress
from unseen.records import BoolArray, Float32Array, Images, Int64Array, Uint8Array

# Side of what is cut, as a multiple of the side of the square that the network will see.
ROOM = 1.25
# Photos a thread looks at in one go.
TOGETHER = 4


@dataclass(frozen=True, slots=True)
class FoundHands:
    """Where the hands of N photos are, in shares of each photo's width and height.

    boxes: (N, 4) float32 left, top, right, bottom of the square about the hand with some room, beyond the photo where
    that square is wider than it; the whole photo where no hand was found, or none looked for. joints: (N, 21, 2)
    float32 x and y; NaN where a hand is not likely enough.
    """

    boxes: Float32Array
    joints: Float32Array

    @property
    def seen(self) -> BoolArray:
        """Of which photos the joints are known, (N,) bool."""
        return known_joints(self.joints)


@dataclass(frozen=True, slots=True)
class CloseUps:
    """N photos, each cut to its box; a `Images`. boxes: (N, 4) left, top, right, bottom in shares of the photo."""

    photos: Images
    boxes: Float32Array

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.photos)

    def __getitem__(self, position: int, /) -> Uint8Array:
        """Return one cut photo, (H, W, 4) uint8."""
        photo = self.photos[position]
        height, width = photo.shape[:2]
        left, top, right, bottom = (self.boxes[position] * [width, height, width, height]).round().astype(int).tolist()
        right, bottom = max(right, left + 1), max(bottom, top + 1)
        cut = photo[max(top, 0) : bottom, max(left, 0) : right]
        beyond = ((max(-top, 0), max(bottom - height, 0)), (max(-left, 0), max(right - width, 0)), (0, 0))
        return cut if not np.any(beyond) else _with_bands(cut, beyond)


def known_joints(joints: Float32Array) -> BoolArray:
    """Say of which photos the joints (N, 21, 2) are known, (N,) bool."""
    return np.asarray(np.isfinite(joints).all(axis=(1, 2)), np.bool_)


def find_hands(focus: HandFocus, photos: Images, positions: Int64Array, progress: Progress) -> FoundHands:
    """Look for the hands of the photos at `positions`; the others stay whole."""
    boxes = np.tile(np.array([0, 0, 1, 1], np.float32), (len(photos), 1))
    joints = np.full((len(photos), JOINTS, 2), np.nan, np.float32)
    chunks = [positions[start : start + TOGETHER] for start in range(0, len(positions), TOGETHER)]
    workers = os.cpu_count() or 1
    with (
        looks(focus, focus.mean.device, len(positions)),
        ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,)) as pool,
        progress.task("find hands", len(positions), "photos") as task,
    ):
        for some, (box, joint) in zip(
            chunks, pool.map(lambda chunk: _look_at(focus, photos, chunk), chunks), strict=True
        ):
            boxes[some], joints[some] = box, joint
            task.advance(len(some))
    return FoundHands(boxes, joints)


def _look_at(focus: HandFocus, photos: Images, chunk: Int64Array) -> tuple[Float32Array, Float32Array]:
    """Return boxes (n, 4) and joints (n, 21, 2) of the photos at `chunk`."""
    some = [photos[i] for i in chunk.tolist()]
    shapes = np.array([photo.shape[1::-1] for photo in some], np.float32)
    extent = torch.from_numpy(shapes / shapes.max(axis=1, keepdims=True))
    with torch.inference_mode():
        seen = focus.find(torch.from_numpy(see(focus.whole, some)).float(), extent, extent)
        return _boxes(seen, extent).numpy(), _joints(seen, extent).numpy()


def _boxes(seen: Sighting, extent: torch.Tensor) -> torch.Tensor:
    """Squares in the letterboxed view's -1 to 1 to boxes in shares of each photo: the square, and room in the photo."""
    centre, half = seen.squares[:, :2], seen.squares[:, 2:]
    low = torch.maximum(centre - half * ROOM, torch.minimum(centre - half, -extent))
    high = torch.minimum(centre + half * ROOM, torch.maximum(centre + half, extent))
    return torch.cat([low, high], dim=1) / extent.repeat(1, 2) / 2 + 0.5


def _with_bands(photo: Uint8Array, beyond: tuple[tuple[int, int], ...]) -> Uint8Array:
    """Lay a photo (H, W, 4) between the grey bands of a letterbox; where it has a matte they are no subject."""
    matted = bool(photo[..., 3].min() < 255)
    padded = np.pad(photo, beyond, constant_values=round(PADDING_GREY))
    alpha = np.pad(photo[..., 3], beyond[:2], constant_values=0 if matted else 255)
    return np.dstack([padded[..., :3], alpha])


def _joints(seen: Sighting, extent: torch.Tensor) -> torch.Tensor:
    """Joints in the letterboxed view's -1 to 1 to shares of each photo, NaN where no hand is believed to be."""
    shares = seen.places / extent[:, None] / 2 + 0.5
    return torch.where((seen.present >= BELIEVED)[:, None, None], shares, torch.nan)
