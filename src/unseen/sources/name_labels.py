"""Read labels from file names such as `A_001.jpg`, by a pattern; suggest one where it is plain to see."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from unseen.errors import UnseenError
from unseen.photos.class_names import photo_set, tidy
from unseen.photos.part_names import divides, first_part
from unseen.photos.scan import Found
from unseen.records import Photo, PhotoSet, Rejected
from unseen.text import count

# What file names look like, in words and as the pattern that reads them.
_USUAL = (
    ("LABEL_NUMBER", r"^(?P<label>[^\W\d_]+)[ _.-]*\(?[0-9]+\)?\."),
    ("LABEL.ID", r"^(?P<label>[^\W\d_][^.]*)\.(?=[^.]*[0-9])[^.]+\."),  # Edge Impulse: rock.4c1f0a2k.ingestion-7f.jpg
    ("PREFIX_LABEL_NUMBER", r"[ _.-](?P<label>[^\W_]+)[ _.-]+[0-9]+\."),
    ("NUMBER_LABEL", r"^[0-9]+[ _.-]+(?P<label>(?![0-9]+\.)[^\W_]+)\."),
    ("NAME_LABEL", r"[ _-](?P<label>(?![0-9]+\.)[^\W_]{1,12})\.[^.]+$"),
    ("LABEL_NUMBER", r"^(?P<label>[^\W_]+)[ _-]+[0-9]+\."),
)
_MATCHED = 0.9  # share of the names that a pattern must read
_LEAST_EACH = 3  # photos a label on average: below it the label counts photos
_MOST_LABELS = 100


def label_by_name(found: Sequence[Found], pattern: str) -> PhotoSet:
    """Return the photos with what the group `label` of `pattern` matches in their file names; `group` where it has one.

    Folders called train, validation and test are parts. A file that cannot be used, or whose name does not match, is
    rejected. Raises `UnseenError` where the pattern is no regular expression, has no such group, or matches nothing.
    """
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise UnseenError(f"--labels-from '{pattern}' is no regular expression ({error}): {_EXAMPLE}") from None
    if "label" not in expression.groupindex:
        raise UnseenError(f"--labels-from '{pattern}' has no group named label: {_EXAMPLE}")
    states_groups = "group" in expression.groupindex
    parts = [first_part(item.parts) for item in found]
    photos, rejected = [], []
    for item, part in zip(found, parts, strict=True):
        match = expression.search(item.file.name)
        label = tidy(match["label"] or "") if match else ""
        if not match or not label:
            rejected.append(Rejected(item.path, "name does not match --labels-from"))
        elif item.reason:
            rejected.append(Rejected(item.path, item.reason, label))
        else:
            group = tidy(match["group"] or "") if states_groups else ""
            photos.append(Photo(item.path, item.file, label, group or None, part))
    if not photos and found:
        raise UnseenError(f"--labels-from '{pattern}' matches none of {len(found)} names, such as {found[0].file.name}")
    if not divides(stated := [photo.part for photo in photos]) or None in stated:
        photos = [replace(photo, part=None) for photo in photos]
    return photo_set(photos, rejected, [f"labels of {count(len(photos), 'photo')} read from file names"])


_EXAMPLE = "for A_001.jpg write '^(?P<label>[A-Z]+)_'"


def suggest_pattern(names: Sequence[str]) -> tuple[str, str] | None:
    """Return what `names` look like and the pattern that reads their labels; `None` where that is not plain to see."""
    for looks, pattern in _USUAL:
        matches = [match["label"] for name in names if (match := re.search(pattern, name))]
        labels = Counter(matches)
        if len(matches) >= _MATCHED * len(names) and 2 <= len(labels) <= min(_MOST_LABELS, len(names) / _LEAST_EACH):
            return looks, pattern
    return None
