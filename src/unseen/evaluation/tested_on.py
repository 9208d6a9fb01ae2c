"""Say what was new in a test: photos, sessions, cameras, rooms or people; and what an interval is over."""

from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

from unseen.dataset.dataset import Dataset, SplitDataset
from unseen.evaluation.metrics import Metrics
from unseen.records import GroupReason, Unit
from unseen.split.verify import Leak

# Share of the photos whose groups must be of a kind before the groups are called that.
MOST = 0.9
UNITS: dict[Unit, str] = {
    "photo": "photos", "session": "sessions", "camera": "cameras", "room": "rooms", "person": "people"
}  # fmt: skip


def group_unit(reasons: Sequence[GroupReason], photos: int) -> Unit:
    """Return what the groups of `photos` photos are of, the most that holds for nearly all of them."""
    for unit in reversed(get_args(Unit)):
        if sum(reason.photos for reason in reasons if reason.unit == unit) >= MOST * photos > 0:
            return unit  # type: ignore[no-any-return]
    return "photo"


def unit_of_groups(data: Dataset) -> Unit:
    """Return what the groups of a data set are of, see `group_unit`."""
    return group_unit(data.grouping.reasons, len(data.photos))


def held_out(unit: Unit, leaks: Sequence[Leak] = ()) -> tuple[Unit, ...]:
    """Return what a test on other groups of kind `unit` holds out, the least first; nothing where photos are in both.

    A session is one of some person in some room, so that a new session says nothing of people and rooms.
    """
    if any(leak.kind != "group" for leak in leaks):
        return ()
    if leaks or unit == "photo":
        return ("photo",)
    return ("photo", "session") if unit == "session" else ("photo", "session", unit)


def with_units(metrics: Metrics | None, data: SplitDataset) -> Metrics | None:
    """Return the metrics of a part of `data` with what was held out and what the interval is over."""
    unit = unit_of_groups(data)
    return replace(metrics, held_out=held_out(unit, data.leaks), interval_over=unit) if metrics else None


def over(unit: Unit | None) -> str:
    """Say what an interval is over: groups of this kind, or whatever photos belong together."""
    return f"over {UNITS[unit]}" if unit else "over groups of photos that belong together"
