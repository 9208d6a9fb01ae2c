"""A finished run's photos and new ones in; one split set of both, some new photos kept back for a test, out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from unseen.dataset.load import Gathered, decode_side_px, rejected_note, with_stated_groups
from unseen.dataset.split_dataset import Prepared
from unseen.errors import UnseenError
from unseen.photos.header import read_headers
from unseen.photos.natural import natural_key
from unseen.photos.pixel_cache import PixelCache
from unseen.photos.sources import open_photos
from unseen.pipelines.reload import past_photos
from unseen.pipelines.trained_run import Source, Trained
from unseen.progress import Progress
from unseen.records import BoolArray, Grouping, GroupReason, PhotoSet, Rejected, Split
from unseen.runs import RunFolder
from unseen.split.alike import alike_links
from unseen.split.fingerprint import Fingerprints, fingerprint
from unseen.split.groups import find_groups
from unseen.split.hold_out import keep_back
from unseen.split.split_table import write_split
from unseen.split.verify import describe, verify
from unseen.text import count

LEAST_OF_OLD, LEAST_OF_NEW = 2, 3  # photos of a class that the run knows (one to learn, one to test), and of another


@dataclass(frozen=True, slots=True)
class Joined:
    """The photos of a run and new ones, split. fresh: (N,) bool, which are new; source: where they lie."""

    data: Prepared
    fresh: BoolArray
    source: Source | None


def join(trained: Trained, asked: Source | None, run: RunFolder, progress: Progress) -> Joined:
    """Read both, leave out new photos that the run has already, split the rest; write the split of `run`.

    Raises `UnseenError` where the run's photos are gone, or too few new ones are left to learn from and to test on.
    """
    past, gone = past_photos(trained)
    if gone:
        progress.say(f"{count(len(gone), 'photo')} of {trained.run.root} are gone (such as {gone[0].path}): left out")
    new = PhotoSet((), (), ()) if asked is None else _arrivals(asked, trained.facts.classes)
    progress_notes = [*new.notes, *rejected_note(new.rejected)]
    gathered, copies = _gather(past, new, trained.recipe.read_px, progress)
    progress_notes += [_copies_note(copies)] if copies else []
    rejected = (*gone, *gathered.rejected, *copies)
    old_paths = {photo.path for photo in past.photos}
    fresh = np.array([photo.path not in old_paths for photo in gathered.photos.photos], np.bool_)
    if asked is not None:
        _require_enough(gathered.photos, fresh, asked.photos, trained.facts.classes, len(copies))
    kept, reasons = _split_new(gathered, fresh, asked, trained.recipe.config.seed, progress)
    grouping = Grouping(kept.groups, (*_past_reasons(trained), *reasons))
    gathered = replace(gathered, grouping=grouping, rejected=rejected)
    leaks = verify(gathered.photos, kept, grouping, gathered.prints, gathered.digests)
    said = [f"warning: {describe(leaks)}: the test number will be too high"] if leaks else []
    notes = (*progress_notes, *kept.notes, *said)
    for note in notes:
        progress.say(note)
    write_split(run.split, gathered.photos, kept)
    return Joined(Prepared(gathered, kept, notes, leaks), fresh, asked)


def _arrivals(asked: Source, known: Sequence[str]) -> PhotoSet:
    """Return the new photos under the prefix of their source; classes that are new come after those that are known."""
    named = open_photos(Path(asked.photos), layout=asked.layout, least_classes=1)
    named = with_stated_groups(named, asked.groups)
    folded = {name.casefold(): name for name in known}
    for name in named.classes:
        like = folded.setdefault(name.casefold(), name)
        if like != name:
            raise UnseenError(
                f"class '{name}' in {asked.photos} differs from '{like}' in nothing but case: rename the folder"
            )
    return replace(
        named,
        photos=tuple(replace(photo, path=asked.prefix + photo.path) for photo in named.photos),
        rejected=tuple(replace(row, path=asked.prefix + row.path) for row in named.rejected),
    )


def _gather(past: PhotoSet, new: PhotoSet, side_px: int, progress: Progress) -> tuple[Gathered, tuple[Rejected, ...]]:
    """Decode and fingerprint both sets; return what is usable, and the new photos that are copies of old ones."""
    more = tuple(sorted(set(new.classes) - set(past.classes), key=natural_key))
    classes = (*past.classes, *more)
    both = PhotoSet((*past.photos, *new.photos), (), classes)
    side_px = decode_side_px(side_px)
    loaded = PixelCache().load(both.photos, side_px, progress)
    photos, rejected = both.keep(loaded.positions.tolist()), loaded.rejected
    old = loaded.positions < len(past.photos)
    prints = fingerprint(loaded.pixels, progress)
    copies = {} if not new.photos else _copies(photos, old, prints, loaded.digests)
    if copies:
        kept = [i for i in range(len(photos.photos)) if i not in copies]
        photos, prints = photos.keep(kept), _take(prints, kept)
        # decoded a moment ago: this is a look-up
        loaded = PixelCache().load(photos.photos, side_px, progress)
    headers = read_headers([photo.file for photo in photos.photos], progress)
    nothing = Grouping((), ())
    gathered = Gathered(photos, loaded.pixels, prints, headers, loaded.digests, nothing, (*new.rejected, *rejected))
    return gathered, tuple(copies.values())


def _copies(photos: PhotoSet, old: BoolArray, prints: Fingerprints, digests: Sequence[str]) -> dict[int, Rejected]:
    """Return the new photos that show what an old one shows, by position; on both sides of a test they would tell."""
    first: dict[int, int] = {}
    by_digest = {digests[i]: i for i in np.flatnonzero(old).tolist()}
    for i in np.flatnonzero(~old).tolist():
        if digests[i] in by_digest:
            first[i] = by_digest[digests[i]]
    for links in alike_links(prints, lambda a, b: old[a] == old[b]):
        for a, b in zip(links.a[links.copy].tolist(), links.b[links.copy].tolist(), strict=True):
            new, known = (a, b) if old[b] else (b, a)
            first.setdefault(new, known)
    found = {}
    for i, known in sorted(first.items()):
        ours, theirs = photos.photos[i], photos.photos[known]
        labelled = "" if ours.label == theirs.label else f", where it is labelled '{theirs.label}'"
        found[i] = Rejected(ours.path, f"the run has it already{labelled}")
    return found


def _take(prints: Fingerprints, kept: list[int]) -> Fingerprints:
    return Fingerprints(prints.phash[kept], prints.dhash[kept], prints.levels[kept], prints.contrast[kept])


def _copies_note(copies: Sequence[Rejected]) -> str:
    others = sum("labelled" in row.reason for row in copies)
    said = f"{count(len(copies), 'new photo')} left out, for the run has them already (such as {copies[0].path})"
    return f"{said}; {others} of them under another label" if others else said


def _require_enough(photos: PhotoSet, fresh: BoolArray, source: str, known: Sequence[str], copies: int) -> None:
    """Raise where a class has too few new photos to learn from one and test on another."""
    if not fresh.any():
        raise UnseenError(f"the run has all {count(copies, 'photo')} of {source} already: photograph new ones")
    new = Counter(photo.label for photo, is_new in zip(photos.photos, fresh.tolist(), strict=True) if is_new)
    for name, found in new.items():
        least = LEAST_OF_OLD if name in known else LEAST_OF_NEW
        if found < least:
            raise UnseenError(
                f"class '{name}' has {count(found, 'new photo')} in {source}, {least} are the least "
                "(some learn, some test): add photos, or take the folder away"
            )


def _split_new(
    gathered: Gathered, fresh: BoolArray, asked: Source | None, seed: int, progress: Progress
) -> tuple[Split, tuple[GroupReason, ...]]:
    """Keep the part and group of old photos; group and split the new ones. Groups of new photos get their prefix."""
    photos = gathered.photos.photos
    parts = [photo.part or "train" for photo in photos]
    groups = [photo.group or photo.path for photo in photos]
    if asked is None:
        return Split(tuple(parts), tuple(groups)), ()
    where = np.flatnonzero(fresh).tolist()
    own = [replace(photos[i], path=photos[i].path.removeprefix(asked.prefix)) for i in where]
    classes = tuple(name for name in gathered.photos.classes if any(photo.label == name for photo in own))
    new = PhotoSet(tuple(own), (), classes)
    grouping = find_groups(
        new,
        [gathered.pixels[i] for i in where],
        [gathered.digests[i] for i in where],
        progress,
        prints=_take(gathered.prints, where),
        taken=gathered.headers.taken[where],
        cameras=[gathered.headers.cameras[i] for i in where],
    )
    for reason in grouping.reasons:
        progress.say(f"new photos: {reason.text}")
    split = keep_back(new, grouping, seed)
    for i, part, group in zip(where, split.parts, split.groups, strict=True):
        parts[i], groups[i] = part, asked.prefix + group
    return Split(tuple(parts), tuple(groups), split.notes), grouping.reasons


def _past_reasons(trained: Trained) -> tuple[GroupReason, ...]:
    return tuple(GroupReason(**row) for row in trained.saved.get("grouping", []))
