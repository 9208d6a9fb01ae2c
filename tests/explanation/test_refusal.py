"""Why a photo gets no label is found as why it gets a wrong one, and unknown signs are accused of nothing."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from tests.explanation.brightness_model import SIDES, subject_photo
from unseen.explanation import pixel_ops as ops
from unseen.explanation.cause_wording import summary
from unseen.explanation.causes import Cause
from unseen.explanation.explain_photo import Answered, explain_answers
from unseen.explanation.explained import Explanation
from unseen.explanation.known_training import know, see
from unseen.explanation.refusal import with_refusal
from unseen.explanation.try_replays import Changed
from unseen.records import Float32Array, Uint8Array

KNOWN = know([subject_photo(side, 105 + 3 * i, i) for i in range(16) for side in ("left", "right")])
LIMIT = 0.7


def refusing_the_dark(photos: Sequence[Uint8Array]) -> Float32Array:
    """Say left of every photo, but name none that is dark."""
    doubts = np.array([0.95 if photo.mean() < 60 else 0.05 for photo in photos], np.float32)
    return with_refusal(np.tile(np.array([[2.0, 0.0]], np.float32), (len(photos), 1)), doubts, LIMIT)


def never(photos: Sequence[Uint8Array]) -> Float32Array:
    """Name no photo."""
    logits = np.tile(np.array([[2.0, 0.0]], np.float32), (len(photos), 1))
    return with_refusal(logits, np.full(len(photos), 0.95, np.float32), LIMIT)


def explained(photo: Uint8Array, label: str | None, model: object = refusing_the_dark) -> Explanation:
    assert callable(model)

    def ask(changed: Sequence[Changed]) -> Float32Array:
        found: Float32Array = model([pixels for _, pixels in changed])
        return found

    return explain_answers(Answered(SIDES, model([photo])[0], ask, refused=True), see(photo, KNOWN), label, KNOWN)


def test_the_last_answer_is_the_largest_beyond_the_limit_alone() -> None:
    logits = np.array([[3, 1], [0, 4], [1, 1.5]], np.float32)
    found = with_refusal(logits, np.array([0.9, 0.2, 0.71], np.float32), LIMIT)
    assert found.argmax(axis=1).tolist() == [2, 1, 2]
    np.testing.assert_array_equal(found[:, :2], logits)


@pytest.mark.parametrize("label", ["left", None])
def test_a_dark_photo_gets_no_label_because_it_is_dark(label: str | None) -> None:
    found = explained(ops.gained(subject_photo("left", 125, 50), [0.2] * 3), label)
    assert found.causes[0].cause is Cause.TOO_DARK
    assert found.causes[0].replay is not None
    assert found.target == "left"
    assert {row.nameless for row in found.replays} == {True, False}
    assert len(found.probabilities) == 2
    assert sum(found.probabilities) == pytest.approx(1)
    assert "no label" in summary(replace(found, nameless=True))


def test_an_unknown_sign_is_accused_of_nothing() -> None:
    found = explained(subject_photo("left", 125, 50), None, never)
    assert found.causes == ()
    assert found.target is None
