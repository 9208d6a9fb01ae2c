"""What a split is worth: photos, features and parts in; a repaired split and one probe's accuracy on each out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from unseen.audit.checks import Judged
from unseen.audit.findings import Finding
from unseen.audit.split_gap import split_gap_findings
from unseen.dataset.dataset import Dataset
from unseen.dataset.load import without_parts
from unseen.errors import UnseenError
from unseen.evaluation.metrics import accuracy
from unseen.pipelines.split_probe import Probed
from unseen.progress import Progress
from unseen.records import Interval, Part, Predictions, Split
from unseen.seeds import generator
from unseen.split.folds import group_folds
from unseen.split.plan import plan_split
from unseen.split.verify import describe

FOLDS = 5


def repaired_split(gathered: Dataset, fractions: Mapping[Part, float], seed: int) -> Split | str:
    """Return a split in which no group crosses a part, whatever parts were stated; or why there is none."""
    try:
        return plan_split(without_parts(gathered), gathered.grouping, fractions, seed)
    except UnseenError as error:
        return str(error)


@dataclass(frozen=True, slots=True)
class SplitWorth:
    """Accuracy of one probe on one split, and what crosses it, in words. name: `as given`, `random` or `repaired`."""

    name: str
    accuracy: Interval
    leaks: str


def worth_of_splits(
    gathered: Dataset, probed: Probed, seed: int, judged: Judged | None, progress: Progress
) -> tuple[SplitWorth, ...]:
    """Judge the split as stated, random folds, and folds that keep groups apart, as the repaired split does.

    Folds test every photo once, so that the numbers do not hang on one draw.
    """
    groups = gathered.grouping.groups
    names = len(set(groups))
    rows: list[tuple[str, Callable[[], Predictions], str]] = []
    if judged is not None and len(judged.split.positions("test")):
        split = judged.split
        rows.append(("as given", lambda: probed.on_split(split, groups), describe(judged.leaks)))
    random_folds = generator(seed, "audit", "random folds").permutation(len(groups)) % FOLDS
    shared = len(groups) - names
    said = f"{shared:,} photos share a group with another, which lands on the other side as often as not"
    rows.append(
        ("random", lambda: probed.on_folds(random_folds, groups), said if shared else "every photo is its own group")
    )
    if names >= 2:
        apart = group_folds(gathered.labels, list(groups), min(FOLDS, names), seed)
        rows.append(("repaired", lambda: probed.on_folds(apart, groups), "no group is on both sides"))
    out = []
    with progress.task("comparing splits", len(rows), "splits") as task:
        for name, judge, leaks in rows:
            out.append(SplitWorth(name, accuracy(judge(), seed), leaks))
            task.advance()
    return tuple(out)


def gap_findings(worth: Sequence[SplitWorth]) -> list[Finding]:
    """Return what the gaps between the splits say."""
    known = {row.name: row.accuracy for row in worth}
    if "random" not in known:
        return []
    return split_gap_findings(known["random"], known.get("repaired"), known.get("as given"))
