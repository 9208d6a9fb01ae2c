"""What was new in a test follows from what its groups are of, and from leaks."""

import pytest

from unseen.evaluation.tested_on import group_unit, held_out
from unseen.records import GroupReason, Unit
from unseen.split.reasons import unit_of
from unseen.split.verify import Leak


def reason(unit: Unit, photos: int) -> GroupReason:
    return GroupReason("stated", photos, 3, "text", unit)


def test_groups_are_called_what_nearly_all_photos_are_in() -> None:
    assert group_unit([reason("person", 95), reason("photo", 5)], 100) == "person"
    assert group_unit([reason("person", 60), reason("photo", 40)], 100) == "photo"
    assert group_unit([reason("session", 100)], 100) == "session"
    assert group_unit([], 0) == "photo"


def test_a_new_session_says_nothing_of_people() -> None:
    assert held_out("photo") == ("photo",)
    assert held_out("session") == ("photo", "session")
    assert held_out("person") == ("photo", "session", "person")


def test_what_leaks_was_not_held_out() -> None:
    assert held_out("person", [Leak("group", "anna", ("train", "test"), ("a", "b"))]) == ("photo",)
    assert held_out("person", [Leak("equal file", "f00", ("train", "test"), ("a", "b"))]) == ()


@pytest.mark.parametrize(
    ("names", "unit"),
    [
        (["person1", "person2"], "person"),
        (["Signer_03", "Signer_04"], "person"),
        (["anna", "ben", "li"], "person"),
        (["kitchen", "office 2"], "room"),
        (["webcam", "phone2"], "camera"),
        (["session1", "session2"], "session"),
        (["2024-05-01", "2024-05-02"], "session"),
        (["a1", "b7", "x"], "session"),
        ([], "session"),
    ],
)
def test_names_of_groups_say_what_they_are_of(names: list[str], unit: Unit) -> None:
    assert unit_of(names) == unit
