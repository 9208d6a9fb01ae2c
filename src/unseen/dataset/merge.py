"""Merge the photos of a finished run with new ones, and hold out some of the new ones for testing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from unseen.dataset.dataset import Dataset, SplitDataset
from unseen.dataset.load import Source, decode_side_px, group_photos, open_named, read_photos, with_stated_groups
from unseen.dataset.split_dataset import leak_warning
from unseen.errors import UnseenError
from unseen.photos.natural import natural_key
from unseen.progress import Progress
from unseen.records import BoolArray, Grouping, GroupReason, Photo, PhotoSet, Rejected, Split
from unseen.split.alike import alike_links
from unseen.split.hold_out import hold_out
from unseen.split.verify import verify
from unseen.text import count

# Fewest new photos of a class: one to train on and one to test on; another to choose by where the class is new.
LEAST_OF_OLD, LEAST_OF_NEW = 2, 3


@dataclass(frozen=True, slots=True)
class MergedDataset:
    """The photos of a run and new ones, split. is_new: (N,) bool. source: where the new ones lie."""

    data: SplitDataset
    is_new: BoolArray
    source: Source | None


def merge_photos(
    past: PhotoSet,
    reasons: tuple[GroupReason, ...],
    source: Source | None,
    side_px: int,
    seed: int,
    progress: Progress,
) -> MergedDataset:
    """Read both, leave out new photos that the run has already, and split the rest.

    past: photos of the run with stated groups and parts, see `reload_photos`. reasons: why they were grouped so.
    Raises `UnseenError` where too few new photos are left to train on and to test on.
    """
    if past.rejected:
        example = past.rejected[0].path
        progress.say(f"{count(len(past.rejected), 'photo')} of the run are gone (such as {example}): left out")
    new = PhotoSet((), (), ()) if source is None else _new_photos(source, past.classes)
    more = tuple(sorted(set(new.classes) - set(past.classes), key=natural_key))
    both = PhotoSet((*past.photos, *new.photos), new.rejected, (*past.classes, *more), new.notes)
    data = read_photos(both, decode_side_px(side_px), progress)
    data = replace(data, rejected=(*past.rejected, *data.rejected), grouping=replace(data.grouping, reasons=reasons))
    old_paths = {photo.path for photo in past.photos}
    is_new = np.array([photo.path not in old_paths for photo in data.photos], np.bool_)
    split = _stated_split(data.photos)
    notes: tuple[str, ...] = ()
    if source is not None:
        copies = _copies(data, is_new)
        notes = _copies_note(data, copies)
        for note in notes:
            progress.say(note)
        chosen = np.array([i for i in np.flatnonzero(is_new).tolist() if i not in copies], np.int64)
        rejected = (*data.rejected, *(_copy_row(data, i, original) for i, original in sorted(copies.items())))
        _require_enough([data.photos[i] for i in chosen], source.photos, past.classes, len(copies))
        old, added = data.select(np.flatnonzero(~is_new)), data.select(chosen)
        added, held_out = _split_new(added, source.prefix, seed, progress)
        data = replace(old.concat(added), classes=both.classes, rejected=rejected, notes=data.notes)
        is_new = np.arange(len(data.photos)) >= len(old.photos)
        split = _stated_split(old.photos).concat(held_out)
    leaks = verify(data, split, data.grouping, data.fingerprints, data.digests)
    later = (*split.notes, *leak_warning(leaks))
    for note in later:
        progress.say(note)
    return MergedDataset(data.with_split(split, leaks, (*data.notes, *notes, *later)), is_new, source)


def _new_photos(source: Source, known: Sequence[str]) -> PhotoSet:
    """Return the new photos, their paths under the prefix of their source."""
    named = open_named(source, 1, known)
    named = with_stated_groups(named, source.groups)
    folded = {name.casefold(): name for name in known}
    for name in named.classes:
        like = folded.setdefault(name.casefold(), name)
        if like != name:
            raise UnseenError(
                f"class '{name}' in {source.photos} differs from '{like}' in nothing but case: rename the folder"
            )
    return replace(
        named,
        photos=tuple(replace(photo, path=source.prefix + photo.path) for photo in named.photos),
        rejected=tuple(replace(row, path=source.prefix + row.path) for row in named.rejected),
    )


def _stated_split(photos: Sequence[Photo]) -> Split:
    parts = tuple(photo.part or "train" for photo in photos)
    return Split(parts, tuple(photo.group or photo.path for photo in photos))


def _copies(data: Dataset, is_new: BoolArray) -> dict[int, int]:
    """Return the new photos that show what an old one shows, each with that one; they would give test answers away."""
    original: dict[int, int] = {}
    by_digest = {data.digests[i]: i for i in np.flatnonzero(~is_new).tolist()}
    for i in np.flatnonzero(is_new).tolist():
        if data.digests[i] in by_digest:
            original[i] = by_digest[data.digests[i]]
    for links in alike_links(data.fingerprints, lambda a, b: is_new[a] == is_new[b]):
        for a, b in zip(links.a[links.copy].tolist(), links.b[links.copy].tolist(), strict=True):
            new, known = (b, a) if is_new[b] else (a, b)
            original.setdefault(new, known)
    return original


def _copy_row(data: Dataset, position: int, original: int) -> Rejected:
    photo, known = data.photos[position], data.photos[original]
    other_label = "" if photo.label == known.label else f", where it is labelled '{known.label}'"
    return Rejected(photo.path, f"the run has it already{other_label}")


def _copies_note(data: Dataset, copies: dict[int, int]) -> tuple[str, ...]:
    if not copies:
        return ()
    relabelled = sum(data.photos[i].label != data.photos[original].label for i, original in copies.items())
    example = data.photos[min(copies)].path
    note = f"{count(len(copies), 'new photo')} left out, for the run has them already (such as {example})"
    return (f"{note}; {relabelled} of them under another label" if relabelled else note,)


def _require_enough(new: Sequence[Photo], source: str, known: Sequence[str], copies: int) -> None:
    """Raise where a class has too few new photos to train on one and test on another."""
    if not new:
        raise UnseenError(f"the run has all {count(copies, 'photo')} of {source} already: photograph new ones")
    for name, found in Counter(photo.label for photo in new).items():
        least = LEAST_OF_OLD if name in known else LEAST_OF_NEW
        if found < least:
            raise UnseenError(
                f"class '{name}' has {count(found, 'new photo')} in {source}, at least {least} are needed "
                "(some to train on, some to test on): add photos, or take the folder away"
            )


def _split_new(data: Dataset, prefix: str, seed: int, progress: Progress) -> tuple[Dataset, Split]:
    """Group the new photos and hold some out. Their names are read without `prefix`, their groups get it."""
    present = {photo.label for photo in data.photos}
    bare = replace(
        data,
        photos=tuple(replace(photo, path=photo.path.removeprefix(prefix)) for photo in data.photos),
        classes=tuple(name for name in data.classes if name in present),
    )
    grouping = group_photos(bare, progress).grouping
    split = hold_out(bare, grouping, seed)
    groups = tuple(prefix + group for group in split.groups)
    copies = tuple(tuple(prefix + path for path in paths) for paths in grouping.copies)
    grouped = replace(data, grouping=Grouping(groups, grouping.reasons, copies))
    return grouped, replace(split, groups=groups)
