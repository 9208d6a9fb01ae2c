"""What to do once a model has been examined: the commands, by what was found and what was done already."""

from dataclasses import replace

import pytest

from unseen.diagnosing.claim import Evidence
from unseen.diagnosing.diagnosis import Diagnosis, Fixed, OwnPhotos
from unseen.diagnosing.photo_reading import Reading
from unseen.diagnosing.what_next import first_steps
from unseen.evaluation.paired import Difference
from unseen.records import Interval


def interval(value: float) -> Interval:
    return Interval(value, value - 0.05, value + 0.05, 90, 30)


def gain(value: float) -> Difference:
    return Difference(interval(0.5), interval(0.5 + value), interval(value))


FOUND = Diagnosis(
    model="theirs/model.h5", kind="Keras", reading=Reading(64, 64), channels=3, claim="found",
    evidence=Evidence(interval(0.9), 0.5, 0.5), searched=60, judged=90, apart=True, folders=("a", "b"),
    outputs=("a", "b"), how="names", order_wrong=False, answers="probabilities",
    own=OwnPhotos("mine", interval(0.4), ()),
)  # fmt: skip


def commands(found: Diagnosis) -> list[str]:
    return [command for _, command in first_steps(found) if command]


def test_what_was_not_tried_is_offered() -> None:
    assert "unseen doctor model.h5 PHOTOS --fix" in commands(FOUND)
    assert "unseen train PHOTOS" in commands(FOUND)


def test_a_model_that_was_trained_is_used_and_taught_more() -> None:
    fixed = Fixed("runs/m doctor/fixed", interval(0.9), gain(0.1), gain(0.3))
    found = commands(replace(FOUND, fixed=fixed))
    assert "unseen predict 'runs/m doctor/fixed' photo.jpg" in found
    assert "unseen extend 'runs/m doctor/fixed' MY_PHOTOS" in found
    assert not any("--fix" in command or command == "unseen train PHOTOS" for command in found)


@pytest.mark.parametrize("claim", ["found", "nothing"])
def test_one_that_is_no_better_on_ones_own_photos_is_not_recommended(claim: str) -> None:
    fixed = Fixed("runs/fixed", interval(0.9), gain(0.1), gain(-0.1))
    found = commands(replace(FOUND, claim=claim, fixed=fixed))  # type: ignore[arg-type]
    assert not any(command.startswith("unseen predict") for command in found)
    assert "runs/fixed/report.html" in found
    assert not any("--fix" in command or command == "unseen train PHOTOS" for command in found)
