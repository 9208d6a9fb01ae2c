"""What a probe found and what the user says of single classes: the user's word holds, and the screen says so."""

from pathlib import Path

import numpy as np
import pytest

from tests.conftest import TINY, TinyRun
from unseen.api import train
from unseen.config import TrainConfig
from unseen.context import Clock, RunContext
from unseen.errors import UnseenError
from unseen.inputs.allowed_transforms import carry_permitted, say_permitted, say_turned
from unseen.inputs.label_safety import Safety, Turned
from unseen.progress import PrintProgress, Silent
from unseen.recipe import Recipe
from unseen.registry import find_spec
from unseen.runs import RunFolder, read_json, write_json
from unseen.runtime import find_runtime

CLASSES = ("6", "9", "fist")
# Planted: a probe that took 6 and 9 on their heads for each other.
FOUND = Safety((Turned("upside-down", 0, 1, (0.9, 0.8)),), np.array([True, True, True]))


@pytest.mark.parametrize(
    ("turn", "said"),
    [
        (["auto", "auto", "auto"], ["'6' upside down looks like '9': neither is upside down in training"]),
        (
            ["yes", "auto", "auto"],
            ["'6' upside down looks like '9': '9' is not upside down, the other as --rotate says"],
        ),
        (["yes", "yes", "auto"], ["'6' upside down looks like '9': --rotate decides"]),
        (["no", "no", "auto"], []),
    ],
)
def test_a_pair_is_told_with_what_follows(turn: list[str], said: list[str]) -> None:
    messages: list[str] = []
    say_turned(FOUND, {"mirror": ["auto"] * 3, "turn": turn}, CLASSES, PrintProgress(messages.append))
    assert messages == said


@pytest.mark.parametrize(
    ("answers", "safe", "said"),
    [
        (["yes"] * 3, [True] * 3, "photos are mirrored in training, as asked"),
        (["auto"] * 3, [False] * 3, "no photo is mirrored in training"),
        (["auto"] * 3, [True] * 3, "photos are mirrored in training: that turns no class into another"),
        (["yes", "auto", "auto"], [True] * 3, "photos are mirrored in training"),
        (["no", "no", "auto"], [False, False, True], "photos are mirrored in training, but not those of 6, 9"),
    ],
)
def test_what_is_done_to_whom_is_said(answers: list[str], safe: list[bool], said: str) -> None:
    messages: list[str] = []
    say_permitted("mirror", answers, np.array(safe), CLASSES, PrintProgress(messages.append))
    assert messages == [said]


def test_a_run_holds_to_the_answers_by_class(tiny_run: TinyRun, tmp_path: Path) -> None:
    classes = read_json(tiny_run.root / "run.json")["classes"]
    first, second = classes[:2]
    messages: list[str] = []
    asked = {"flip": f"yes,{first}=no", "rotate": f"{second}=yes"}
    train(tiny_run.photos, tmp_path / "run", epochs=1, progress=PrintProgress(messages.append), **asked, **TINY)
    others = ", ".join(name for name in classes if name != second)
    assert f"photos are mirrored in training, but not those of {first}" in messages
    assert f"photos are turned any way round in training, but not those of {others}" in messages
    written = read_json(tmp_path / "run" / "run.json")
    assert written["permitted"]["mirrored"] == {name: name != first for name in classes}
    assert written["permitted"]["turned any way round"] == {name: name == second for name in classes}
    assert written["resolved"]["rotate"] == f"auto,{second}=yes"


@pytest.mark.parametrize(
    ("flip", "classes", "saved", "mirrored"),
    [
        ("auto", "a b", {"a": True, "b": False}, [True, False]),
        ("auto", "a b new", {"a": True, "b": True}, [False, False, False]),  # 'new' may be a mirrored 'a'
        ("auto,a=yes", "a b new", {"a": True, "b": True}, [True, False, False]),
        ("yes", "a b new", {"a": True, "b": True}, [True, True, True]),
        ("no", "a b", {"a": False, "b": False}, [False, False]),
        ("auto", "a b", None, [False, False]),
    ],
)
def test_a_run_that_goes_on_permits_what_still_holds(
    flip: str, classes: str, saved: dict[str, bool] | None, mirrored: list[bool], tmp_path: Path
) -> None:
    names = classes.split()
    recipe = Recipe(TrainConfig("photos", str(tmp_path), flip=flip), find_spec("cnn-fingers"), None)
    context = RunContext(RunFolder(tmp_path), recipe, find_runtime("cpu", "fp32"), Clock(1.0), Silent())
    write_json(context.run.config, {"kept": 1})
    was = {} if saved is None else {"permitted": {"mirrored": saved, "turned any way round": saved}}
    permitted = carry_permitted(context, was, names)
    assert permitted.mirror.tolist() == mirrored
    written = read_json(context.run.config)
    assert written["kept"] == 1
    assert written["permitted"]["mirrored"] == dict(zip(names, mirrored, strict=True))


def test_a_class_that_is_none_is_told_before_anything_is_learnt(tiny_run: TinyRun, tmp_path: Path) -> None:
    with pytest.raises(UnseenError, match=r"^--rotate names 'nine', which is no class: use one of \w+, \w+, \w+$"):
        train(tiny_run.photos, tmp_path / "run", rotate="auto,nine=no", **TINY)
    assert not (tmp_path / "run" / "run.json").exists()
