"""Prepare what every page ends with: photos that could not be used, and the time each stage took."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from unseen.records import Rejected
from unseen.report import wording

# What a list of paths holds at most: beyond, the page would be slow to open, and the run folder has the rest.
MAX_PATHS = 500


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
