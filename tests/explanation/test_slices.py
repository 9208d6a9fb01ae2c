"""Photos are sliced by the tone of the palm and by the hand that they show."""

import numpy as np
import pytest

from unseen.explanation.stress.hand_stress import MONK_SCALE
from unseen.explanation.stress.slices import Shown, slices, tone_of, what_is_shown
from unseen.records import Float32Array, Uint8Array

# Wrist below, roots of index and little finger above it; the other joints do not matter for the tone.
JOINTS = np.tile(np.array([[50.0, 50.0]], np.float32), (21, 1))
JOINTS[0], JOINTS[5], JOINTS[17] = (50, 90), (30, 40), (70, 40)


def palm(colour: tuple[int, int, int]) -> Uint8Array:
    photo = np.full((100, 100, 3), (20, 160, 40), np.uint8)  # before a green wall
    photo[35:95, 25:75] = colour
    return photo


@pytest.mark.parametrize("orb", range(10))
def test_each_orb_of_the_scale_is_told_from_the_others(orb: int) -> None:
    assert tone_of(palm(MONK_SCALE[orb]), JOINTS) == orb


def test_a_photo_without_joints_is_in_no_slice() -> None:
    nan: Float32Array = np.full((21, 2), np.nan, np.float32)
    assert what_is_shown(palm(MONK_SCALE[0]), None) == what_is_shown(palm(MONK_SCALE[0]), nan) == ()


def test_each_slice_has_the_accuracy_of_its_own_photos() -> None:
    right = np.array([True, True, False, True])
    shown = [(Shown.LIGHT, Shown.LEFT), (Shown.DARK, Shown.LEFT), (Shown.DARK, Shown.RIGHT), ()]
    found = {one.shown: one.accuracy for one in slices(right, shown, ["a", "b", "c", "d"])}
    assert {name: (of.value, of.n) for name, of in found.items()} == {
        Shown.LIGHT: (1.0, 1), Shown.DARK: (0.5, 2), Shown.LEFT: (1.0, 2), Shown.RIGHT: (0.0, 1),
    }  # fmt: skip
