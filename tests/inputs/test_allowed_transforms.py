"""The user's answers for single classes go before what was found in the photos, and the run says what it does."""

from pathlib import Path

import numpy as np
import pytest

from tests.conftest import TINY, TinyRun
from unseen.api import train
from unseen.augment.transforms import Transform
from unseen.config import TrainConfig
from unseen.context import Clock, RunContext
from unseen.errors import UnseenError
from unseen.inputs.allowed_transforms import carry_allowed, combine_answers, found_safe, messages
from unseen.inputs.label_safety import Exchange, LabelSafety
from unseen.per_class import Answer, PerClass, PerClassSetting, per_class
from unseen.progress import PrintProgress, Silent
from unseen.recipe import Recipe
from unseen.registry import find_spec
from unseen.runs import RunFolder, read_json, write_json
from unseen.runtime import find_runtime

CLASSES = ("6", "9", "fist")
# Planted: most photos of 6 upside down were classified as 9, and the other way round.
EXCHANGE = Exchange("upside-down", 0, 1, (0.9, 0.8))


def test_the_users_answer_goes_before_what_was_found() -> None:
    answers: list[Answer] = ["auto", "auto", False, False, True, True]
    found = np.array([True, False, True, False, True, False])
    assert combine_answers(answers, found).tolist() == [True, False, False, False, True, True]
    assert combine_answers(answers, None).tolist() == [False, False, False, False, True, True]


@pytest.mark.parametrize(
    ("told", "any_side", "rotated"),
    [(0.9, False, [False, False, False]), (0.9, True, [False, False, True]), (0.4, False, [False, False, True])],
)
def test_what_stands_upright_is_flipped_but_not_rotated_unless_it_comes_from_any_side(
    told: float, any_side: bool, rotated: list[bool]
) -> None:
    safety = LabelSafety((EXCHANGE,), np.ones(3, np.bool_), told)
    assert found_safe(Transform.ROTATE, safety, any_side).tolist() == rotated
    assert found_safe(Transform.FLIP, safety, any_side).all()


@pytest.mark.parametrize(
    ("rotate", "named"),
    [
        (["auto", "auto", "auto"], {"6", "9"}),
        ([True, "auto", "auto"], {"9"}),
        ([True, True, "auto"], set()),
        ([False, False, "auto"], set()),
    ],
)
def test_a_pair_is_reported_with_the_classes_that_are_left_out(rotate: list[Answer], named: set[str]) -> None:
    pair, *_ = [*messages({Transform.FLIP: ["auto"] * 3, Transform.ROTATE: rotate}, {}, [EXCHANGE], CLASSES), ": "]
    effect = pair.split(": ")[1]
    assert {name for name in CLASSES if f"'{name}'" in effect} == named


def test_the_texts() -> None:
    answers: dict[Transform, list[Answer]] = dict.fromkeys(Transform, ["auto"] * 3)
    decision = {Transform.FLIP: np.array([True, True, True]), Transform.ROTATE: np.array([False, False, True])}
    assert list(messages(answers, decision, [EXCHANGE], CLASSES)) == [
        "'6' upside down looks like '9': '6', '9' are not rotated freely in training",
        "photos are flipped in training",
        "photos are rotated freely in training, except those of 6, 9",
    ]
    assert list(messages(answers, {Transform.FLIP: np.zeros(3, np.bool_)}, [], CLASSES)) == [
        "no photo is flipped in training"
    ]


def test_a_run_holds_to_the_answers_by_class(tiny_run: TinyRun, tmp_path: Path) -> None:
    classes = read_json(tiny_run.root / "run.json")["classes"]
    first, second = classes[:2]
    shown: list[str] = []
    train(
        tiny_run.photos, tmp_path / "run", epochs=1, progress=PrintProgress(shown.append),
        flip=PerClass(True, {first: False}), rotate={second: True}, **TINY,
    )  # fmt: skip
    assert f"photos are flipped in training, except those of {first}" in shown
    written = read_json(tmp_path / "run" / "run.json")
    assert written["allowed_transforms"]["flip"] == {name: name != first for name in classes}
    assert written["allowed_transforms"]["rotate"] == {name: name == second for name in classes}
    assert written["resolved"]["rotate"] == {"rest": "auto", "named": {second: True}}


@pytest.mark.parametrize(
    ("flip", "classes", "saved", "flipped"),
    [
        ("auto", "a b", {"a": True, "b": False}, [True, False]),
        ("auto", "a b new", {"a": True, "b": True}, [False, False, False]),  # 'new' may be a flipped 'a'
        ({"a": True}, "a b new", {"a": True, "b": True}, [True, False, False]),
        (True, "a b new", {"a": True, "b": True}, [True, True, True]),
        (False, "a b", {"a": False, "b": False}, [False, False]),
        ("auto", "a b", None, [False, False]),
    ],
)
def test_a_run_that_goes_on_permits_what_still_holds(
    flip: PerClassSetting, classes: str, saved: dict[str, bool] | None, flipped: list[bool], tmp_path: Path
) -> None:
    names = classes.split()
    config = TrainConfig("photos", str(tmp_path), flip=per_class("flip", flip))
    recipe = Recipe(config, find_spec("cnn-fingers"), None)
    context = RunContext(RunFolder(tmp_path), recipe, find_runtime("cpu", "fp32"), Clock(1.0), Silent())
    write_json(context.run.config, {"kept": 1})
    was = {} if saved is None else {"allowed_transforms": {"flip": saved, "rotate": saved}}
    allowed = carry_allowed(context, was, names)
    assert allowed.flip.tolist() == flipped
    written = read_json(context.run.config)
    assert written["kept"] == 1
    assert written["allowed_transforms"]["flip"] == dict(zip(names, flipped, strict=True))


def test_a_class_that_is_none_is_told_before_anything_is_learnt(tiny_run: TinyRun, tmp_path: Path) -> None:
    with pytest.raises(UnseenError, match=r"^rotate names 'nine', which is no class: use one of \w+, \w+, \w+$"):
        train(tiny_run.photos, tmp_path / "run", rotate={"nine": False}, **TINY)
    assert not (tmp_path / "run" / "run.json").exists()
