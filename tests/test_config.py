import json
from dataclasses import fields
from typing import Any

import pytest

from unseen.config import CHOICES, RANGES, TrainConfig, config_from, flag
from unseen.errors import UnseenError

GIVEN = {"photos": "photos", "out": "runs/one"}


def refused(**values: Any) -> str:
    with pytest.raises(UnseenError) as error:
        config_from({**GIVEN, **values})
    message = str(error.value)
    assert "\n" not in message
    return message


def test_a_config_survives_json() -> None:
    config = TrainConfig("photos", "out", fractions=(0.8, 0.1, 0.1), dropout=0.3, epochs=5, image_size=96)
    assert config_from(json.loads(json.dumps(config.as_dict()))) == config


def test_unknown_keys_are_refused() -> None:
    assert "setting 'learning_rat' is not known" in refused(learning_rat=0.1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("batch_size", "32"), ("batch_size", 3.5), ("batch_size", True), ("batch_size", None), ("model", 5),
        ("model", None), ("time_limit", "ten"), ("dropout", "0.1"), ("epochs", 2.5), ("fractions", "abc"),
        ("fractions", 5),
        ("fractions", [0.7, "x", 0.1]), ("seed", [1]), ("width", {}),
    ],
)  # fmt: skip
def test_wrong_types_are_refused(name: str, value: object) -> None:
    assert f"setting '{name}' is " in refused(**{name: value})


def test_whole_numbers_pass_as_shares_and_none_as_not_given() -> None:
    config = config_from(
        {**GIVEN, "dropout": 0, "time_limit": 5, "learning_rate": None, "width": 1, "fractions": [3, 1, 1]}
    )
    assert (config.dropout, config.time_limit, config.learning_rate) == (0, 5, None)


@pytest.mark.parametrize(("name", "low", "high"), RANGES)
def test_ranges_are_inclusive_and_end_there(name: str, low: float, high: float) -> None:
    whole = name in ("image_size", "batch_size", "epochs", "patience")
    for value in (low, high):
        assert getattr(config_from({**GIVEN, name: int(value) if whole else value}), name) == value
    for value in (low - 1, high + 1):
        message = refused(**{name: int(value) if whole else value})
        assert f"--{flag(name)} " in message
        assert "use a value from" in message


@pytest.mark.parametrize("name", ["time_limit", "weight_decay", "learning_rate"])
def test_nan_is_refused(name: str) -> None:
    assert flag(name) in refused(**{name: float("nan")})


@pytest.mark.parametrize("name", list(CHOICES))
def test_choices_are_listed_when_missed(name: str) -> None:
    for choice in CHOICES[name]:
        assert getattr(config_from({**GIVEN, name: choice}), name) == choice
    message = refused(**{name: "Other"})
    assert all(choice in message for choice in CHOICES[name])


@pytest.mark.parametrize("shares", [(0.7, 0.3), (0.0, 0.5, 0.5), (1.2, -0.2, 0.0), (1, 1, 1, 1), ()])
def test_shares_must_be_three_with_photos_to_train_on(shares: tuple[float, ...]) -> None:
    assert "--fractions" in refused(fractions=shares)


def test_flags_are_the_fields_with_dashes() -> None:
    names = ("image_size", "label_smoothing", "hidden_layers")
    assert [flag(name) for name in names] == ["image-size", "label-smoothing", "hidden"]


def test_every_range_and_choice_is_of_a_field() -> None:
    names = {field.name for field in fields(TrainConfig)}
    assert {name for name, _, _ in RANGES} | set(CHOICES) <= names


def test_answers_by_class_are_saved_as_one_text() -> None:
    config = config_from({**GIVEN, "flip": " 9=no, 6 = no", "rotate": "yes"})
    assert (config.flip, config.rotate) == ("auto,6=no,9=no", "yes")
    assert config_from(json.loads(json.dumps(config.as_dict()))) == config


def test_answers_by_class_are_refused_with_their_flag() -> None:
    assert "--rotate '6=maybe' asked" in refused(rotate="auto,6=maybe")
