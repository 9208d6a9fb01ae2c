"""Where the hands are, for jobs that look at photos of anything: pixels in, joints (N, 21, 2) out."""

import numpy as np

from unseen.model.focus import FINDER_INPUT, FINDER_PX, HandFocus, hand_finder
from unseen.progress import Progress
from unseen.records import Float32Array, PhotoPixels
from unseen.training.close_ups import find_hands

# Hands are the subject of a set where this share of the photos shows one.
MOST = 0.5


def see_hands(photos: PhotoPixels, progress: Progress) -> Float32Array:
    """Return the joints in shares of each photo's width and height, (N, 21, 2) float32; NaN where no hand is seen."""
    focus = HandFocus(FINDER_PX, "crop", FINDER_INPUT, hand_finder())
    return find_hands(focus, photos, np.arange(len(photos)), progress).joints


def count_seen(joints: Float32Array) -> int:
    """Return of how many photos the joints are known."""
    return int(np.isfinite(joints).all(axis=(1, 2)).sum())


def joints_of_hands(photos: PhotoPixels, progress: Progress) -> Float32Array | None:
    """Return what `see_hands` returns, or `None` where most photos show no hand.

    Among photos of other things a few will look like a hand, and would be cut out as one.
    """
    joints = see_hands(photos, progress)
    return joints if len(joints) and count_seen(joints) / len(joints) >= MOST else None
