"""Write splits and groups as tables that a person can edit, and read them back."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

from unseen.errors import UnseenError
from unseen.records import PARTS, Part, PhotoSet, Split
from unseen.runs import write_rows
from unseen.sources.csv_table import open_table
from unseen.text import count

HEADER = ("path", "label", "group", "part")
Row = Mapping[str, str]


def write_split(path: Path, photo_set: PhotoSet, split: Split) -> None:
    """Write `path,label,group,part`, one row a photo in the order of the set."""
    rows = zip(photo_set.photos, split.groups, split.parts, strict=True)
    write_rows(path, HEADER, ((photo.path, photo.label, group, part) for photo, group, part in rows))


def read_table(path: Path, needed: Sequence[str]) -> list[dict[str, str]]:
    """Read a CSV table, one dict a row; raise `UnseenError` where a column of `needed` or every row is absent."""
    with open_table(path) as (header, lines):
        absent = [column for column in needed if column not in header]
        if absent:
            raise UnseenError(f"{path} has no column '{absent[0]}': its header must name {','.join(needed)}")
        rows = [dict(zip(header, cells, strict=False)) for _, cells in lines]
    if not rows:
        raise UnseenError(f"{path} has a header but no rows: it needs one row a photo")
    return rows


def apply_table(photo_set: PhotoSet, rows: Sequence[Row]) -> Split:
    """Return the split that `rows` (path, part; label and group where given) state for `photo_set`.

    Raises `UnseenError` for a path that is unknown, twice there or missing, an unknown part, or another label.
    """
    index = {photo.path: i for i, photo in enumerate(photo_set.photos)}
    rejected = {photo.path for photo in photo_set.rejected}
    parts: list[Part | None] = [None] * len(index)
    groups = [photo.group or photo.path for photo in photo_set.photos]
    for number, row in enumerate(rows, start=2):  # row 1 of the file is the header
        path = row.get("path") or ""
        if path in rejected:
            continue  # it was a photo when the table was written
        if path not in index:
            raise UnseenError(f"row {number} of the split: '{path}' is no photo of this set: remove the row or mend it")
        i = index[path]
        if parts[i] is not None:
            raise UnseenError(f"row {number} of the split: '{path}' has a row already: remove one of them")
        parts[i] = _part(row, number)
        label = photo_set.photos[i].label
        if row.get("label") and row["label"] != label:
            raise UnseenError(
                f"row {number} of the split labels '{path}' '{row['label']}', the photos say '{label}':"
                " labels are not changed here, move the photo"
            )
        groups[i] = row.get("group") or groups[i]
    given = tuple(part for part in parts if part is not None)
    if len(given) < len(parts):
        example = photo_set.photos[parts.index(None)].path
        missing = count(len(parts) - len(given), "photo")
        raise UnseenError(f"{missing} without a row in the split (such as {example}): add rows, or split anew")
    return Split(given, tuple(groups))


def _part(row: Row, number: int) -> Part:
    for part in PARTS:
        if (row.get("part") or "").strip().lower() == part:
            return part
    raise UnseenError(f"row {number} of the split: '{row.get('part')}' is not a part: use {', '.join(PARTS)}")


def state_groups(photo_set: PhotoSet, rows: Sequence[Row]) -> PhotoSet:
    """Return the set with groups stated by `rows` (path, group); a path may be a pattern such as `*/anna_*`.

    A later row overrules an earlier one; photos that no row names keep what they had.
    """
    index = {photo.path: i for i, photo in enumerate(photo_set.photos)}
    photos = list(photo_set.photos)
    for number, row in enumerate(rows, start=2):
        path, group = (row.get("path") or "").strip(), (row.get("group") or "").strip()
        if not group:
            raise UnseenError(f"row {number} of the groups: '{path}' has no group: fill the cell or remove the row")
        if path in index:
            matched = [index[path]]
        elif any(character in path for character in "*?["):
            matched = [i for i, photo in enumerate(photos) if fnmatchcase(photo.path, path)]
        else:
            matched = []
        if not matched:
            raise UnseenError(f"row {number} of the groups: no photo is named '{path}': mend or remove the row")
        for i in matched:
            photos[i] = replace(photos[i], group=group)
    return replace(photo_set, photos=tuple(photos))


def state_groups_by_pattern(photo_set: PhotoSet, pattern: str) -> PhotoSet:
    r"""Return the set with each photo's group taken from its path by a regular expression, such as `(person\d+)`.

    The group is what the first parenthesis matches, or the whole match where there is none.
    """
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise UnseenError(f"'{pattern}' is no regular expression ({error}): try one such as '(person[0-9]+)'") from None
    photos = list(photo_set.photos)
    found = 0
    for i, photo in enumerate(photos):
        if match := expression.search(photo.path):
            group = match.group(1) if expression.groups else match.group()
            if group:
                photos[i] = replace(photo, group=group)
                found += 1
    if not found:
        example = photos[0].path if photos else "an empty set"
        raise UnseenError(f"'{pattern}' matches no path (such as {example}): mend the pattern of --groups")
    return replace(photo_set, photos=tuple(photos))
