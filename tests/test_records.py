"""Why photos are left out is said for all of them, and reasons that differ in a number alone are one."""

from unseen.records import Rejected, common_reasons, left_out_sentence

REASONS = ("empty file", "truncated", "damaged", "not an image", "too narrow: 300 x 2 px", "too narrow: 400 x 3 px")
ROWS = [Rejected(f"{i}.jpg", reason) for i, reason in enumerate((*REASONS, "truncated"))]


def test_every_reason_is_named() -> None:
    said = left_out_sentence(ROWS)
    assert said.startswith("7 photos are not part of this: ")
    for part in ("1 empty file", "2 truncated", "1 damaged", "1 not an image", "2 too narrow"):
        assert part in said
    assert "px" not in said


def test_a_reason_that_stands_alone_keeps_its_numbers() -> None:
    assert left_out_sentence(ROWS[4:5]) == "1 photo is not part of this: 1 too narrow: 300 x 2 px."


def test_few_are_named_where_few_are_asked_for() -> None:
    said = common_reasons(ROWS, 2)
    assert said.startswith("2 truncated, 2 too narrow, ") or said.startswith("2 too narrow, 2 truncated, ")
    assert said.endswith("3 for other reasons")
