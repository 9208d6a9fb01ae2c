"""Say in plain words how good a model is, claiming no more than was measured."""

from collections.abc import Mapping

from unseen.evaluation.results import FeatureKind, SplitComparison
from unseen.evaluation.tested_on import over
from unseen.evaluation.tried_ways import Outcome, TriedGenerated, TriedWay, Way
from unseen.records import Part
from unseen.text import count, duration, listed, percent
from unseen.training.history import Chosen

WAY_NAMES = {
    Way.PLAIN: "photos as they are, no augmentation",
    Way.NOTHING: "augmentation",
    Way.WEIGHTS: "augmentation, class weights",
    Way.SAMPLING: "augmentation, scarce classes drawn more often",
    Way.FOCAL: "augmentation, focal loss",
    Way.RENDERED: "augmentation, rendered hands",
    Way.GENERATED: "augmentation, generated photos",
}
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
    "generated": "trying generated photos",
    "head": "training the head",
    "compare splits": "comparing with a random split",
    "leave out": "leaving people and rooms out in turn",
    "copy signs": "showing the signs by rendered people",
    "fine-tune": "fine-tuning",
    "calibrate": "calibrating the probabilities",
    "export": "exporting the model and checking it",
    "measure": "measuring accuracy",
    "stress": "explaining mistakes and measuring what the model withstands",
    "report": "writing the report",
}
# Stages that the screen names, those that took longest.
_NAMED_STAGES = 3


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


def generated_sentence(found: TriedGenerated) -> str:
    """Say whether generated photos are used, and why."""
    usual = next((way for way in found.ways if way.gain is None), None)
    tried = found.generated
    if usual is None or tried is None:
        why = "no class is scarce" if found.outcome is Outcome.NONE_SCARCE else "no held-out photo can judge them"
        return f"generated photos: left out, for {why}"
    used = "used" if found.outcome is Outcome.USED else "left out"
    return (
        f"generated photos: {used}; {tried.joined:,} more of {listed(found.scarce, 5)} take balanced accuracy on "
        f"held-out groups from {percent(usual.accuracy)} to {percent(tried.accuracy)} ({gain_text(tried)})"
    )


def gain_text(way: TriedWay) -> str:
    """Return a gain with its interval, in points."""
    if way.gain is None:
        return "this run's own"
    gain = way.gain.difference.difference
    if gain.value is None:
        return "unknown"
    value = f"{gain.value * 100:+.1f} points"
    if gain.low is None or gain.high is None:
        return f"{value}, interval unknown"
    return f"{value}, 95% interval {gain.low * 100:+.1f} to {gain.high * 100:+.1f}, {over(way.gain.difference.over)}"
