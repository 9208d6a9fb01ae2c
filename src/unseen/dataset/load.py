"""Load the photos that the user named: decode, fingerprint and group them. Every pipeline reads photos here."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from unseen.config import Layout
from unseen.dataset.dataset import Dataset
from unseen.errors import UnseenError
from unseen.photos.class_names import select_classes, without
from unseen.photos.natural import natural_key
from unseen.photos.pixel_cache import PixelCache
from unseen.progress import Progress
from unseen.records import Grouping, PhotoSet, Rejected, common_reasons
from unseen.sources.open_photos import open_photos
from unseen.split.fingerprint import fingerprint
from unseen.split.groups import find_groups
from unseen.split.split_table import read_table, state_groups, state_groups_by_pattern
from unseen.text import count


class Selection(Protocol):
    """The settings that say which photos are meant; `TrainConfig`, `AuditConfig` and `Source` have them."""

    @property
    def photos(self) -> str: ...  # noqa: D102
    @property
    def layout(self) -> Layout: ...  # noqa: D102
    @property
    def labels_from(self) -> str | None: ...  # noqa: D102
    @property
    def classes(self) -> tuple[str, ...] | None: ...  # noqa: D102
    @property
    def groups(self) -> str | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Source:
    """Photos that a run was made from, a `Selection`. prefix: what their paths begin with in the run."""

    photos: str
    layout: Layout = "auto"
    classes: tuple[str, ...] | None = None
    groups: str | None = None
    prefix: str = ""
    labels_from: str | None = None


def decode_side_px(side_px: int) -> int:
    """Return the short side photos are decoded and cached at: a fifth over the training side, in steps of 32.

    The margin is what zooming and rotating take their detail from; more would only slow the reading.
    """
    return -(-round(side_px * 1.2) // 32) * 32


def load_dataset(selection: Selection, side_px: int, progress: Progress, *, least_classes: int = 2) -> Dataset:
    """Open, decode, compare and group the photos of `selection`; tell `progress` what was understood.

    side_px: side of the square that a network is given. Raises `UnseenError` where there are fewer than
    `least_classes` classes or no usable photos.
    """
    named = with_stated_groups(named_photos(selection, least_classes), selection.groups)
    data = read_photos(named, decode_side_px(side_px), progress)
    _require_no_lost_class(data)  # again: some only show when they are opened that they cannot be used
    return group_photos(data, progress)


def named_photos(selection: Selection, least_classes: int = 2) -> PhotoSet:
    """Return the photos of the classes that are meant, not yet opened.

    Raises `UnseenError` where a class folder holds files, and none that could be a usable photo.
    """
    known = selection.classes or ()
    named = open_named(selection, least_classes, known)
    chosen = select_classes(named, known) if known else named
    _require_no_lost_class(chosen)
    return chosen


def open_named(selection: "Selection", least_classes: int, known: Collection[str]) -> PhotoSet:
    """Return the photos of all classes, read as the settings of `selection` say."""
    return open_photos(
        Path(selection.photos),
        layout=selection.layout,
        labels_from=selection.labels_from,
        least_classes=least_classes,
        known=known,
    )


def _require_no_lost_class(photos: PhotoSet) -> None:
    usable = {photo.label for photo in photos.photos}
    lost = sorted({row.label for row in photos.rejected if row.label} - usable, key=natural_key)
    if lost:
        rows = [row for row in photos.rejected if row.label == lost[0]]
        kept = [name for name in photos.classes if name in usable]
        raise UnseenError(
            f"class {lost[0]!r} has {count(len(rows), 'file')} and no usable photo: {common_reasons(rows)}: mend the "
            f"files{without(kept)}"
        )


def with_stated_groups(photos: PhotoSet, groups: str | None) -> PhotoSet:
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


def read_photos(named: PhotoSet, decode_px: int, progress: Progress) -> Dataset:
    """Decode `named` to a short side of `decode_px` and measure what grouping needs; each photo is its own group.

    Photos that cannot be used become rejected rows. Raises `UnseenError` where none can.
    """
    loaded = PixelCache().load(named.photos, decode_px, progress)
    photos = named.select(loaded.positions)
    labels = {photo.path: photo.label for photo in named.photos}
    rejected = (*named.rejected, *(replace(row, label=labels[row.path]) for row in loaded.rejected))
    for note in (*photos.notes, *_rejected_note(rejected)):
        progress.say(note)
    if not photos.photos:
        raise UnseenError(
            f"none of {len(rejected)} files can be used: {common_reasons(rejected, None)}: check the folder"
        )
    return Dataset(
        photos.photos,
        rejected,
        photos.classes,
        photos.notes,
        images=loaded.pixels,
        fingerprints=fingerprint(loaded.pixels, progress),
        headers=loaded.headers,
        digests=loaded.digests,
        grouping=Grouping(tuple(photo.group or photo.path for photo in photos.photos), ()),
    )


def group_photos(data: Dataset, progress: Progress) -> Dataset:
    """Return `data` with the groups that must not cross a split, and say why they are groups."""
    grouping = find_groups(
        data,
        data.images,
        data.digests,
        progress,
        prints=data.fingerprints,
        taken=data.headers.taken,
        cameras=data.headers.cameras,
    )
    for reason in grouping.reasons:
        progress.say(reason.text)
    return replace(data, grouping=grouping)


def without_parts(photos: PhotoSet) -> PhotoSet:
    """Return the set as if no part had been stated."""
    return replace(photos, photos=tuple(replace(photo, part=None) for photo in photos.photos))


def _rejected_note(rejected: Sequence[Rejected]) -> list[str]:
    """Return the sentence that counts what could not be used, if there is anything."""
    if not rejected:
        return []
    return [f"{count(len(rejected), 'file')} cannot be used: {common_reasons(rejected, None)}"]
