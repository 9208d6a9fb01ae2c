"""The headline claims what was measured and no more: every case, word for word."""

from dataclasses import replace

import numpy as np
import pytest

from unseen.evaluation.metrics import Metrics
from unseen.evaluation.results import (
    FeatureKind,
    InTurn,
    LeftOut,
    Results,
    SplitComparison,
    Strangers,
    StrangersMethod,
)
from unseen.records import UNKNOWN, Interval, Unit
from unseen.report.verdict import FEW_PHOTOS, verdict
from unseen.report.wording import shipped, where_time_went
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
    held_out: tuple[Unit, ...] = ("photo", "session", "person"),
) -> Results:
    """`random` and `grouped` (value, high) are the quick probe's, far from the model's own `value` on purpose."""
    accuracy = Interval(value, low, high, n, groups)
    comparison = SplitComparison(
        Interval(random, None, None, n, 9),
        Interval(grouped[0], None, grouped[1], n, groups),
        own_split,
        FeatureKind.FROZEN,
    )
    return Results(test=metrics(accuracy, held_out), random_split=None if random is None else comparison)


def metrics(accuracy: Interval, held_out: tuple[Unit, ...]) -> Metrics:
    confusion = np.zeros((0, 0), np.int64)
    return Metrics(accuracy, UNKNOWN, None, {}, confusion, (), held_out, held_out[-1] if held_out else "photo")


STRANGERS = Strangers(0.6, 0.4, 0.8, StrangersMethod.SHIFTS)


def frames(random: float | None = None) -> Results:
    """Photos that nothing joins: the same people may be in both parts."""
    return results(0.992, 0.982, 0.999, 522, 518, random, held_out=("photo",))


def test_the_headline_of_a_careful_run() -> None:
    assert verdict(results(random=0.974)).sentence == (
        "On photos of people who are not in the training set, the model classifies 83.1% correctly "
        "(95% interval 74 to 90%, over people; 412 photos in 9 people). "
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
    assert found.detail == "correctly (40 photos in 1 person)."
    assert "overstated" not in found.comparison
    assert "With one group it is unknown" in found.comparison
    assert "there is no interval" in found.cautions[0]


def test_few_groups_are_a_rough_guide() -> None:
    assert "3 people are few" in verdict(results(groups=3)).cautions[0]


def test_a_handful_of_photos_is_said_to_be_few() -> None:
    assert "4 photos are few" in verdict(results(n=4, groups=4)).cautions[0]
    assert verdict(results(n=FEW_PHOTOS, groups=FEW_PHOTOS)).cautions == ()


def test_photos_of_the_same_people_claim_no_new_people_and_say_what_to_expect_of_them() -> None:
    found = verdict(replace(frames(random=0.993), strangers=STRANGERS))
    assert found.sentence == (
        "On new photos of these people in these rooms, the model classifies 99.2% correctly (95% interval 98.2 to "
        "99.9%, over photos, not people; 522 photos). For another person expect about 60% (40 to 80; estimated from "
        "how models like this one did on other people)."
    )
    assert "Expect less on new people and rooms." in found.cautions[0]


def test_what_rooms_left_out_in_turn_got_stands_beside_the_number() -> None:
    left_out = LeftOut(rooms=InTurn(0.84, 0.75, 0.91, 520, 14, 0.71, "looks"))
    for run in (frames(), Results(validation=results().test)):
        assert "With each of 14 rooms (told by looks) left out" in verdict(replace(run, left_out=left_out)).sentence
    assert verdict(frames()).left_out == ""


def test_nothing_is_said_of_people_where_photos_show_none() -> None:
    found = verdict(frames())
    assert found.lead == "On new photos of the same kind, from the same places, the model classifies"
    assert "people" not in found.sentence


@pytest.mark.parametrize(
    ("newest", "lead", "cautious"),
    [
        ("session", "On new sessions of these people", False),
        ("room", "On photos from rooms that are not in the training set, of these people", False),
        ("person", "On photos of people who are not in the training set", False),
        ("photo", "On new photos of these people in these rooms", True),
    ],
)
def test_what_was_held_out_is_part_of_the_number(newest: Unit, lead: str, cautious: bool) -> None:
    held_out: tuple[Unit, ...] = ("photo",) if newest == "photo" else ("photo", newest)
    found = verdict(replace(results(held_out=held_out), strangers=STRANGERS))
    assert found.lead == f"{lead}, the model classifies"
    assert ("not people" in found.detail) == (newest != "person")
    assert any("same person" in caution for caution in found.cautions) == cautious


def test_a_measured_number_for_strangers_is_not_said_twice() -> None:
    measured = Strangers(0.831, 0.741, 0.898, StrangersMethod.HELD_OUT)
    assert verdict(replace(results(), strangers=measured)).strangers.sentence == ""


def test_where_nothing_can_be_told_of_strangers_it_is_said() -> None:
    found = verdict(replace(frames(), strangers=Strangers(None, None, None, StrangersMethod.UNKNOWN)))
    assert found.strangers.sentence == ""
    assert "another person is not known" in found.cautions[-1]


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
