"""What to do next: serious findings first, then what mistakes have in common, never more than three things."""

from dataclasses import replace

import numpy as np

from tests.explanation.brightness_model import BY_MARK, RIGHT_IN_THE_DARK, subject_photo
from unseen.explanation import pixel_ops as ops
from unseen.explanation.cause_wording import TITLES
from unseen.explanation.causes import Cause
from unseen.explanation.explain_photo import explain_seen
from unseen.explanation.explained import Accused, Explanation
from unseen.explanation.known_training import know, see
from unseen.report.next_steps import MOST_STEPS, Diagnosis, answer, next_steps

KNOWN = know([subject_photo(side, 105 + 3 * i, i) for i in range(16) for side in ("left", "right")])
FEW, BACKGROUND, WRONG = "Classes have few photos.", "All photos show one background.", "2 photos have a wrong label."


def dark() -> Explanation:
    photo = ops.gained(subject_photo("left"), [0.3] * 3)
    return explain_seen(RIGHT_IN_THE_DARK, see(photo, KNOWN), "left", KNOWN)


def test_a_cause_that_a_change_undid_is_what_to_do_first() -> None:
    steps = next_steps(Diagnosis((dark(),), None), [(0.5, FEW), (0.1, BACKGROUND)])
    assert steps[0].startswith(f"{TITLES[Cause.TOO_DARK]} in 1 of 1 mistake")
    assert steps[1:] == [f"{FEW} See audit.html."]


def test_a_serious_finding_comes_before_causes_and_others_fill_what_is_left() -> None:
    steps = next_steps(Diagnosis((dark(),), None), [(0.7, WRONG), (0.5, FEW), (0.4, BACKGROUND)])
    assert len(steps) == MOST_STEPS
    assert (steps[0], steps[2]) == (f"{WRONG} See audit.html.", f"{FEW} See audit.html.")
    assert TITLES[Cause.TOO_DARK] in steps[1]


def test_what_is_only_suspected_is_no_advice() -> None:
    suspected = replace(dark(), causes=(Accused(Cause.TOO_BRIGHT, float(np.log(0.3)), None, None),))
    steps = next_steps(Diagnosis((suspected,), None), [])
    assert steps[0].startswith(TITLES[Cause.NOT_COVERED])
    assert TITLES[Cause.TOO_BRIGHT] not in steps[0]


def test_nothing_to_say_is_nothing_to_do() -> None:
    right = explain_seen(BY_MARK, see(subject_photo("left"), KNOWN), "left", KNOWN)
    assert next_steps(Diagnosis((), None), [(0.2, FEW)]) == []
    assert "What next" not in answer("runs/a", "Right.", Diagnosis((), None), [])
    assert "1. Do" in answer("runs/a", "Right.", Diagnosis((right,), None), ["Do"])
