"""From the settings of a run to photos that are gathered and split, with the proof that nothing leaks."""

from dataclasses import dataclass, replace
from pathlib import Path

from unseen.config import TrainConfig
from unseen.dataset.load import Gathered, gather
from unseen.photos.class_names import check_classes
from unseen.progress import Progress
from unseen.records import PARTS, Grouping, Int64Array, Part, PhotoSet, Rejected, Split
from unseen.runs import RunFolder
from unseen.split.plan import plan_split, random_split
from unseen.split.split_table import apply_table, read_table, write_split
from unseen.split.verify import Leak, describe, require_clean, verify
from unseen.store.pixels import PixelStore
from unseen.text import count


@dataclass(frozen=True, slots=True)
class Prepared:
    """Gathered photos and their split.

    notes: sentences for the screen and the report. leaks: where a split that was stated puts photos of one group, or
    the same photo, into two parts.
    """

    gathered: Gathered
    split: Split
    notes: tuple[str, ...]
    leaks: tuple[Leak, ...] = ()

    @property
    def photos(self) -> PhotoSet:
        """The usable photos."""
        return self.gathered.photos

    @property
    def pixels(self) -> PixelStore:
        """Their pixels, aligned."""
        return self.gathered.pixels

    @property
    def grouping(self) -> Grouping:
        """Their groups, aligned."""
        return self.gathered.grouping

    @property
    def rejected(self) -> tuple[Rejected, ...]:
        """What could not be used."""
        return self.gathered.rejected

    @property
    def fingerprint(self) -> str:
        """Hash of every file's content and label; a run resumes only on the same one."""
        return self.gathered.fingerprint

    @property
    def labels(self) -> Int64Array:
        """Class indices, (N,) int64."""
        return self.photos.labels


def fractions_of(asked: tuple[float, ...]) -> dict[Part, float]:
    """Return the shares of the parts, summing to 1."""
    total = sum(asked)
    return {part: share / total for part, share in zip(PARTS, asked, strict=True)}


def prepare(config: TrainConfig, side_px: int, run: RunFolder, progress: Progress) -> Prepared:
    """Gather and split the photos of `config`; write `split.csv`.

    Where the run folder holds a `split.csv` already (a resumed run), that split is kept.
    """
    gathered = gather(config, side_px, progress)
    check_classes(gathered.photos)
    split, leaks = _split(config, run, gathered)
    said = [f"warning: {describe(leaks)}: the test number will be too high"] if leaks else []
    for note in (*split.notes, *said, _counts(split)):
        progress.say(note)
    write_split(run.split, gathered.photos, split)
    notes = (*gathered.photos.notes, *split.notes, *said)
    return Prepared(replace(gathered, photos=replace(gathered.photos, notes=())), split, notes, leaks)


def _split(config: TrainConfig, run: RunFolder, gathered: Gathered) -> tuple[Split, tuple[Leak, ...]]:
    """Make or read the split, prove it, and return it with what leaks in a stated one."""
    photos, grouping, ours = gathered.photos, gathered.grouping, False
    if run.split.exists():
        split = apply_table(photos, read_table(run.split, ["path", "part"]))
    elif config.split == "random":
        split = random_split(photos, fractions_of(config.fractions), config.seed)
    elif config.split == "auto":
        split = plan_split(photos, grouping, fractions_of(config.fractions), config.seed)
        ours = all(photo.part is None for photo in photos.photos)
    else:
        split = apply_table(photos, read_table(Path(config.split), ["path", "part"]))
    leaks = verify(photos, split, grouping, gathered.prints, gathered.digests)
    if ours:
        require_clean(leaks)
    return split, leaks


def _counts(split: Split) -> str:
    """Say how many photos and groups each part has."""
    said = []
    for part in PARTS:
        positions = split.positions(part)
        groups = len({split.groups[int(i)] for i in positions})
        said.append(f"{part} {count(len(positions), 'photo')} in {count(groups, 'group')}")
    return "; ".join(said)
