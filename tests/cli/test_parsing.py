"""Flags become settings, and settings that are wrong name their flags."""

import pytest

from unseen.cli.parsing import flag, parse_hidden, parse_per_class, settings_of
from unseen.errors import SettingError
from unseen.per_class import Answer, PerClass


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("auto", ["auto", "auto", "auto"]),
        ("no", [False, False, False]),
        ("auto,6=no,9=yes", [False, True, "auto"]),
        ("yes, 9 = no", [True, False, True]),
        ("left=no", ["auto", "auto", False]),
    ],
)
def test_each_class_has_its_answer(text: str, answers: list[Answer]) -> None:
    assert parse_per_class("flip", text).of(["6", "9", "left"]) == answers


def test_a_class_may_be_called_like_an_answer_or_hold_an_equals_sign() -> None:
    assert parse_per_class("flip", "auto,no=yes,a=b=no").named == {"no": True, "a=b": False}


@pytest.mark.parametrize("text", ["", "maybe", "auto,6", "auto,6=maybe", "auto,", "auto,=no", "auto,yes", "6=no,auto"])
def test_other_texts_are_refused_in_one_line(text: str) -> None:
    with pytest.raises(SettingError, match=r"^rotate is '.*': use auto, no, yes") as error:
        parse_per_class("rotate", text)
    assert "\n" not in str(error.value)


def test_a_class_has_one_answer() -> None:
    with pytest.raises(SettingError, match="flip names '6' twice"):
        parse_per_class("flip", "6=no,6=yes")


@pytest.mark.parametrize(
    ("text", "widths"),
    [("auto", None), ("linear", ()), ("100", (100,)), ("512,128", (512, 128)), ("9,8,7", (9, 8, 7))],
)
def test_hidden_layers_are_widths(text: str, widths: tuple[int, ...] | None) -> None:
    assert parse_hidden(text) == widths


@pytest.mark.parametrize("text", ["", "0", "-5", "1.5", "512,", ",512", "512, 128", "mlp", "999999", "linear,5"])
def test_other_hidden_layers_are_refused(text: str) -> None:
    with pytest.raises(SettingError, match="use auto, linear, or widths"):
        parse_hidden(text)


def test_flags_become_values() -> None:
    texts = {"fractions": "50/25/25", "classes": "red, blue", "unfreeze": "2", "flip": "no", "seed": 3, "groups": None}
    assert settings_of(texts) == {
        "fractions": (50, 25, 25), "classes": ("red", "blue"), "unfreeze": 2, "flip": PerClass(False), "seed": 3,
        "groups": None,
    }  # fmt: skip
    assert settings_of({"classes": None, "unfreeze": "last"}) == {"classes": None, "unfreeze": "last"}


def test_flags_are_the_settings_with_dashes() -> None:
    names = ("image_size", "label_smoothing", "hidden_layers")
    assert [flag(name) for name in names] == ["--image-size", "--label-smoothing", "--hidden"]
