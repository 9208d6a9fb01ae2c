import json
from dataclasses import fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from unseen.config import RANGES, AuditConfig, TrainConfig, config_from
from unseen.errors import SettingError
from unseen.per_class import PerClass
from unseen.settings import AuditSettings, RenderSettings, TrainSettings
from unseen.synth.shots import RenderConfig

CHOICES = {name: get_args(hint) for name, hint in get_type_hints(TrainConfig).items() if get_origin(hint) is Literal}
GIVEN = {"photos": "photos", "out": "runs/one"}


def made(**values: Any) -> TrainConfig:
    return config_from({**GIVEN, **values}, TrainConfig)


def refused(**values: Any) -> SettingError:
    with pytest.raises(SettingError) as error:
        made(**values)
    assert "\n" not in str(error.value)
    return error.value


def test_a_config_survives_json() -> None:
    config = TrainConfig(
        "photos", "out", fractions=(0.8, 0.1, 0.1), dropout=0.3, epochs=5, image_size=96, classes=("a", "b"),
        hidden_layers=(), unfreeze=2, flip=PerClass(True, {"6": False}), rotate=PerClass("auto", {"rest": True}),
    )  # fmt: skip
    assert config_from(json.loads(json.dumps(config.as_dict())), TrainConfig) == config


def test_unknown_keys_are_refused() -> None:
    assert refused(learning_rat=0.1).setting == "learning_rat"


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
    assert refused(**{name: value}).setting == name


def test_whole_numbers_pass_as_shares_and_none_as_not_given() -> None:
    config = made(dropout=0, time_limit=5, learning_rate=None, width=1, fractions=[3, 1, 1])
    assert (config.dropout, config.time_limit, config.learning_rate) == (0, 5, None)


@pytest.mark.parametrize(("name", "low", "high"), RANGES)
def test_ranges_are_inclusive_and_end_there(name: str, low: float, high: float) -> None:
    whole = name in ("image_size", "batch_size", "epochs", "patience")
    for value in (low, high):
        assert getattr(made(**{name: int(value) if whole else value}), name) == value
    for value in (low - 1, high + 1):
        error = refused(**{name: int(value) if whole else value})
        assert error.setting == name
        assert "use a value from" in error.problem


@pytest.mark.parametrize("name", ["time_limit", "weight_decay", "learning_rate"])
def test_nan_is_refused(name: str) -> None:
    assert refused(**{name: float("nan")}).setting == name


@pytest.mark.parametrize("name", list(CHOICES))
def test_choices_are_listed_when_missed(name: str) -> None:
    for choice in CHOICES[name]:
        assert getattr(made(**{name: choice}), name) == choice
    message = str(refused(**{name: "Other"}))
    assert all(choice in message for choice in CHOICES[name])


@pytest.mark.parametrize("shares", [(0.7, 0.3), (0.0, 0.5, 0.5), (1.2, -0.2, 0.0), (1, 1, 1, 1), ()])
def test_shares_must_be_three_with_photos_to_train_on(shares: tuple[float, ...]) -> None:
    assert refused(fractions=shares).setting == "fractions"


def test_every_range_is_of_a_field() -> None:
    assert {name for name, _, _ in RANGES} <= {field.name for field in fields(TrainConfig)}


@pytest.mark.parametrize(
    ("value", "answers"),
    [
        (True, PerClass(True)),
        ("auto", PerClass()),
        ({"6": False, "9": "auto"}, PerClass("auto", {"6": False, "9": "auto"})),
        (PerClass(True, {"6": False}), PerClass(True, {"6": False})),
        ({"named": True}, PerClass("auto", {"named": True})),  # a class may be called so
    ],
)
def test_answers_by_class_are_values(value: object, answers: PerClass) -> None:
    assert made(flip=value).flip == made(rotate=value).rotate == answers


@pytest.mark.parametrize("value", ["yes", "auto,6=no", 1, None, {"6": "no"}, {"6": 1}])
def test_other_answers_are_refused(value: object) -> None:
    assert refused(rotate=value).setting == "rotate"


@pytest.mark.parametrize("widths", ["wide", (0,), (100_000,), (1.5,), 8])
def test_hidden_layers_are_widths(widths: object) -> None:
    assert refused(hidden_layers=widths).setting == "hidden_layers"
    assert made(hidden_layers=[512, 128]).hidden_layers == (512, 128)


@pytest.mark.parametrize(
    ("settings", "config"), [(TrainSettings, TrainConfig), (AuditSettings, AuditConfig), (RenderSettings, RenderConfig)]
)
def test_keyword_settings_are_the_fields(settings: type, config: type) -> None:
    assert set(get_type_hints(settings)) == set(get_type_hints(config)) - (
        set() if config is RenderConfig else set(GIVEN)
    )
