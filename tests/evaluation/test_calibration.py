"""The calibration error of planted probabilities is what was planted, and a temperature that was planted is found."""

import numpy as np
import pytest
import torch

from unseen.evaluation.calibration import calibration
from unseen.evaluation.metrics import softmax
from unseen.models.head import Head
from unseen.records import Float32Array, Int64Array
from unseen.training.temperature import LEAST_PHOTOS, find_temperature, temper


def drawn(heat: float, n: int = 4000) -> tuple[Float32Array, Int64Array]:
    """Return logits, and labels that are drawn with the probabilities of logits divided by `heat`."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 3, (n, 4)).astype(np.float32)
    labels = [rng.choice(4, p=row) for row in softmax(logits / heat)]
    return logits, np.array(labels, np.int64)


@pytest.mark.parametrize(("sure", "right", "error"), [(0.8, 8, 0.0), (0.9, 5, 0.4)])
def test_the_error_is_how_far_said_and_right_are_apart(sure: float, right: int, error: float) -> None:
    said = np.tile([sure, 1 - sure], (10, 1))
    labels = np.array([0] * right + [1] * (10 - right))
    found = calibration(said, labels, tuple("abcdefghij"), seed=0)
    assert found.error.value == pytest.approx(error)
    assert found.error.value is not None
    assert (found.error.low or 0.0) <= found.error.value <= (found.error.high or 1.0)
    assert [(one.n, round(one.probability, 3), one.accuracy) for one in found.bins] == [(10, sure, right / 10)]


def test_nothing_is_said_of_no_photos() -> None:
    assert calibration(np.zeros((0, 2)), np.zeros(0, np.int64), (), seed=0).error.value is None


def test_the_planted_temperature_is_found_and_mends_the_error() -> None:
    logits, labels = drawn(2.0)
    heat = find_temperature(logits, labels, lowest=0.75)
    assert heat == pytest.approx(2.0, rel=0.1)
    groups = tuple(map(str, range(len(labels))))
    before, after = (calibration(softmax(logits / t), labels, groups, 0).error.value for t in (1.0, heat))
    assert before is not None
    assert after is not None
    assert before > 0.1 > 0.03 > after


def test_own_photos_do_not_make_answers_surer_than_other_people_bear_out() -> None:
    logits, labels = drawn(0.2)
    assert find_temperature(logits, labels, lowest=0.75) == 0.75
    logits, labels = drawn(4.0, LEAST_PHOTOS - 1)
    assert find_temperature(logits, labels, lowest=0.75) == 0.75


def test_a_tempered_head_says_the_same_with_other_certainty() -> None:
    head, features = Head(5, 3, (4,)).eval(), torch.randn(7, 5)
    with torch.no_grad():
        before = head(features)
        temper(head, 2.0)
        assert torch.allclose(head(features), before / 2, atol=1e-6)


def test_chance_adds_less_to_the_debiased_error_and_a_planted_gap_stays() -> None:
    rng = np.random.default_rng(0)
    for gap in (0.0, 0.3):
        plain, debiased = [], []
        for _ in range(60):
            sure = rng.uniform(0.5, 1.0, 100)
            wrong = rng.random(100) >= sure - gap
            found = calibration(np.stack([sure, 1 - sure], axis=1), wrong.astype(np.int64), (*map(str, range(100)),), 0)
            assert found.error.value is not None
            assert found.debiased is not None
            plain.append(found.error.value)
            debiased.append(found.debiased)
        assert gap - 0.01 < np.mean(debiased) < np.mean(plain)
        if not gap:
            assert np.mean(debiased) < 0.7 * np.mean(plain)
    assert calibration(np.zeros((0, 2)), np.zeros(0, np.int64), (), seed=0).debiased is None
