"""Measured numbers in; words for a beginner out: percentages, counts, durations, the honest headline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unseen.records import GroupReason
from unseen.text import count, percent, points, span

# With fewer groups than this even the widened interval covers less than it says (tests/evaluate measure it).
FEW_GROUPS = 5
# Reasons that tie a group to who or where; bursts and duplicates only tie photos taken in the same second.
_PEOPLE_OR_PLACES = {"stated", "folder", "name"}
_STAGES = {
    "read photos and split": "reading and splitting the photos",
    "features": "computing features",
    "head": "training the head",
    "compare splits": "comparing with a random split",
    "fine-tune": "fine-tuning",
    "export": "writing the model and checking it",
    "measure": "measuring",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The headline. `lead` and `figure` are read as one sentence; `comparison` and `cautions` follow it."""

    lead: str
    figure: str
    detail: str
    comparison: str
    cautions: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The headline and its comparison as plain text, for a screen."""
        head = f"{self.lead} {self.figure} {self.detail}" if self.figure else self.lead
        return " ".join(part for part in (head.strip(), self.comparison) if part)


def verdict(metrics: Mapping[str, Any], grouping: Sequence[GroupReason] = (), held_out: bool = True) -> Verdict:
    """Say how good the model is in words that claim no more than was measured.

    metrics: the content of `metrics.json`; `test`, `validation` and `random_split` may be absent or `None`.
    grouping: how the photos were grouped, which decides what "never saw" may mean.
    held_out: the test photos are known to be none of those the model was made from.
    """
    test, validation = measured(metrics, "test"), measured(metrics, "validation")
    if test is None and validation is None:
        lead = "Nothing was measured: no photos were kept for it, so nobody knows how good this model is."
        return Verdict(lead, "", "", "", ())
    if test is None:
        return _without_test(validation["accuracy"])  # type: ignore[index]
    accuracy = test["accuracy"]
    singles = accuracy["groups"] == accuracy["n"] > 1
    kinds = _kinds(grouping)
    strangers = held_out and not singles and (not kinds or bool(kinds & _PEOPLE_OR_PLACES))
    lead = "On photos it never saw, from groups it never saw:" if strangers else "On photos it never saw:"
    if not held_out:
        lead = "On the photos of this test:"
    return Verdict(
        lead=lead,
        figure=f"{percent(accuracy['value'])} right",
        detail=f"({_support(accuracy)}).",
        comparison=_comparison(split_check(metrics)),
        cautions=_cautions(accuracy, grouping, singles, held_out),
    )


def measured(metrics: Mapping[str, Any], part: str) -> Mapping[str, Any] | None:
    """Return the block of `part` where it holds a measured accuracy, else `None`."""
    block: Mapping[str, Any] | None = metrics.get(part)
    return block if block and block["accuracy"]["value"] is not None else None


def stage(name: str) -> str:
    """Name a stage in plain words; an unknown one keeps its own name."""
    return _STAGES.get(name, name)


def _kinds(grouping: Sequence[GroupReason]) -> set[str]:
    """Return the kinds of reasons that joined any photos."""
    return {reason.kind for reason in grouping if reason.groups}


def _support(accuracy: Mapping[str, Any]) -> str:
    photos, groups = count(accuracy["n"], "photo"), count(accuracy["groups"], "group")
    if accuracy["groups"] == accuracy["n"]:
        groups = "each counted as its own group"
    if accuracy["n"] == 1:
        return "1 photo"
    interval = span(accuracy.get("low"), accuracy.get("high"))
    return f"95% interval {interval}; {photos}, {groups}" if interval else f"{photos}, {groups}"


def _without_test(accuracy: Mapping[str, Any]) -> Verdict:
    return Verdict(
        lead="No photos were kept for a final test. On the validation photos, which helped to choose it:",
        figure=f"{percent(accuracy['value'])} right",
        detail=f"({_support(accuracy)}).",
        comparison="Expect less on new photos; how much less is not known.",
        cautions=(),
    )


def split_check(metrics: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the block `random_split` where the probe was measured on both splits, else `None`."""
    found: Mapping[str, Any] = metrics.get("random_split") or {}
    both = ("accuracy", "honest_accuracy")
    return found if all((found.get(name) or {}).get("value") is not None for name in both) else None


def _comparison(found: Mapping[str, Any] | None) -> str:
    """Say what a careless random split would have done to the number of a quick probe, claiming only what holds.

    Both numbers are of the same probe: it differs from the trained model, whose number would not compare.
    """
    if found is None:
        return ""
    careless, honest = found["accuracy"]["value"], found["honest_accuracy"]["value"]
    said = (
        f"As a check of the split, a quick linear model scored {percent(careless)} with the photos split at random "
        f"and {percent(honest)} with {found.get('honest_split', 'this split')}:"
    )
    gap = careless - honest
    if gap < 0.005:
        return f"{said} splitting at random would not have made it look better."
    high = found["honest_accuracy"].get("high")
    if high is None:
        return f"{said} with one group it cannot be said how much of that is chance."
    if careless <= high:
        return f"{said} the difference of {points(gap)} may be chance."
    return f"{said} splitting at random would have flattered it by {points(gap)}."


def _cautions(
    accuracy: Mapping[str, Any], grouping: Sequence[GroupReason], singles: bool, held_out: bool
) -> tuple[str, ...]:
    cautions = []
    if not held_out:
        cautions.append(
            "Nothing shows that these photos, or others of the same people and places, were not trained on. "
            "If some were, this number is too high."
        )
    if accuracy["groups"] == 1 and accuracy["n"] > 1:
        cautions.append(
            "All these photos are of one group. One group says nothing about how much groups differ, so no "
            "interval can be given: test on more people, rooms or sessions."
        )
    elif accuracy["groups"] < FEW_GROUPS and accuracy["n"] > 1 and not singles:
        cautions.append(
            f"{count(accuracy['groups'], 'group')} are few: take the interval as a rough guide, test on more."
        )
    kinds = _kinds(grouping)
    if held_out and (singles or (kinds and not kinds & _PEOPLE_OR_PLACES)):
        cautions.append(
            "Nothing told which photos show the same person, room or session, so the same ones may be on "
            "both sides of the split. On new people and rooms, expect less."
        )
    return tuple(cautions)
