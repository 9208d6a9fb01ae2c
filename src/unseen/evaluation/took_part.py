"""Count the people, rooms and cameras in a set of photos: by names where they tell, else by looks.

By looks, people are told by the colours of their palms and rooms by the colours around the hands, clustered in a sample
of the photos. Light changes both, so that two people in one light are counted as one: what is counted is a guess with
wide limits (docs/know.md has it beside the truth of seventeen sets).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from unseen.dataset.dataset import Dataset
from unseen.evaluation.looks import Looks, evenly, looks
from unseen.evaluation.results import Count, TookPart
from unseen.evaluation.tested_on import MOST, group_unit
from unseen.probes.linkage import cluster_sizes, clusters, nearest_cluster
from unseen.records import Float64Array, GroupReason, Int64Array, Unit

# Photos that are looked at, and the fewest that tell anything.
SAMPLE, LEAST = 140, 16
# Distance of palms in a*b* up to which they may be of one person; and the number of equally large clusters from which
# on several people are counted: of one person in other light there were up to 2.6, of eight people 4.3.
ONE_PALM, SEVERAL = 9.0, 3.2
# Distance of colour histograms (Hellinger, times the root of 2) up to which photos may be of one room.
ONE_ROOM = 0.78
FACTOR = 1.8
# How probable it is that limits by looks hold: they did for people in 13 of 13 sets of photos, for rooms in 12 of 16
# (docs/know.md), each with one more that does and one that does not.
PEOPLE_WITHIN, ROOMS_WITHIN = 0.93, 0.72
# What is told apart.
UNITS: tuple[Unit, ...] = ("person", "room")


_last: dict[tuple[str, tuple[GroupReason, ...]], tuple[TookPart, Looks | None]] = {}


def took_part(data: Dataset) -> TookPart:
    """Count people and rooms in photos of hands, and what names tell of any photos."""
    return _counted_once(data)[0]


def _counted_once(data: Dataset) -> tuple[TookPart, Looks | None]:
    """What was counted last is kept: a run's audit and the run itself ask about the same photos."""
    key = data.fingerprint, tuple(data.grouping.reasons)
    if key not in _last:
        found = _counted(data)
        _last.clear()
        _last[key] = found
    return _last[key]


def _counted(data: Dataset) -> tuple[TookPart, Looks | None]:
    reasons, photos = data.grouping.reasons, len(data.photos)
    people, rooms, cameras = (_named(reasons, unit, photos) for unit in ("person", "room", "camera"))
    seen: Looks | None = None
    if people is None or rooms is None:
        seen = looks(data, evenly(photos, SAMPLE))
        if len(seen.positions) >= LEAST:
            people, rooms = people or people_by_palms(seen.palms), rooms or rooms_by_colours(seen.around)
    return TookPart(people, rooms, cameras or cameras_stated(data.headers.cameras)), seen


@dataclass(frozen=True, slots=True)
class Whose:
    """Which of `count` people, or rooms, each of the photos at `positions` (n,) is of, (n,); see `Count.told_by`."""

    count: Count
    positions: Int64Array
    number: Int64Array


def whose(data: Dataset, most: int, hands: bool) -> dict[Unit, Whose]:
    """Put up to `most` photos with their person and their room, where there are two or more.

    hands: the photos show hands; of others names alone tell.
    """
    reasons, photos = data.grouping.reasons, len(data.photos)
    groups, chosen = np.array(data.grouping.groups), evenly(len(data.photos), most)
    put: dict[Unit, Whose] = {}
    for unit in UNITS:
        if named := _named(reasons, unit, photos):
            put[unit] = Whose(named, chosen, np.unique(groups[chosen], return_inverse=True)[1])
    found, sample = _counted_once(data) if hands and len(put) < len(UNITS) else (TookPart(), None)
    if sample is not None and len(sample.positions) >= LEAST:
        seen = sample if photos <= SAMPLE else looks(data, chosen)
        together = groups[seen.positions] if group_unit(reasons, photos) == "photo" else seen.positions
        for unit, count, here, there, apart in (
            ("person", found.people, seen.palms, sample.palms, ONE_PALM),
            ("room", found.rooms, seen.around, sample.around, ONE_ROOM),
        ):
            if unit not in put and count and count.value > 1 and len(here):
                number = nearest_cluster(here, there, clusters(there, apart))
                put[unit] = Whose(count, seen.positions, most_common(number, together))
    return {unit: one for unit, one in put.items() if one.number.max() > 0}


def most_common(number: Int64Array, groups: np.ndarray) -> Int64Array:
    """Return for each photo the number that most photos of its group have: the same picture is of one room."""
    group = np.unique(groups, return_inverse=True)[1]
    counted = np.zeros((group.max() + 1, number.max() + 1), np.int64)
    np.add.at(counted, (group, number), 1)
    most: Int64Array = counted.argmax(axis=1)[group]
    return most


def cameras_stated(stated: Sequence[str]) -> Count | None:
    """Count the cameras that nearly all of N photos state in their headers, '' where one does not."""
    named = [name for name in stated if name]
    if not named or len(named) < MOST * len(stated):
        return None
    return Count(len(set(named)), len(set(named)), len(set(named)), "headers")


def people_by_palms(palms: Float64Array) -> Count:
    """Count people by the colours of palms, (n, 2) a*b*."""
    sizes = [size for size in cluster_sizes(palms, ONE_PALM) if size > 1]
    if not sizes or even_number(sizes) < SEVERAL:
        return Count(1, 1, max(2, len(sizes)), "looks", PEOPLE_WITHIN)
    return _about(len(sizes), PEOPLE_WITHIN)


def rooms_by_colours(around: Float64Array) -> Count:
    """Count rooms by histograms of the colours around hands, (n, B), rows of length 1."""
    return _about(max(1, sum(size > 1 for size in cluster_sizes(around, ONE_ROOM))), ROOMS_WITHIN)


def even_number(sizes: Sequence[int]) -> float:
    """Return how many equally large clusters would be as varied as these (inverse Simpson index)."""
    shares = np.array(sizes, np.float64) / sum(sizes)
    return float(1 / np.square(shares).sum())


def _about(number: int, within: float) -> Count:
    return Count(number, max(1, int(number / FACTOR)), max(2, round(number * FACTOR)), "looks", within)


def _named(reasons: Sequence[GroupReason], unit: Unit, photos: int) -> Count | None:
    groups = [reason for reason in reasons if reason.unit == unit and reason.photos >= MOST * photos > 0]
    return Count(groups[0].groups, groups[0].groups, groups[0].groups, "names") if groups else None
