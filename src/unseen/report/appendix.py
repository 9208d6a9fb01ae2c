"""Prepare what every page ends with: a few photos, those that could not be used, and the time each stage took."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from unseen.records import Rejected, Uint8Array
from unseen.report import wording

# What a list of paths holds at most: beyond, the page would be slow to open, and the run folder has the rest.
MAX_PATHS = 500
MAX_EXAMPLES = 8  # photos of a class
# Of all examples together: about two megabytes, so that the page stays under five. Coarse ones are not compressed.
EXAMPLE_PIXELS, COARSE_PX, COARSE_COSTS = 2_500_000, 64, 5
# From here on example photos are folded away: class by class, they would bury what follows.
FOLD_CLASSES = 12


def few_examples(rows: Mapping[str, Sequence[tuple[str, Uint8Array]]]) -> dict[str, Any]:
    """Return photos (path, pixels) of each class, evenly spread and so many that the page stays small.

    Of more classes than there is room for, the first; `more` counts the others.
    """
    height, width, _ = max((pixels.shape for photos in rows.values() for _, pixels in photos), key=math.prod)
    room = EXAMPLE_PIXELS // (COARSE_COSTS if max(height, width) <= COARSE_PX else 1)
    most = max(1, room // (height * width))
    each = max(1, min(MAX_EXAMPLES, most // len(rows)))
    shown = {name: _spread(photos, each) for name, photos in list(rows.items())[:most]}
    return {"examples": shown, "fold": len(shown) > FOLD_CLASSES, "more": len(rows) - len(shown)}


def _spread(photos: Sequence[tuple[str, Uint8Array]], most: int) -> list[tuple[str, Uint8Array]]:
    number = min(most, len(photos))
    return [photos[i * len(photos) // number] for i in range(number)]


def rejected_rows(rejected: Sequence[Rejected]) -> dict[str, Any]:
    """Return how many photos could not be used, the reasons with their counts, and the first `MAX_PATHS` photos."""
    return {
        "number": len(rejected),
        "reasons": Counter(photo.reason for photo in rejected).most_common(),
        "paths": rejected[:MAX_PATHS],
        "more": max(0, len(rejected) - MAX_PATHS),
    }


def stage_times(seconds: Mapping[str, float]) -> dict[str, Any]:
    """Return the stages in plain words and the total: the stated one, else the sum of the stages."""
    stages = {name: value for name, value in seconds.items() if name != "total"}
    rows = [(wording.stage(name), value) for name, value in stages.items()]
    return {"stages": rows, "total": seconds.get("total", sum(stages.values()))}
