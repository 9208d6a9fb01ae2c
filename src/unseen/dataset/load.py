"""From what the user named to photos that are decoded, compared and grouped: what training and the audit share."""

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from unseen.errors import UnseenError
from unseen.photos.class_names import select_classes
from unseen.photos.header import Headers, read_headers
from unseen.photos.pixel_cache import PixelCache
from unseen.photos.sources import open_photos
from unseen.progress import Progress
from unseen.records import Grouping, Int64Array, PhotoSet, Rejected
from unseen.split.fingerprint import Fingerprints, fingerprint
from unseen.split.groups import find_groups
from unseen.split.split_table import read_table, state_groups, state_groups_by_pattern
from unseen.store.pixels import PixelStore


class Selection(Protocol):
    """The settings that say which photos are meant; `TrainConfig` and `AuditConfig` have them."""

    @property
    def photos(self) -> str: ...  # noqa: D102
    @property
    def layout(self) -> str: ...  # noqa: D102
    @property
    def classes(self) -> str: ...  # noqa: D102
    @property
    def groups(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Gathered:
    """Usable photos, aligned: the set, its pixels, what they look like, their groups; and what could not be used.

    headers: what the files say of themselves. digests: SHA-256 of each file. `photos.notes` are sentences for the
    screen and the report.
    """

    photos: PhotoSet
    pixels: PixelStore
    prints: Fingerprints
    headers: Headers
    digests: tuple[str, ...]
    grouping: Grouping
    rejected: tuple[Rejected, ...]

    @property
    def labels(self) -> Int64Array:
        """Class indices, (N,) int64."""
        return self.photos.labels

    @property
    def fingerprint(self) -> str:
        """Hash of every file's content and label."""
        content = "\n".join(sorted(f"{d} {p.label}" for d, p in zip(self.digests, self.photos.photos, strict=True)))
        return hashlib.sha256(content.encode()).hexdigest()


def decode_side_px(side_px: int) -> int:
    """Return the short side photos are decoded and cached at: a fifth over the training side, in steps of 32.

    The margin is what zooming and rotating take their detail from; more would only slow the reading.
    """
    return -(-round(side_px * 1.2) // 32) * 32


def gather(asked: Selection, side_px: int, progress: Progress, *, least_classes: int = 2) -> Gathered:
    """Open, decode, compare and group the photos of `asked`, telling `progress` what was understood.

    side_px: side of the square that a network will see. Raises `UnseenError` where there are fewer than
    `least_classes` classes or no usable photos.
    """
    named = named_photos(asked, least_classes)
    named = with_stated_groups(named, asked.groups)
    loaded = PixelCache().load(named.photos, decode_side_px(side_px), progress)
    photos = named.keep([int(i) for i in loaded.positions])
    rejected = (*named.rejected, *loaded.rejected)
    for note in (*photos.notes, *rejected_note(rejected)):
        progress.say(note)
    if not photos.photos:
        raise UnseenError(f"none of {len(rejected)} files in {asked.photos} can be used: {_reasons(rejected)}")
    prints = fingerprint(loaded.pixels, progress)
    headers = read_headers([photo.file for photo in photos.photos], progress)
    grouping = find_groups(
        photos, loaded.pixels, loaded.digests, progress, prints=prints, taken=headers.taken, cameras=headers.cameras
    )
    for reason in grouping.reasons:
        progress.say(reason.text)
    return Gathered(photos, loaded.pixels, prints, headers, loaded.digests, grouping, rejected)


def named_photos(asked: Selection, least_classes: int = 2) -> PhotoSet:
    """Return the photos of the classes that are meant, not yet opened."""
    named = open_photos(Path(asked.photos), layout=asked.layout, least_classes=least_classes)
    if not asked.classes:
        return named
    return select_classes(named, [name.strip() for name in asked.classes.split(",") if name.strip()])


def without_parts(photos: PhotoSet) -> PhotoSet:
    """Return the set as if no part had been stated."""
    return replace(photos, photos=tuple(replace(photo, part=None) for photo in photos.photos))


def with_stated_groups(photos: PhotoSet, groups: str) -> PhotoSet:
    """Apply `--groups`: a CSV file of `path,group`, or a regular expression on the path."""
    if not groups:
        return photos
    if Path(groups).is_file():
        return state_groups(photos, read_table(Path(groups), ["path", "group"]))
    if groups.lower().endswith(".csv"):
        raise UnseenError(
            f"no file {groups}: --groups takes a CSV of path,group, or a pattern such as '(person[0-9]+)'"
        )
    return state_groups_by_pattern(photos, groups)


def rejected_note(rejected: tuple[Rejected, ...]) -> list[str]:
    """Return the sentence that counts what could not be used, if there is anything."""
    if not rejected:
        return []
    return [f"{len(rejected)} files cannot be used: {_reasons(rejected)} (all are listed in the report)"]


def _reasons(rejected: tuple[Rejected, ...]) -> str:
    counts = Counter(row.reason for row in rejected).most_common(4)
    return ", ".join(f"{count} {reason}" for reason, count in counts)
