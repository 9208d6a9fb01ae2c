"""The headline claims what was measured and no more: every case, word for word."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from unseen.evaluation.metrics import Metrics
from unseen.evaluation.results import FeatureKind, Results, SplitComparison
from unseen.records import UNKNOWN, GroupReason, Interval
from unseen.report.wording import shipped, verdict, where_time_went
from unseen.training.history import Chosen


def results(
    value: float | None = 0.831,
    low: float | None = 0.741,
    high: float | None = 0.898,
    n: int = 412,
    groups: int = 9,
    random: float | None = None,
    grouped: tuple[float | None, float | None] = (0.751, 0.822),
    own_split: bool = True,
) -> Results:
    """`random` and `grouped` (value, high) are the quick probe's, far from the model's own `value` on purpose."""
    accuracy = Interval(value, low, high, n, groups)
    comparison = SplitComparison(
        Interval(random, None, None, n, 9),
        Interval(grouped[0], None, grouped[1], n, groups),
        own_split,
        FeatureKind.FROZEN,
    )
    return Results(test=metrics(accuracy), random_split=None if random is None else comparison)


def metrics(accuracy: Interval) -> Metrics:
    return Metrics(accuracy, UNKNOWN, None, {}, np.zeros((0, 0), np.int64), ())


def test_the_headline_of_a_careful_run() -> None:
    assert verdict(results(random=0.974)).sentence == (
        "On held-out photos, from groups that are not in the training set, the model classifies 83.1% correctly "
        "(95% interval 74 to 90%; 412 photos in 9 groups). "
        "To check the split, a quick linear model was tested on two: it classifies 97.4% correctly with photos split "
        "at random and 75.1% with this split. A random split would have overstated its accuracy by 22 points."
    )
    assert verdict(results(random=0.974)).cautions == ()


@pytest.mark.parametrize(
    ("random", "words"),
    [
        (None, ""),
        (0.70, "A random split would not have overstated its accuracy."),
        (0.752, "A random split would not have overstated its accuracy."),
        (0.80, "The difference of 4.9 points may be chance."),
        (0.84, "would have overstated its accuracy by 8.9 points."),
    ],
)
def test_the_comparison_claims_only_what_holds(random: float | None, words: str) -> None:
    found = verdict(results(random=random)).comparison
    assert words in found
    assert bool(words) == bool(found)


@pytest.mark.parametrize("grouped", [None, UNKNOWN])
def test_one_probe_alone_is_no_comparison(grouped: Interval | None) -> None:
    found = SplitComparison(Interval(0.9, 0.8, 0.95, 40, 9), grouped)
    assert verdict(replace(results(), random_split=found)).comparison == ""


def test_the_split_that_a_random_one_is_compared_with_is_named() -> None:
    assert "75.1% with groups kept apart." in verdict(results(random=0.974, own_split=False)).comparison


def test_one_group_gives_no_interval_and_says_why() -> None:
    found = verdict(results(low=None, high=None, n=40, groups=1, random=0.97, grouped=(0.75, None)))
    assert found.detail == "correctly (40 photos in 1 group)."
    assert "overstated" not in found.comparison
    assert "With one group it is unknown" in found.comparison
    assert "there is no interval" in found.cautions[0]


def test_few_groups_are_a_rough_guide() -> None:
    assert "3 groups are few" in verdict(results(groups=3)).cautions[0]


def test_photos_without_groups_claim_no_new_people() -> None:
    found = verdict(results(n=100, groups=100))
    assert found.lead == "On held-out photos, the model classifies"
    assert "each counted as its own group" in found.detail
    assert "Expect less on new people and rooms." in found.cautions[0]


@pytest.mark.parametrize(("kind", "cautious"), [("duplicate", True), ("burst", True), ("folder", False)])
def test_bursts_and_duplicates_are_no_people(kind: Any, cautious: bool) -> None:
    found = verdict(results(), (GroupReason(kind, 400, 9, "text"),))
    assert any("same person" in caution for caution in found.cautions) == cautious
    assert ("not in the training set" in found.lead) != cautious


def test_without_a_test_part_the_number_is_not_final() -> None:
    sentence = verdict(Results(validation=results().test)).sentence
    assert sentence.startswith("No photos were held out for a final test.")
    assert sentence.endswith("Expect less on new photos; how much less is unknown.")
    assert "held-out" not in sentence


def test_nothing_measured() -> None:
    assert verdict(Results()).sentence.startswith("Nothing was measured")
    assert verdict(results(value=None, low=None, high=None, n=0, groups=0)).figure == ""


def test_photos_that_may_have_been_trained_on() -> None:
    found = verdict(results(), held_out=False)
    assert "held-out" not in found.sentence
    assert "this number is too high" in found.cautions[0]


def test_one_photo_reads_well() -> None:
    found = verdict(results(value=1.0, low=None, high=None, n=1, groups=1))
    assert found.sentence.endswith("100.0% correctly (1 photo).")


@pytest.mark.parametrize(
    ("phase", "tuned", "words"),
    [
        ("head", 0, "the network behind it was not fine-tuned"),
        ("head", 2, "none of 2 epochs of fine-tuning was better"),
        ("fine-tune", 5, "that of epoch 3 of 5 of fine-tuning"),
    ],
)
def test_which_epoch_ships_is_said(phase: str, tuned: int, words: str) -> None:
    assert words in shipped(Chosen(phase, 3, tuned, 0.5, 0.9))
    assert shipped(None) == ""


def test_the_stages_that_took_longest_are_named_longest_first() -> None:
    seconds = {"read photos and split": 1.0, "views": 9.0, "export": 70.0, "head": 2.0, "own stage": 3.0, "total": 90.0}
    assert where_time_went(seconds) == (
        "1 min 30 s, most of it exporting the model and checking it 1 min 10 s, computing features of augmented views "
        "9.0 s, own stage 3.0 s"
    )
    assert where_time_went({"total": 2.0}) == "2.0 s"
