"""Say in plain words how good a model is, claiming no more than was measured."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from unseen.evaluation.results import FeatureKind, SplitComparison
from unseen.records import Part, Rejected, common_reasons
from unseen.text import count, duration
from unseen.training.history import Chosen

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
    "search": "searching for an augmentation",
    "views": "computing features of augmented views",
    "head": "training the head",
    "compare splits": "comparing with a random split",
    "fine-tune": "fine-tuning",
    "export": "exporting the model and checking it",
    "measure": "measuring accuracy",
    "stress": "explaining mistakes and measuring what the model withstands",
    "report": "writing the report",
}
# Stages that the screen names, those that took longest.
_NAMED_STAGES = 3


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
