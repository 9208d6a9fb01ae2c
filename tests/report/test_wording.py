"""The headline claims what was measured and no more: every case, word for word."""

from typing import Any

import pytest

from unseen.records import GroupReason
from unseen.report.wording import verdict


def metrics(
    value: float | None = 0.831,
    low: float | None = 0.741,
    high: float | None = 0.898,
    n: int = 412,
    groups: int = 9,
    careless: float | None = None,
    honest: tuple[float | None, float | None] = (0.751, 0.822),
) -> dict[str, Any]:
    """`careless` and `honest` (value, high) are the quick probe's, far from the model's own `value` on purpose."""
    found: dict[str, Any] = {"test": {"accuracy": {"value": value, "low": low, "high": high, "n": n, "groups": groups}}}
    if careless is not None:
        found["random_split"] = {
            "accuracy": {"value": careless, "low": None, "high": None, "n": n, "groups": 9},
            "honest_accuracy": {"value": honest[0], "low": None, "high": honest[1], "n": n, "groups": groups},
            "probed": "frozen features",
        }
    return found


def test_the_headline_of_a_careful_run() -> None:
    assert verdict(metrics(careless=0.974)).sentence == (
        "On held-out photos, from groups that are not in the training set, the model classifies 83.1% correctly "
        "(95% interval 74 to 90%; 412 photos in 9 groups). "
        "To check the split, a quick linear model was tested on two: it classifies 97.4% correctly with photos split "
        "at random and 75.1% with this split. A random split would have overstated its accuracy by 22 points."
    )
    assert verdict(metrics(careless=0.974)).cautions == ()


@pytest.mark.parametrize(
    ("careless", "words"),
    [
        (None, ""),
        (0.70, "A random split would not have overstated its accuracy."),
        (0.752, "A random split would not have overstated its accuracy."),
        (0.80, "The difference of 4.9 points may be chance."),
        (0.84, "would have overstated its accuracy by 8.9 points."),
    ],
)
def test_the_comparison_claims_only_what_holds(careless: float | None, words: str) -> None:
    found = verdict(metrics(careless=careless)).comparison
    assert words in found
    assert bool(words) == bool(found)


@pytest.mark.parametrize(
    "found", [{}, {"accuracy": {"value": 0.9}}, {"accuracy": {"value": 0.9}, "honest_accuracy": {}}]
)
def test_one_probe_alone_is_no_comparison(found: dict[str, Any]) -> None:
    assert verdict({**metrics(), "random_split": found}).comparison == ""


def test_one_group_gives_no_interval_and_says_why() -> None:
    found = verdict(metrics(low=None, high=None, n=40, groups=1, careless=0.97, honest=(0.75, None)))
    assert found.detail == "correctly (40 photos in 1 group)."
    assert "overstated" not in found.comparison
    assert "With one group it is unknown" in found.comparison
    assert "there is no interval" in found.cautions[0]


def test_few_groups_are_a_rough_guide() -> None:
    assert "3 groups are few" in verdict(metrics(groups=3)).cautions[0]


def test_photos_without_groups_claim_no_new_people() -> None:
    found = verdict(metrics(n=100, groups=100))
    assert found.lead == "On held-out photos, the model classifies"
    assert "each counted as its own group" in found.detail
    assert "Expect less on new people and rooms." in found.cautions[0]


@pytest.mark.parametrize(("kind", "cautious"), [("duplicate", True), ("burst", True), ("folder", False)])
def test_bursts_and_duplicates_are_no_people(kind: Any, cautious: bool) -> None:
    found = verdict(metrics(), (GroupReason(kind, 400, 9, "text"),))
    assert any("same person" in caution for caution in found.cautions) == cautious
    assert ("not in the training set" in found.lead) != cautious


def test_without_a_test_part_the_number_is_not_final() -> None:
    block = metrics()["test"]
    sentence = verdict({"test": None, "validation": block, "random_split": None}).sentence
    assert sentence.startswith("No photos were held out for a final test.")
    assert sentence.endswith("Expect less on new photos; how much less is unknown.")
    assert "held-out" not in sentence


def test_nothing_measured() -> None:
    assert verdict({}).sentence.startswith("Nothing was measured")
    assert verdict(metrics(value=None, low=None, high=None, n=0, groups=0)).figure == ""


def test_photos_that_may_have_been_trained_on() -> None:
    found = verdict(metrics(), held_out=False)
    assert "held-out" not in found.sentence
    assert "this number is too high" in found.cautions[0]


def test_one_photo_reads_well() -> None:
    found = verdict(metrics(value=1.0, low=None, high=None, n=1, groups=1))
    assert found.sentence.endswith("100.0% correctly (1 photo).")
