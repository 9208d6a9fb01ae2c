"""What is promised of strangers is cautious, and less where signs are many and close together."""

from dataclasses import replace

import numpy as np
import pytest

from tests.estimation.planted import reference
from unseen.estimation.shift_model import builtin_shift_model
from unseen.estimation.strangers import expect, own_signals
from unseen.evaluation.results import StrangersMethod


def test_the_signals_are_those_of_held_out_photos() -> None:
    found = own_signals(reference(), 280, None)
    assert found["views"] == found["own"] > 3  # nearly all are right
    assert found["photos"] == pytest.approx(4.248, abs=0.01)  # the logarithm of 70 a class
    assert found["apart"] >= found["closest"] > 0


def test_many_classes_that_lie_close_together_promise_less() -> None:
    usual = own_signals(reference(), 280, None)
    easy, hard = expect(usual), expect(usual | {"classes": 3.2, "closest": 2.0, "apart": 2.4})
    assert easy.method is hard.method is StrangersMethod.SHIFTS
    for found in (easy, hard):
        assert found.value is not None
        assert found.low is not None
        assert found.high is not None
        assert found.low <= found.value <= found.high
    assert (hard.value or 0) < (easy.value or 0) - 0.1


def test_of_five_classes_and_more_it_never_promises_above_four_fifths() -> None:
    line = builtin_shift_model().strangers
    best = dict(zip(line.names, line.highest, strict=True)) | {"classes": 1.6094379}
    assert line.at(best)[0] <= 0.8


def test_nobody_is_promised_more_than_the_runs_own_people_got() -> None:
    usual = own_signals(reference(), 280, None)
    own = 0.4
    found = expect(usual | {"own": float(np.log(own / (1 - own)))})
    assert found.value is not None
    assert found.low is not None
    assert found.low <= found.value <= own + 1e-4
    assert (found.high or 0) > own  # which is no limit of what may be


def test_known_signs_that_people_tell_apart_less_promise_less() -> None:
    turn = np.eye(3, dtype=np.float32)

    def promised(apart: float) -> float:
        places = apart * np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
        signals = own_signals(replace(reference(), turn=turn, places=places), 280, None)
        assert signals["signs_apart"] == pytest.approx(np.log(apart))
        return expect(signals, known_signs=True).value or 0.0

    assert promised(9.0) < promised(20.0) - 0.01
