"""Labels correct an estimate that is planted wrong; the photos to label are doubtful ones."""

import numpy as np
import pytest

from unseen.estimation.expected_accuracy import Share
from unseen.estimation.label_first import chances, choose, with_labels

RNG = np.random.default_rng(0)
RIGHT = np.concatenate([RNG.uniform(0.3, 0.7, 60), RNG.uniform(0.97, 0.999, 140)])


def test_chances_add_up_and_favour_doubtful_photos() -> None:
    found = chances(RIGHT, 20)
    assert found.sum() == pytest.approx(20)
    assert found[:60].mean() > 2 * found[60:].mean()
    assert chances(RIGHT, 500).tolist() == [1.0] * 200


def test_the_choice_is_the_same_every_time_and_begins_with_the_most_doubtful() -> None:
    chosen = choose(RIGHT, 20)
    assert len(set(chosen.tolist())) == len(chosen) == 20
    assert chosen.tolist() == choose(RIGHT, 20).tolist()
    assert RIGHT[chosen].tolist() == sorted(RIGHT[chosen].tolist())


def test_labels_pull_a_flattering_estimate_down() -> None:
    truth = np.random.default_rng(1).random(200) < RIGHT - 0.25
    before = Share(float(RIGHT.mean()), RIGHT.mean() - 0.2, min(1.0, RIGHT.mean() + 0.2), 200)
    after = with_labels(before, RIGHT, {int(i): bool(truth[i]) for i in choose(RIGHT, 60)})
    assert before.value is not None
    assert after.value is not None
    assert abs(after.value - truth.mean()) < abs(before.value - truth.mean())
    assert (after.high or 0) - (after.low or 0) < (before.high or 0) - (before.low or 0)


def test_without_labels_nothing_changes() -> None:
    before = Share(0.8, 0.7, 0.9, 200)
    assert with_labels(before, RIGHT, {}) is before
