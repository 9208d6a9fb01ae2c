"""From what the user named to photos that are decoded, grouped and split, with the proof that nothing leaks."""

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from unseen.config import TrainConfig
from unseen.errors import UnseenError
from unseen.photos.cache import PixelCache
from unseen.photos.labels import check_classes, select_classes
from unseen.photos.pixels import PixelStore
from unseen.photos.sources import open_photos
from unseen.progress import Progress
from unseen.records import PARTS, Grouping, Int64Array, Part, PhotoSet, Rejected, Split
from unseen.runs import RunFolder
from unseen.split.fingerprint import Fingerprints, fingerprint
from unseen.split.groups import find_groups
from unseen.split.plan import plan_split, random_split
from unseen.split.reasons import counted
from unseen.split.table import apply_table, read_table, state_groups, state_groups_by_pattern, write_split
from unseen.split.verify import describe, require_clean, verify


@dataclass(frozen=True, slots=True)
class Prepared:
    """Usable photos, aligned: the set, its pixels, its groups and its split; and what could not be used.

    fingerprint: hash of every file's content and label; a run resumes only on the same one.
    notes: sentences for the screen and the report.
    leaks: a split that was stated puts photos of one group, or the same photo, into two parts.
    """

    photos: PhotoSet
    pixels: PixelStore
    grouping: Grouping
    split: Split
    rejected: tuple[Rejected, ...]
    fingerprint: str
    notes: tuple[str, ...]
    leaks: bool = False

    @property
    def labels(self) -> Int64Array:
        """Class indices, (N,) int64."""
        return self.photos.labels


def fractions_of(config: TrainConfig) -> dict[Part, float]:
    """Return the shares of the parts, summing to 1."""
    total = sum(config.fractions)
    return {part: share / total for part, share in zip(PARTS, config.fractions, strict=True)}


def decode_side_px(side_px: int) -> int:
    """Return the short side photos are decoded and cached at: a fifth over the training side, in steps of 32.

    The margin is what zooming and rotating take their detail from; more would only slow the reading.
    """
    return -(-round(side_px * 1.2) // 32) * 32


def prepare(config: TrainConfig, side_px: int, run: RunFolder, progress: Progress) -> Prepared:
    """Open, decode, group and split the photos of `config`; write `split.csv`.

    Where the run folder holds a `split.csv` already (a resumed run), that split is kept.
    """
    named = open_photos(Path(config.photos), layout=config.layout)
    if config.classes:
        named = select_classes(named, [name.strip() for name in config.classes.split(",") if name.strip()])
    named = _with_groups(named, config.groups)
    loaded = PixelCache().load(named.photos, decode_side_px(side_px), progress)
    photos = named.keep([int(i) for i in loaded.positions])
    rejected = (*named.rejected, *loaded.rejected)
    check_classes(photos)
    for note in (*photos.notes, *_rejected_note(rejected)):
        progress.say(note)

    prints = fingerprint(loaded.pixels, progress)
    grouping = find_groups(photos, loaded.pixels, loaded.digests, progress, prints=prints)
    for reason in grouping.reasons:
        progress.say(reason.text)
    split, leaks = _split(config, run, photos, grouping, prints, loaded.digests)
    for note in (*split.notes, *leaks, _counts(split)):
        progress.say(note)
    write_split(run.split, photos, split)
    content = "\n".join(sorted(f"{d} {p.label}" for d, p in zip(loaded.digests, photos.photos, strict=True)))
    return Prepared(
        replace(photos, notes=()),
        loaded.pixels,
        grouping,
        split,
        rejected,
        hashlib.sha256(content.encode()).hexdigest(),
        (*photos.notes, *split.notes, *leaks),
        bool(leaks),
    )


def _with_groups(photos: PhotoSet, groups: str) -> PhotoSet:
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


def _split(
    config: TrainConfig,
    run: RunFolder,
    photos: PhotoSet,
    grouping: Grouping,
    prints: Fingerprints,
    digests: tuple[str, ...],
) -> tuple[Split, tuple[str, ...]]:
    """Make or read the split, prove it, and return it with a sentence about what leaks in a stated one."""
    ours = False
    if run.split.exists():
        split = apply_table(photos, read_table(run.split, ["path", "part"]))
    elif config.split == "random":
        split = random_split(photos, fractions_of(config), config.seed)
    elif config.split == "auto":
        split = plan_split(photos, grouping, fractions_of(config), config.seed)
        ours = all(photo.part is None for photo in photos.photos)
    else:
        split = apply_table(photos, read_table(Path(config.split), ["path", "part"]))
    leaks = verify(photos, split, grouping, prints, digests)
    if ours:
        require_clean(leaks)
    said = f"warning: {describe(leaks)}: the test number will be too high" if leaks else ""
    return split, (said,) if said else ()


def _rejected_note(rejected: tuple[Rejected, ...]) -> list[str]:
    if not rejected:
        return []
    counts = Counter(row.reason for row in rejected).most_common(4)
    reasons = ", ".join(f"{count} {reason}" for reason, count in counts)
    return [f"{len(rejected)} files cannot be used: {reasons} (all are listed in the report)"]


def _counts(split: Split) -> str:
    """Say how many photos and groups each part has."""
    said = []
    for part in PARTS:
        positions = split.positions(part)
        groups = len({split.groups[int(i)] for i in positions})
        said.append(f"{part} {counted(len(positions), 'photo')} in {counted(groups, 'group')}")
    return "; ".join(said)
