import pytest

from unseen.errors import UnseenError
from unseen.per_class import LISTED, PerClass, per_class


@pytest.mark.parametrize(
    ("text", "answers", "written"),
    [
        ("auto", ["auto", "auto", "auto"], "auto"),
        ("no", ["no", "no", "no"], "no"),
        ("auto,6=no,9=yes", ["no", "yes", "auto"], "auto,6=no,9=yes"),
        ("yes, 9 = no", ["yes", "no", "yes"], "yes,9=no"),
        ("left=no", ["auto", "auto", "no"], "auto,left=no"),
    ],
)
def test_each_class_has_its_answer(text: str, answers: list[str], written: str) -> None:
    asked = per_class("flip", text)
    assert asked.of(["6", "9", "left"]) == answers
    assert str(asked) == written
    assert per_class("flip", str(asked)) == asked


def test_a_class_may_be_called_like_an_answer_or_hold_an_equals_sign() -> None:
    assert per_class("flip", "auto,no=yes,a=b=no").named == {"no": "yes", "a=b": "no"}


@pytest.mark.parametrize("text", ["", "maybe", "auto,6", "auto,6=maybe", "auto,", "auto,=no", "auto,yes", "6=no,auto"])
def test_other_texts_are_refused_in_one_line(text: str) -> None:
    with pytest.raises(UnseenError, match=r"^--rotate '.*' asked: use auto, no, yes") as error:
        per_class("rotate", text)
    assert "\n" not in str(error.value)


def test_a_class_has_one_answer() -> None:
    with pytest.raises(UnseenError, match="--flip names '6' twice"):
        per_class("flip", "6=no,6=yes")


def test_an_unknown_class_is_told_the_known_ones() -> None:
    asked = PerClass("auto", {"6": "no", "seven": "no"})
    with pytest.raises(UnseenError) as error:
        asked.require_known("rotate", ["6", "9"])
    assert str(error.value) == "--rotate names 'seven', which is no class: use one of 6, 9"
    asked.require_known("rotate", ["6", "seven"])


def test_a_long_list_of_classes_is_cut() -> None:
    with pytest.raises(UnseenError, match=rf", {LISTED - 1} and 3 more$"):
        PerClass("auto", {"x": "no"}).require_known("flip", [str(i) for i in range(LISTED + 3)])
