"""Choose a few frames of a clip: sharp ones that differ from one another."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from PIL import Image

from unseen.records import Float32Array, Uint8Array

MOST = 24  # frames of one clip: more of one session teach little and outweigh the photos beside it
SLOT_SECONDS = 0.25  # of so much the sharpest frame is looked at further, of more in clips over 12 s
DIFFERENT = 4.0  # grey levels on average over 32 x 32: noise and compression stay below 2
SHARP_SHARE = 0.4  # of the clip's median sharpness; frames below are blurred, or black
_MEASURED_PX = 240  # short side that sharpness is measured at, so that it does not depend on the camera's resolution
_THUMB_PX = 32


class Encode(Protocol):
    """Turns pixels, (H, W, 3) uint8, into the bytes to keep."""

    def __call__(self, pixels: Uint8Array, /) -> bytes: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame at `seconds`; thumb: (32, 32) float32 grey levels."""

    seconds: float
    sharpness: float
    thumb: Float32Array
    content: bytes


def choose_frames(frames: Iterable[tuple[float, Uint8Array]], encode: Encode, most: int = MOST) -> list[Frame]:
    """Return at most `most` of `frames`, (seconds, (H, W, 3) uint8), in order; one at least of one or more.

    The clip is divided into slots; the sharpest frame of each is kept unless it is much less sharp than the others are,
    or shows what a sharper one shows. Memory is bounded by twice `most` encoded frames, however long the clip is.
    """
    best: dict[int, Frame] = {}
    slot_seconds = SLOT_SECONDS
    for seconds, pixels in frames:
        sharpness, thumb = _measure(pixels)
        slot = int(seconds / slot_seconds)
        if slot in best and best[slot].sharpness >= sharpness:
            continue
        best[slot] = Frame(seconds, sharpness, thumb, encode(pixels))
        while len(best) > 2 * most:
            best, slot_seconds = _halved(best), slot_seconds * 2
    return _spread(_distinct(list(best.values())), most)


def _halved(best: dict[int, Frame]) -> dict[int, Frame]:
    """Return the sharpest of every two slots."""
    halved: dict[int, Frame] = {}
    for slot, frame in best.items():
        if slot // 2 not in halved or halved[slot // 2].sharpness < frame.sharpness:
            halved[slot // 2] = frame
    return halved


def _distinct(frames: list[Frame]) -> list[Frame]:
    if not frames:
        return []
    least = SHARP_SHARE * float(np.median([frame.sharpness for frame in frames]))
    kept: list[Frame] = []
    # the sharpest first: in order of time, blurred frames would keep out the sharp ones that come after them
    for frame in sorted(frames, key=lambda frame: -frame.sharpness):
        differs = all(np.abs(frame.thumb - other.thumb).mean() >= DIFFERENT for other in kept)
        if frame.sharpness >= least and differs:
            kept.append(frame)
    return sorted(kept, key=lambda frame: frame.seconds)


def _spread(frames: list[Frame], most: int) -> list[Frame]:
    if len(frames) <= most:
        return frames
    return [frames[i] for i in np.linspace(0, len(frames) - 1, most).round().astype(int).tolist()]


def _measure(pixels: Uint8Array) -> tuple[float, Float32Array]:
    """Return the variance of the Laplacian, the usual measure of focus, and a small grey picture."""
    grey = Image.fromarray(np.ascontiguousarray(pixels)).convert("L")
    scale = min(1.0, _MEASURED_PX / min(grey.size))
    small = grey.resize((max(3, round(grey.width * scale)), max(3, round(grey.height * scale))), Image.Resampling.BOX)
    levels = np.asarray(small, np.float32)
    around = levels[:-2, 1:-1] + levels[2:, 1:-1] + levels[1:-1, :-2] + levels[1:-1, 2:]
    thumb = np.asarray(grey.resize((_THUMB_PX, _THUMB_PX), Image.Resampling.BOX), np.float32)
    return float((around - 4 * levels[1:-1, 1:-1]).var()), thumb
