"""Where the hands are, for jobs that look at photos of anything: pixels in, joints (N, 21, 2) out."""

import numpy as np

from unseen.locate.close_ups import FoundHands, find_hands
from unseen.locate.hand_focus import hand_focus
from unseen.progress import Progress
from unseen.records import Float32Array, Images, Int64Array

# Hands are the subject of a set where this share of the photos shows one.
MOST = 0.5
# Photos that are looked at to find that out, at even steps.
LOOKED_AT = 96


def see_hands(photos: Images, progress: Progress) -> FoundHands:
    """Look for hands in all of `photos`."""
    return find_hands(hand_focus(), photos, np.arange(len(photos)), progress)


def even_steps(photos: int) -> Int64Array:
    """Return which of so many photos are looked at, at most `LOOKED_AT`."""
    return np.unique(np.linspace(0, photos - 1, min(LOOKED_AT, photos)).round().astype(np.int64))


def mostly_hands(hands: int, photos: int) -> bool:
    """Say whether hands are the subject where `hands` of `photos` that were looked at show one."""
    return photos > 0 and hands / photos >= MOST


def joints_of_hands(photos: Images, progress: Progress, which: Int64Array | None = None) -> Float32Array | None:
    """Return the joints in shares of each photo, (N, 21, 2) float32, NaN where no hand is seen.

    which: positions of the photos that are looked at, by default all; the others are NaN. `None` where most photos show
    no hand: among photos of other things a few will look like one, and would be cut out as one.
    """
    which = np.arange(len(photos)) if which is None else which
    focus, some = hand_focus(), which[even_steps(len(which))]
    if not mostly_hands(int(find_hands(focus, photos, some, progress).seen[some].sum()), len(some)):
        return None
    return find_hands(focus, photos, which, progress).joints
