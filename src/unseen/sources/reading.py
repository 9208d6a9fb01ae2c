"""Say how folders and tables were understood: a table of classes and parts, what is left out and why."""

from collections import Counter
from typing import Any

from unseen.records import PARTS, PhotoSet
from unseen.text import count


def reading_as_dict(photos: PhotoSet) -> dict[str, Any]:
    """Return what was understood, JSON-ready: photos of each class and part, stated groups, notes, what is left out."""
    cells: Counter[tuple[str, str]] = Counter((photo.label, photo.part or "none") for photo in photos.photos)
    return {
        "photos": len(photos.photos),
        "classes": {
            label: {part: cells[label, part] for part in (*PARTS, "none") if cells[label, part]}
            for label in photos.classes
        },
        "groups": len({photo.group for photo in photos.photos if photo.group}),
        "notes": list(photos.notes),
        "rejected": [{"path": row.path, "reason": row.reason, "label": row.label} for row in photos.rejected],
    }


def describe_reading(named: str, photos: PhotoSet) -> str:
    """Return the same as lines for the screen."""
    found = reading_as_dict(photos)
    parts = [part for part in (*PARTS, "none") if any(part in row for row in found["classes"].values())]
    heads = {"none": "to be split" if len(parts) > 1 else "photos"}
    rows = [
        ["class", *(heads.get(part, part) for part in parts)],
        *([label, *(f"{row.get(part, 0):,}" for part in parts)] for label, row in found["classes"].items()),
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    ]
    reasons = Counter(row.reason for row in photos.rejected).most_common()
    return "\n".join(
        [
            f"{named}: {count(found['photos'], 'photo')} of {count(len(photos.classes), 'class', 'classes')}"
            + (f", {count(found['groups'], 'stated group')}" if found["groups"] else ""),
            *(f"  {line.rstrip()}" for line in lines),
            *(f"note: {note}" for note in photos.notes),
            *(f"not used: {number:,} {reason}" for reason, number in reasons),
        ]
    )
