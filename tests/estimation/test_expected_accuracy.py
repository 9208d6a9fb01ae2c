"""An estimate follows a planted truth that it is not told, and says so where it cannot."""

import numpy as np
import pytest

from tests.estimation.planted import CLASSES, photos, reference
from unseen.estimation.expected_accuracy import Reason, estimate

NAMES = tuple("abcd")


@pytest.mark.parametrize("shift", [0.0, 1.5, 4.0])
def test_the_estimate_follows_the_truth(shift: float) -> None:
    features, labels, logits = photos(5, 300, shift)
    truth = float((logits.argmax(axis=1) == labels).mean())
    found = estimate(logits, features, reference(), NAMES)
    assert found.accuracy.value is not None
    assert found.accuracy.low is not None
    assert found.accuracy.high is not None
    assert abs(found.accuracy.value - truth) < 0.15
    assert found.accuracy.low <= found.accuracy.value <= found.accuracy.high
    assert found.right.mean() == pytest.approx(found.accuracy.value, abs=1e-3)


def test_more_is_promised_of_its_own_people_than_of_strangers() -> None:
    own, strangers = (
        estimate(logits, features, reference(), NAMES).accuracy.value
        for features, _, logits in (photos(6, 200, 0.0), photos(6, 200, 6.0))
    )
    assert own is not None
    assert strangers is not None
    assert own > strangers + 0.1


def test_classes_share_the_photos_by_answer() -> None:
    features, _, logits = photos(7, 120, 1.0)
    found = estimate(logits, features, reference(), NAMES)
    assert {name: share.n for name, share in found.per_class.items()} == dict(
        zip(NAMES, np.bincount(logits.argmax(axis=1), minlength=CLASSES).tolist(), strict=True)
    )


def test_it_says_when_nothing_can_be_told() -> None:
    features, _, logits = photos(8, 4, 0.0)
    assert estimate(logits, features, reference(), NAMES).reason is Reason.FEW_PHOTOS
    features, _, logits = photos(8, 40, 0.0)
    found = estimate(logits, features, None, NAMES)
    assert (found.reason, found.accuracy.value, found.as_dict()["per_class"]) == (Reason.NO_REFERENCE, None, {})
