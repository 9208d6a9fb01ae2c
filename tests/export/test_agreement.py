"""Two runtimes agree where every answer is the same and every probability within the tolerance."""

import numpy as np
import pytest

from unseen.export.agreement import Agreement, agree
from unseen.records import Float32Array


@pytest.mark.parametrize(
    ("agreement", "holds"),
    [
        (Agreement(9, 1e-6, 9), True),
        (Agreement(9, 1e-6, 8), False),
        (Agreement(9, 2e-3, 9), False),
        (Agreement(9, float("nan"), 9), False),
    ],
)
def test_agreement_means_every_answer_and_every_probability(agreement: Agreement, holds: bool) -> None:
    assert agreement.holds is holds


def probabilities(first: float, photos: int = 50) -> Float32Array:
    return np.tile(np.array([first, 1 - first], np.float32), (photos, 1))


def test_the_same_numbers_agree() -> None:
    assert agree(probabilities(0.7), probabilities(0.7)) == Agreement(50, 0.0, 50)


def test_the_largest_difference_and_other_answers_are_counted() -> None:
    found = probabilities(0.7)
    found[3], found[8] = (0.3, 0.7), (0.71, 0.29)
    agreement = agree(probabilities(0.7), found)
    assert agreement.same_answers == 49
    assert agreement.largest_difference == pytest.approx(0.4)
    assert not agreement.holds


def test_classes_that_are_as_likely_may_change_places() -> None:
    assert agree(probabilities(0.5002), probabilities(0.4998)).holds


def test_the_photos_that_differ_most_are_left_aside() -> None:
    found = probabilities(0.7)
    found[17] = (0.1, 0.9)
    assert agree(probabilities(0.7), found, left_aside=0.02) == Agreement(49, 0.0, 49)
    found[3] = (0.2, 0.8)
    assert not agree(probabilities(0.7), found, left_aside=0.02).holds


def test_nan_is_never_left_aside() -> None:
    found = probabilities(0.7)
    found[5] = np.nan
    agreement = agree(probabilities(0.7), found, left_aside=0.5)
    assert agreement.photos == 50
    assert not agreement.holds
