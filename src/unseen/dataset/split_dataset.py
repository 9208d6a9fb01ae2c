"""Load the photos of a training run, split them, and prove that nothing leaks between the parts."""

from pathlib import Path

from unseen.config import TrainConfig
from unseen.dataset.dataset import Dataset, SplitDataset
from unseen.dataset.load import load_dataset
from unseen.errors import UnseenError
from unseen.photos.class_names import check_classes
from unseen.progress import Progress
from unseen.records import PARTS, Part, Split
from unseen.split.plan import plan_split, random_split
from unseen.split.split_table import apply_table, read_table
from unseen.split.verify import Leak, describe, require_clean, verify
from unseen.text import count

ELSEWHERE = "train into a new --out"


def fractions_of(shares: tuple[float, ...]) -> dict[Part, float]:
    """Return the shares of the parts, summing to 1."""
    total = sum(shares)
    return {part: share / total for part, share in zip(PARTS, shares, strict=True)}


def load_split_dataset(
    config: TrainConfig, side_px: int, table: Path, progress: Progress, started_with: str | None = None
) -> SplitDataset:
    """Load and split the photos of `config`.

    started_with: the fingerprint of the photos of a run that is resumed; its split is kept in `table`. Raises
    `UnseenError` where the photos are others now.
    """
    data = load_dataset(config, side_px, progress) if started_with is None else _same(config, side_px, table, progress)
    if started_with not in (None, data.fingerprint):
        raise UnseenError(f"{_others(config, table)} (another content or class): {ELSEWHERE}")
    check_classes(data)
    split, leaks = _split(config, table, data)
    notes = (*split.notes, *leak_warning(leaks))
    for note in (*notes, _counts(split)):
        progress.say(note)
    return data.with_split(split, leaks, (*data.notes, *notes))


def _same(config: TrainConfig, side_px: int, table: Path, progress: Progress) -> Dataset:
    """Load the photos of a run that is resumed; raise `UnseenError` where others are there now."""
    try:
        data = load_dataset(config, side_px, progress)
    except UnseenError as error:
        raise UnseenError(f"{_others(config, table)}: {error}") from None
    if table.exists():
        there, then = {photo.path for photo in data.photos}, {row["path"] for row in read_table(table, ["path"])}
        if there - then or then - there - {row.path for row in data.rejected}:
            counts = f"{len(there - then):,} added, {len(then - there):,} gone"
            raise UnseenError(f"{_others(config, table)} ({counts}): {ELSEWHERE}")
    return data


def _others(config: TrainConfig, table: Path) -> str:
    return f"the photos in {config.photos} are not those {table.parent} started with"


def leak_warning(leaks: tuple[Leak, ...]) -> tuple[str, ...]:
    """Return the sentence that warns of leaks, where there are any."""
    return (f"warning: {describe(leaks)}: the test number will be too high",) if leaks else ()


def _split(config: TrainConfig, table: Path, data: Dataset) -> tuple[Split, tuple[Leak, ...]]:
    """Make or read the split, prove it, and return it with what leaks in a stated one."""
    is_planned = False
    if table.exists():
        split = apply_table(data, read_table(table, ["path", "part"]))
    elif config.split == "random":
        split = random_split(data, fractions_of(config.fractions), config.seed)
    elif config.split == "auto":
        split = plan_split(data, data.grouping, fractions_of(config.fractions), config.seed)
        is_planned = all(photo.part is None for photo in data.photos)
    else:
        split = apply_table(data, read_table(Path(config.split), ["path", "part"]))
    leaks = verify(data, split, data.grouping, data.fingerprints, data.digests)
    if is_planned:
        require_clean(leaks)
    return split, leaks


def _counts(split: Split) -> str:
    """Say how many photos and groups each part has."""
    counts = []
    for part in PARTS:
        positions = split.positions(part)
        groups = len({split.groups[int(i)] for i in positions})
        counts.append(f"{part} {count(len(positions), 'photo')} in {count(groups, 'group')}")
    return "; ".join(counts)
