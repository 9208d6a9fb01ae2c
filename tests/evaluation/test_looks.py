"""The palm and what is around the hand are told apart."""

import numpy as np

from tests.evaluation.planted_hands import photo
from unseen.evaluation.looks import colours_around, evenly, palm_colour, to_lab


def test_the_palm_is_told_from_the_wall() -> None:
    brown, grey = (150, 100, 80), (128, 128, 128)
    on_grey, on_blue = palm_colour(*photo(brown, grey)), palm_colour(*photo(brown, (30, 40, 200)))
    assert np.allclose(on_grey, on_blue)
    assert np.allclose(on_grey, to_lab(np.array([brown], np.uint8))[0, 1:])


def test_what_is_around_leaves_out_the_columns_of_the_hand() -> None:
    arm, other, blue, dark = (150, 100, 80), (90, 60, 50), (30, 60, 180), (9, 9, 9)
    joints = photo(arm, blue)[1]
    hand, another = (np.full((80, 80, 3), blue, np.uint8) for _ in range(2))
    hand[35:, 34:46], another[35:, 34:46] = arm, other
    assert np.allclose(colours_around(hand, joints), colours_around(another, joints))
    assert not np.allclose(colours_around(hand, joints), colours_around(*photo(arm, dark)))


def test_photos_are_taken_evenly() -> None:
    assert evenly(5, 10).tolist() == [0, 1, 2, 3, 4]
    assert evenly(101, 3).tolist() == [0, 50, 100]
