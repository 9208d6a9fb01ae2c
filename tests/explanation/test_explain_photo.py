"""Causes that are planted are named, and nothing is accused where nothing was planted."""

import json
from dataclasses import replace

import numpy as np
import pytest

from tests.explanation.brightness_model import BY_GROUND, BY_MARK, RIGHT_IN_THE_DARK, subject_photo
from unseen.errors import UnseenError
from unseen.explanation import pixel_ops as ops
from unseen.explanation.cause_wording import summary
from unseen.explanation.causes import Cause
from unseen.explanation.explain_photo import Answered, explain_answers, explain_seen
from unseen.explanation.explained import Covered, Near
from unseen.explanation.known_training import know, see
from unseen.explanation.try_replays import FEW, FIRST
from unseen.records import Uint8Array

LEFT = np.tile(np.array([3.0, 0.0], np.float32), (30, 1))
KNOWN = know([subject_photo(side, 105 + 3 * i, i) for i in range(16) for side in ("left", "right")])


def first_cause(model: object, photo: np.ndarray, label: str) -> Cause | None:
    found = explain_seen(model, see(photo, KNOWN), label, KNOWN)  # type: ignore[arg-type]
    return found.causes[0].cause if found.causes else None


def test_a_photo_that_is_right_has_no_cause() -> None:
    for side in ("left", "right"):
        found = explain_seen(BY_MARK, see(subject_photo(side), KNOWN), side, KNOWN)
        assert (found.right, found.causes) == (True, ())
        assert explain_seen(BY_MARK, see(subject_photo(side), KNOWN), None, KNOWN).causes == ()


def test_darkness_is_named_where_the_model_goes_by_it() -> None:
    dark = ops.gained(subject_photo("left"), [0.3] * 3)
    assert first_cause(RIGHT_IN_THE_DARK, dark, "left") is Cause.TOO_DARK


def test_a_mirrored_photo_is_named() -> None:
    assert first_cause(BY_MARK, np.ascontiguousarray(subject_photo("left")[:, ::-1]), "left") is Cause.MIRRORED


def test_the_background_is_named_where_the_model_goes_by_it() -> None:
    photo = subject_photo("left")
    seen = see(photo, KNOWN)
    stripes = np.zeros_like(photo) + np.where(np.arange(photo.shape[1]) % 32 < 16, 40, 220)[None, :, None].astype(
        np.uint8
    )
    striped = ops.blended(photo, stripes, seen.foreground.alpha)
    assert first_cause(BY_GROUND, striped, "left") is Cause.BACKGROUND


def test_values_from_0_to_1_are_named() -> None:
    found = explain_seen(
        RIGHT_IN_THE_DARK, see(np.rint(subject_photo("left") / 255).astype(np.uint8), KNOWN), "left", KNOWN
    )
    assert Cause.VALUE_RANGE in [one.cause for one in found.causes[:3]]


def test_the_record_is_json_and_the_summary_names_the_answer() -> None:
    dark = ops.gained(subject_photo("left"), [0.3] * 3)
    found = explain_seen(RIGHT_IN_THE_DARK, see(dark, KNOWN), "left", KNOWN)
    said = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert (said["label"], said["true"], said["right"]) == ("right", "left", False)
    assert (said["causes"][0]["cause"], said["causes"][0]["replay"]) == ("too_dark", "lighter")
    assert {"dark", "left"} <= set(summary(found).replace(":", "").split())


def test_a_label_that_is_no_class_is_refused() -> None:
    with pytest.raises(UnseenError, match="no class"):
        explain_seen(BY_MARK, see(subject_photo(), KNOWN), "up", KNOWN)


def test_a_tag_that_turns_a_photo_wrongly_is_named_before_the_turn() -> None:
    stored = subject_photo("left")
    turned = np.ascontiguousarray(stored[:, ::-1])
    found = explain_seen(BY_MARK, see(turned, KNOWN, stored=stored), "left", KNOWN)
    assert [one.cause for one in found.causes[:2]] == [Cause.EXIF_IGNORED, Cause.MIRRORED]


def test_every_change_is_tried_where_asked() -> None:
    seen = see(ops.gained(subject_photo("left"), [0.3] * 3), KNOWN)
    few, all_of_them = (explain_seen(RIGHT_IN_THE_DARK, seen, "left", KNOWN, thorough) for thorough in (False, True))
    assert len(few.replays) <= FIRST < 30 < len(all_of_them.replays)
    assert few.causes[0].cause is all_of_them.causes[0].cause is Cause.TOO_DARK


def test_few_changes_are_tried_where_the_photo_shows_for_certain_what_none_undoes() -> None:
    values = np.rint(subject_photo("left") / 255).astype(np.uint8)
    found = explain_seen(RIGHT_IN_THE_DARK, see(values, KNOWN), "left", KNOWN)
    assert found.label == "right"
    assert (len(found.replays), found.causes[0].cause) == (FEW, Cause.VALUE_RANGE)


def test_a_label_against_which_all_neighbours_speak_is_doubted() -> None:
    def said(nearest: str, marks: str, photo: Uint8Array = subject_photo("left")) -> str:  # noqa: B008 - pixels
        covered = Covered(0.5, tuple(Near("", nearest, 0.1) for _ in range(5)))
        answered = Answered(
            ("left", "right"), np.array([3.0, 0.0], np.float32), lambda changed: LEFT[: len(changed)], covered
        )
        return summary(explain_answers(answered, see(photo, KNOWN), marks, KNOWN))

    assert "is the label right?" in said("left", "right")
    assert "is the label right?" not in said("right", "right")
    assert "is the label right?" not in said("left", "left")
    # what is near to a spoiled photo says little
    assert "is the label right?" not in said("left", "right", np.rint(subject_photo("left") / 255).astype(np.uint8))


def test_an_answer_that_is_not_sure_says_what_else_it_may_be() -> None:
    found = explain_seen(BY_MARK, see(subject_photo("left"), KNOWN), None, KNOWN)
    assert "nothing speaks against" in summary(found)
    torn = summary(replace(found, probabilities=(0.55, 0.45)))
    assert all(part in torn for part in ("left (55%)", "right (45%)", "not sure", "unseen"))
