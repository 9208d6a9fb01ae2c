import pytest

from unseen.errors import SettingError
from unseen.per_class import LISTED, PerClass


def test_each_class_has_its_answer() -> None:
    assert PerClass().of(["6", "9"]) == ["auto", "auto"]
    answers = PerClass(True, {"9": False, "left": "auto"})
    assert answers.of(["6", "9", "left"]) == [True, False, "auto"]
    assert answers.answers == {True, False, "auto"}


def test_an_unknown_class_is_told_the_known_ones() -> None:
    answers = PerClass("auto", {"6": False, "seven": False})
    with pytest.raises(SettingError) as error:
        answers.require_known("rotate", ["6", "9"])
    assert str(error.value) == "rotate names 'seven', which is no class: use one of 6, 9"
    answers.require_known("rotate", ["6", "seven"])


def test_a_long_list_of_classes_is_cut() -> None:
    with pytest.raises(SettingError, match=rf", {LISTED - 1} and 3 more$"):
        PerClass("auto", {"x": False}).require_known("flip", [str(i) for i in range(LISTED + 3)])
