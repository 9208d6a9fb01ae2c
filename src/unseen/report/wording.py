"""Say in plain words how good a model is, claiming no more than was measured."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unseen.evaluation.results import FeatureKind, Results, SplitComparison
from unseen.records import GroupReason, Interval, Part, Rejected, common_reasons
from unseen.text import count, duration, percent, points, span
from unseen.training.history import Chosen

# With fewer groups than this even the widened interval covers less than 95% (tests/evaluation measure it).
FEW_GROUPS = 5
# A random split that scores less than this above the grouped one is not called better.
LEAST_GAP = 0.005
# Reasons that tie a group to a person or place; bursts and duplicates only tie photos taken in the same second.
_PEOPLE_OR_PLACES = {"stated", "folder", "name"}
PART_NAMES: dict[Part, str] = {"train": "training", "validation": "validation", "test": "test"}
FEATURE_NAMES = {FeatureKind.FROZEN: "frozen features", FeatureKind.THUMBNAILS: "16 px thumbnails"}
_STAGES = {
    "choose the network": "choosing the network",
    "read photos and split": "reading and splitting the photos",
    "locate": "finding the subjects",
    "features": "computing features",
    "audit": "auditing the photos",
    "label safety": "testing what may be flipped and rotated",
    "find masks": "cutting out the subjects",
    "backgrounds": "drawing backgrounds",
    "views": "computing features of augmented views",
    "head": "training the head",
    "compare splits": "comparing with a random split",
    "fine-tune": "fine-tuning",
    "export": "exporting the model and checking it",
    "measure": "measuring accuracy",
    "coverage": "measuring what training covered",
    "stress": "explaining mistakes and measuring what the model withstands",
    "report": "writing the report",
}
# Stages that the screen names, those that took longest.
_NAMED_STAGES = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """The headline. `lead`, `figure` and `detail` are one sentence; `comparison` and `cautions` follow it."""

    lead: str
    figure: str
    detail: str
    comparison: str
    cautions: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The headline and its comparison as plain text, for the screen."""
        return " ".join(filter(None, (self.lead, self.figure, self.detail, self.comparison)))


def verdict(results: Results, grouping: Sequence[GroupReason] = (), held_out: bool = True) -> Verdict:
    """Say how good the model is in words that claim no more than was measured.

    grouping: how the photos were grouped, which decides whether "new groups" may be said.
    held_out: the test photos are known to be none of those the model was trained on or chosen by.
    """
    part, reported = results.reported()
    if reported is None or part != "test":
        return _without_test(reported.accuracy if reported else None)
    accuracy = reported.accuracy
    by_identity = _groups_are_identities(accuracy, grouping)
    lead = "On these photos, the model classifies"
    if held_out:
        groups = ", from groups that are not in the training set" if by_identity else ""
        lead = f"On held-out photos{groups}, the model classifies"
    return Verdict(
        lead=lead,
        figure=percent(accuracy.value),
        detail=f"correctly ({_support(accuracy)}).",
        comparison=_comparison(results.random_split),
        cautions=tuple(_cautions(accuracy, held_out, by_identity)),
    )


def not_measured(rejected: Sequence[Rejected]) -> dict[str, Any]:
    """Return how many photos were not measured and why, for `metrics.json`."""
    return {"photos": len(rejected), "reasons": dict(Counter(row.reason for row in rejected).most_common())}


def left_out_sentence(rejected: Sequence[Rejected]) -> str:
    """Say how many photos are in no number and why; nothing where all are."""
    if not rejected:
        return ""
    are = "is" if len(rejected) == 1 else "are"
    return f"{count(len(rejected), 'photo')} {are} not part of this: {common_reasons(rejected, 4)}."


def group_split(comparison: SplitComparison) -> str:
    """Name the split that a random one is compared with."""
    return "this split" if comparison.own_split else "groups kept apart"


def stage(name: str) -> str:
    """Name a stage in plain words; an unknown one keeps its own name."""
    return _STAGES.get(name, name)


