"""Where the hands are, for jobs that look at photos of anything: pixels in, joints (N, 21, 2) out."""

import numpy as np

from unseen.model.focus import hand_focus
from unseen.progress import Progress
from unseen.records import Float32Array, PhotoPixels
from unseen.training.close_ups import FoundHands, find_hands

# Hands are the subject of a set where this share of the photos shows one.
MOST = 0.5


def see_hands(photos: PhotoPixels, progress: Progress) -> FoundHands:
    """Look for hands in all of `photos`."""
    return find_hands(hand_focus(), photos, np.arange(len(photos)), progress)


def joints_of_hands(photos: PhotoPixels, progress: Progress) -> Float32Array | None:
    """Return the joints in shares of each photo, (N, 21, 2) float32, NaN where no hand is seen.

    `None` where most photos show no hand: among photos of other things a few will look like one, and would be cut out
    as one.
    """
    hands = see_hands(photos, progress)
    return hands.joints if len(photos) and hands.seen.mean() >= MOST else None
