"""Measure one classifier on several splits of the same photos, and report what the gaps between them mean."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from unseen.auditing.findings import Finding, FindingKind, Unit
from unseen.auditing.severity import severity
from unseen.auditing.split_leaks import leaking_photos
from unseen.dataset.dataset import Dataset
from unseen.evaluation.metrics import accuracy
from unseen.probes.fit_predict import FeatureClassifier, predict_folds, predict_split
from unseen.progress import Progress
from unseen.records import Interval, Predictions, Split
from unseen.seeds import generator
from unseen.split.folds import group_folds
from unseen.split.verify import Leak

FOLDS = 5
# Points of accuracy. Five random folds of sign_digits, where groups do not matter, differ by 1 point from five that
# keep groups apart; rps_subhi 8, fingers_subhi 19.
MIN_GAP = 0.04


class SplitKind(StrEnum):
    """How photos were split. STATED: by the user. RANDOM: photo by photo. GROUPED: no group on both sides."""

    STATED = "stated"
    RANDOM = "random"
    GROUPED = "grouped"


@dataclass(frozen=True, slots=True)
class StatedSplit:
    """A split that the user stated, and what leaks in it."""

    split: Split
    leaks: tuple[Leak, ...]


@dataclass(frozen=True, slots=True)
class SplitScore:
    """Accuracy of one classifier on one split.

    leaking: how many of the photos it was tested on have a photo of their group, or a copy, on the other side; for a
    random split, how many share a group with another photo, which may land on either side.
    """

    kind: SplitKind
    accuracy: Interval
    leaking: int


def score_splits(
    data: Dataset, classifier: FeatureClassifier, seed: int, stated: StatedSplit | None, progress: Progress
) -> tuple[SplitScore, ...]:
    """Measure the split as stated, random folds, and folds that keep groups apart, as a grouped split does.

    Folds test every photo once, so that the numbers do not depend on one draw.
    """
    groups = data.grouping.groups
    names = len(set(groups))
    rows: list[tuple[SplitKind, int, Callable[[], Predictions]]] = []
    if stated is not None and len(stated.split.positions("test")):
        split = stated.split
        leaking = leaking_photos(data, split, data.grouping, data.digests, stated.leaks)
        in_test = sum(split.parts[i] == "test" for i in leaking)
        rows.append((SplitKind.STATED, in_test, lambda: predict_split(classifier, data, split, groups)))
    random_folds = generator(seed, "audit", "random folds").permutation(len(groups)) % FOLDS
    shared = sum(size for size in Counter(groups).values() if size > 1)
    rows.append((SplitKind.RANDOM, shared, lambda: predict_folds(classifier, data, random_folds, groups)))
    if names >= 2:
        apart = group_folds(data.labels, list(groups), min(FOLDS, names), seed)
        rows.append((SplitKind.GROUPED, 0, lambda: predict_folds(classifier, data, apart, groups)))
    scores = []
    with progress.task("comparing splits", len(rows), "splits") as task:
        for kind, leaking_count, predict in rows:
            scores.append(SplitScore(kind, accuracy(predict(), seed), leaking_count))
            task.advance()
    return tuple(scores)


def split_gap_findings(scores: Sequence[SplitScore], *, can_group: bool = True) -> list[Finding]:
    """Return `random-split-flatters` and `unlike-test` where the gap is over `MIN_GAP` and the intervals do not meet.

    can_group: whether a split by groups was found, which is then written.
    Random and grouped splits are measured over all photos, the stated one on its test set alone.
    """
    known = {score.kind: score.accuracy for score in scores}
    at_random, findings = known.get(SplitKind.RANDOM), []
    if at_random is None:
        return []
    if _gap(at_random, known.get(SplitKind.GROUPED)) > 0:
        findings.append(_flatters(at_random, known[SplitKind.GROUPED], can_group))
    if _gap(at_random, known.get(SplitKind.STATED)) > 0:
        findings.append(_unlike(at_random, known[SplitKind.STATED]))
    return findings


def _gap(high: Interval, low: Interval | None) -> float:
    """Return how far `low` is below `high`; 0 where that is unknown, too little or not certain."""
    if low is None or high.value is None or low.value is None:
        return 0.0
    certain = low.high is None or high.low is None or low.high < high.value or high.low > low.value
    gap = high.value - low.value
    return gap if gap >= MIN_GAP and certain else 0.0


def _flatters(at_random: Interval, grouped: Interval, can_group: bool) -> Finding:
    gap = _gap(at_random, grouped)
    instead = (
        "use the split.csv written here, or let unseen train split"
        if can_group
        else "take photos at another time or of another person, so that whole groups can be held out"
    )
    return Finding(
        kind=FindingKind.RANDOM_SPLIT_FLATTERS,
        severity=severity(FindingKind.RANDOM_SPLIT_FLATTERS, gap),
        headline=(
            f"A random split flatters: the same classifier is right for {at_random.value:.0%} of the photos when they"
            f" are split at random, for {grouped.value:.0%} when no person, session or burst is on both sides."
        ),
        advice=f"Never split photo by photo: {instead}.",
        value=gap,
        unit=Unit.ANSWERS_ADDED,
        photos=at_random.n,
        total=at_random.n,
        details={"random": at_random.value, "groups_apart": grouped.value, "groups": grouped.groups},
    )


def _unlike(at_random: Interval, stated: Interval) -> Finding:
    gap = _gap(at_random, stated)
    return Finding(
        kind=FindingKind.UNLIKE_TEST,
        severity=severity(FindingKind.UNLIKE_TEST, gap),
        headline=(
            f"The test photos are unlike the training photos: a classifier is right for {stated.value:.0%} of your test"
            f" set, for {at_random.value:.0%} when all photos are mixed."
        ),
        advice=(
            "Keep this test set: it shows how the model does on other people and in other rooms. Make the training"
            " photos more varied rather than moving test photos over."
        ),
        value=gap,
        unit=Unit.ANSWERS_LOST,
        photos=stated.n,
        total=at_random.n,
        details={"random": at_random.value, "stated": stated.value},
    )
