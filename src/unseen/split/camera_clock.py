"""Find bursts by the camera's own clock.

EXIF times are facts, but not every clock is set: a clock that joins what it cannot have seen is not used, and says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from unseen.records import Float64Array, Int64Array

# People show one sign after the other a few seconds apart; the next person takes longer. On sign_digits, 218 students
# in a queue before two cameras, the clock goes on by at most 20 s in 99.4% of the steps from one photo of a student to
# the next, and in 31% of the steps from one student to another: 5 of 100 students are cut in two, a third are joined
# to the one before. At 10 s 2% are joined, but 22 of 100 are cut. Joining wastes a group, cutting leaks.
BURST_SECONDS = 20.0
MAX_A_SECOND = 10  # photos of one camera; a clock that starts anew with the battery gives hundreds the same second
MAX_SHARE = 0.5  # of a set of more than LARGE_SET photos in one burst; of fewer, all: nothing could be held out
LARGE_SET = 100


@dataclass(frozen=True, slots=True)
class ClockBursts:
    """The burst of each of N photos ('2024-05-06 07:08:09 Maker Model'), and sentences on clocks that were not used."""

    names: tuple[str | None, ...]
    doubts: tuple[str, ...] = ()


def clock_bursts(taken: Float64Array, cameras: Sequence[str]) -> ClockBursts:
    """Join photos of one camera whose times follow each other by at most `BURST_SECONDS`, whatever they show.

    taken: (N,) float64, seconds by the camera's clock, NaN where unknown. cameras: N texts, '' where unknown; two
    cameras of one model are taken for one, which joins more rather than less.
    """
    names: list[str | None] = [None] * len(cameras)
    known = np.flatnonzero(np.isfinite(taken) & np.array([bool(camera) for camera in cameras], dtype=np.bool_))
    doubts: list[str] = []
    if len(known) < 2:
        return ClockBursts(tuple(names))
    if len(known) == len(cameras) and len(np.unique(taken)) == 1:
        return ClockBursts(tuple(names), (_unset(len(known), "all have one time"),))
    for camera, positions in _by_camera(known, cameras).items():
        seconds, counts = np.unique(np.floor(taken[positions]), return_counts=True)
        if counts.max() > MAX_A_SECOND:
            at = _stamp(float(seconds[counts.argmax()]))
            doubts.append(_unset(len(positions), f"{counts.max():,} of {camera} were taken at {at}"))
            continue
        for chain in _chains(positions, taken):
            if _swallows(len(chain), len(cameras)):
                doubts.append(_unset(len(chain), f"they would be one burst, of {len(cameras):,} photos in all"))
                continue
            name = f"{_stamp(float(taken[chain[0]]))} {camera}"
            for i in chain.tolist():
                names[i] = name
    return ClockBursts(tuple(names), tuple(doubts))


def _by_camera(known: Int64Array, cameras: Sequence[str]) -> dict[str, Int64Array]:
    found: dict[str, list[int]] = {}
    for i in known.tolist():
        found.setdefault(cameras[i], []).append(i)
    return {camera: np.array(positions, np.int64) for camera, positions in found.items()}


def _chains(positions: Int64Array, taken: Float64Array) -> list[Int64Array]:
    """Return the positions of each run of two photos or more without a pause, by time."""
    ordered = positions[np.argsort(taken[positions], kind="stable")]
    pauses = np.flatnonzero(np.diff(taken[ordered]) > BURST_SECONDS) + 1
    return [chain for chain in np.split(ordered, pauses) if len(chain) > 1]


def _swallows(chain: int, photos: int) -> bool:
    return chain > MAX_SHARE * photos if photos > LARGE_SET else chain == photos


def _stamp(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"


def _unset(photos: int, why: str) -> str:
    return f"the camera's clock is not used for {photos:,} photos: {why}"