def where_time_went(seconds: Mapping[str, float]) -> str:
    """Return the time of a run and of its longest stages. seconds: by stage and in all, as in `metrics.json`."""
    stages = sorted(((value, name) for name, value in seconds.items() if name != "total"), reverse=True)
    longest = ", ".join(f"{stage(name)} {duration(value)}" for value, name in stages[:_NAMED_STAGES])
    total = duration(seconds.get("total", sum(value for value, _ in stages)))
    return f"{total}, most of it {longest}" if longest else total


def shipped(best: Chosen | None) -> str:
    """Say which epoch's weights the model has, where it is known."""
    if best is None:
        return ""
    tuned = best.fine_tuned_epochs
    if best.phase != "head":
        return f"The model is that of epoch {best.epoch} of {tuned} of fine-tuning."
    if tuned:
        return (
            f"The model is that of the head alone: none of {count(tuned, 'epoch', 'epochs')} of fine-tuning was better."
        )
    return "The model is that of the head alone: the network behind it was not fine-tuned."


def _groups_are_identities(accuracy: Interval, grouping: Sequence[GroupReason]) -> bool:
    """Say whether groups are people, rooms or sessions, as far as is known, so that the test is of new ones."""
    singles = accuracy.groups == accuracy.n > 1
    kinds = {reason.kind for reason in grouping if reason.groups}
    return not singles and (not kinds or bool(kinds & _PEOPLE_OR_PLACES))


def _support(accuracy: Interval) -> str:
    photos, groups = count(accuracy.n, "photo"), f"in {count(accuracy.groups, 'group')}"
    if accuracy.n == 1:
        return photos
    if accuracy.groups == accuracy.n:
        groups = "each counted as its own group"
    interval = span(accuracy.low, accuracy.high)
    text = f"{photos}, {groups}" if accuracy.groups == accuracy.n else f"{photos} {groups}"
    return f"95% interval {interval}%; {text}" if interval else text


def _without_test(accuracy: Interval | None) -> Verdict:
    if accuracy is None:
        return Verdict("Nothing was measured: no photos were held out, so the accuracy is unknown.", "", "", "", ())
    return Verdict(
        lead="No photos were held out for a final test. On the validation photos, by which it was chosen, the model "
        "classifies",
        figure=percent(accuracy.value),
        detail=f"correctly ({_support(accuracy)}).",
        comparison="Expect less on new photos; how much less is unknown.",
        cautions=(),
    )


def _comparison(comparison: SplitComparison | None) -> str:
    """Say by how much a random split would have overstated the accuracy of a quick linear model.

    Both numbers are of that linear model: it is not the trained model, whose accuracy would not compare.
    """
    if comparison is None or comparison.values is None or comparison.group_split_accuracy is None:
        return ""
    random, grouped = comparison.values
    high = comparison.group_split_accuracy.high
    scores = (
        f"To check the split, a quick linear model was tested on two: it classifies {percent(random)} correctly with "
        f"photos split at random and {percent(grouped)} with {group_split(comparison)}."
    )
    gap = random - grouped
    if gap < LEAST_GAP:
        return f"{scores} A random split would not have overstated its accuracy."
    if high is None:
        return f"{scores} With one group it is unknown how much of the difference is chance."
    if random <= high:
        return f"{scores} The difference of {points(gap)} may be chance."
    return f"{scores} A random split would have overstated its accuracy by {points(gap)}."


def _cautions(accuracy: Interval, held_out: bool, by_identity: bool) -> Iterator[str]:
    n, groups = accuracy.n, accuracy.groups
    if not held_out:
        yield (
            "These photos, or others of the same people and places, may have been in the training set. "
            "If they were, this number is too high."
        )
    if groups == 1 and n > 1:
        yield (
            "All these photos are from one group, so there is no interval: one group does not show how much groups "
            "differ. Test on more people, rooms or sessions."
        )
    elif groups < FEW_GROUPS and groups < n:
        yield f"{count(groups, 'group')} are few: take the interval as a rough guide and test on more."
    if held_out and not by_identity:
        yield (
            "Nothing shows which photos are of the same person, room or session, so the same ones may be in both the "
            "training and the test set. Expect less on new people and rooms."
        )
