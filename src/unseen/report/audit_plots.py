"""Place the bars and cells that the page draws in CSS, in percent."""

from collections.abc import Mapping, Sequence
from typing import Any

from unseen.records import Interval
from unseen.report.svg import short

# More would scroll for screens; the fewest and the most are what balance is about.
MAX_CLASSES = 60
MAX_GROUPS = 24
_NAME_CH = 20
_LEAST_SHARE = 0.25  # of all photos
# Share of the accent in the fullest cell: the number on it keeps 4.5:1 against it, light and dark.
_FULLEST = 50


def class_bars(classes: Mapping[str, int]) -> dict[str, Any]:
    """Return rows (name, photos, width) of at most `MAX_CLASSES`: all in their order, or the fewest and the most.

    width: in percent of the largest class. more: how many classes are left out. name_ch: room for names, in letters.
    """
    rows = list(classes.items())
    if len(rows) > MAX_CLASSES:
        ascending = sorted(rows, key=lambda row: row[1])
        rows = [*ascending[: MAX_CLASSES // 2], *ascending[-MAX_CLASSES // 2 :]]
    most = max((number for _, number in rows), default=0) or 1
    return {
        "rows": [(name, number, 100 * number / most) for name, number in rows],
        "more": len(classes) - len(rows),
        "many": len(rows) > 12,
        "name_ch": min(_NAME_CH, max((len(name) for name, _ in rows), default=0) + 1),
    }


def heat(
    table: tuple[Sequence[str], Sequence[str], Sequence[Sequence[int]]] | None, groups: int, photos: int
) -> dict[str, Any] | None:
    """Return a class by group table: heads (name, short name), rows (class, short name, cells (photos, shade)).

    table: classes, groups, counts [class][group]. groups, photos: how many there are in all. shade: percent of the
    accent. `None` where there is nothing to show, or so little of all photos (bursts of three) that it says nothing.
    """
    if table is None or not table[0] or not table[1]:
        return None
    classes, names, counts = table
    shown = names[:MAX_GROUPS]
    kept = [list(row[:MAX_GROUPS]) for row in counts[:MAX_CLASSES]]
    if sum(map(sum, counts)) < _LEAST_SHARE * photos:
        return None
    most = max((number for row in kept for number in row), default=0) or 1
    return {
        "heads": [(name, short(name, 16)) for name in shown],
        "rows": [
            (name, short(name, 16), [(number, _FULLEST * (0.15 + 0.85 * number / most)) for number in row])
            for name, row in zip(classes, kept, strict=False)
        ],
        "more_groups": max(0, max(groups, len(names)) - len(shown)),
        "more_classes": max(0, len(classes) - len(kept)),
    }


def interval_bar(accuracy: Interval) -> dict[str, float | None]:
    """Return where an accuracy and its interval lie, in percent of the line from none to all right."""
    value, low, high = accuracy.value, accuracy.low, accuracy.high
    at = None if value is None else 100 * value
    left, width = (100 * low, 100 * (high - low)) if low is not None and high is not None else (None, None)
    return {"at": at, "left": left, "width": width}
