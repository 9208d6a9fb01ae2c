"""A model's planted weakness is its weakest row; what it does not look at costs nothing."""

from dataclasses import replace

import numpy as np

from tests.explanation.brightness_model import BY_MARK, RIGHT_IN_THE_DARK, SIDES, subject_photo
from unseen.explanation.stress.stress_test import Stress, Stressed, stress
from unseen.explanation.stress.stress_wording import lines, weakness
from unseen.progress import Silent
from unseen.records import Interval

PHOTOS = [subject_photo(side, 120, i) for i in range(3) for side in SIDES]
LABELS = np.array([0, 1] * 3)
GROUPS = [str(i) for i in range(6)]


def test_the_other_hand_is_what_a_model_of_sides_cannot_stand() -> None:
    found = stress(BY_MARK, PHOTOS, LABELS, GROUPS, Silent(), severities=(1, 3))
    assert found.clean.value == 1.0
    assert found.weakest[0].name == "the other hand"
    assert found.weakest[0].accuracy.value == 0.0
    assert len(found.rows) == 27
    assert any("the other hand" in line and "--flip yes" in line for line in lines(found))
    assert (found.relative(published=True) or 0) > 0.6


def test_darkness_is_what_a_model_of_light_cannot_stand() -> None:
    left = PHOTOS[::2]
    found = stress(RIGHT_IN_THE_DARK, left, np.zeros(3, np.int64), GROUPS[:3], Silent(), severities=(3,))
    assert found.weakest[0].name == "under-exposed"
    # a model without its photos cannot be extended: the advice is what can be done with it
    assert not found.extends
    assert "unseen extend" not in weakness(found, "under-exposed")
    assert "unseen train PHOTOS" in weakness(found, "under-exposed")
    assert "unseen extend RUN PHOTOS" in weakness(replace(found, extends=True), "under-exposed")
    assert {row.name: row.accuracy.value for row in found.rows}["the other hand"] == 1.0
    said = found.as_dict()
    assert said["weakest"] == [row.name for row in found.weakest]


def test_one_photo_that_is_lost_is_chance_and_few_photos_are_counted() -> None:
    one, two, six = (Interval(right / 6, None, None, 6, 6) for right in (5, 4, 6))
    rows = [Stressed(name, True, of, ((3, of.value or 0),), PHOTOS[0]) for name, of in (("fog", one), ("snow", two))]
    found = Stress(six, tuple(rows))
    assert [row.name for row in found.weakest] == ["snow"]
    assert "4 of 6 right, where 6 of 6 of the same photos" in weakness(found, "snow")
