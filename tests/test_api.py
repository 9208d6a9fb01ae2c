"""The public names: light to import, one call each, errors of one kind."""

import pkgutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import unseen
from tests.conftest import TINY, TinyRun
from unseen import api
from unseen.errors import UnseenError


def test_public_names_are_there() -> None:
    assert set(unseen.__all__) == {
        "Prediction", "Predictor", "TrainConfig", "UnseenError", "__version__", "audit", "compare", "doctor",
        "estimate", "evaluate", "explain", "extend", "frames", "generate", "load", "render", "resume", "segment",
        "stress", "train",
    }  # fmt: skip
    # importing a room called like a verb would put the room in the verb's place
    for verb in (
        "audit",
        "compare",
        "doctor",
        "estimate",
        "evaluate",
        "explain",
        "generate",
        "extend",
        "frames",
        "render",
        "resume",
        "segment",
        "stress",
        "train",
    ):
        assert getattr(unseen, verb) is getattr(api, verb)
    assert not {module.name for module in pkgutil.iter_modules(unseen.__path__)} & set(unseen.__all__)
    assert issubclass(unseen.UnseenError, Exception)
    with pytest.raises(AttributeError, match="no attribute 'magic'"):
        _ = unseen.magic


def test_load_predicts(tiny_run: TinyRun) -> None:
    photo = tiny_run.photos / "blue" / "s0_000.png"
    said = unseen.load(tiny_run.root).predict(photo)
    assert said == unseen.load(str(tiny_run.root / "model")).predict(str(photo))


def test_test_measures(tiny_run: TinyRun, tmp_path: Path) -> None:
    tested = unseen.evaluate(tiny_run.root, tiny_run.photos, out=tmp_path / "out")
    assert tested.metrics["test"]["accuracy"]["n"] == 72


def test_export_writes_for_another_runtime(tiny_run: TinyRun, tmp_path: Path) -> None:
    written = api.export(str(tiny_run.root), tmp_path / "out", "onnx", photos=str(tiny_run.photos))
    assert (tmp_path / "out" / "model.onnx").is_file()
    assert written.folder == tmp_path / "out"
    with pytest.raises(UnseenError, match="frame is for to"):
        api.export(tiny_run.root, tmp_path / "page", "web", frame=(640, 480))
    with pytest.raises(UnseenError, match="runtime is for to"):
        api.export(tiny_run.root, tmp_path / "other", "torch", runtime="file.tgz")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"epoch": 3}, "epoch is not known"),
        ({"epochs": True}, "epochs is True"),
        ({"epochs": 2.5}, "epochs is 2.5"),
        ({"time_limit": "5"}, "time_limit is '5'"),
        ({"time_limit": -1}, "time_limit is -1: use a value from 0.05"),
        ({"fractions": (1, 2)}, "fractions is"),
    ],
)
def test_settings_are_checked(settings: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(UnseenError, match=words):
        api.train(tmp_path, tmp_path / "run", **settings)


def test_without_the_extra_the_next_step_is_said(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "import unseen\n"
        f"try: unseen.train({str(tmp_path)!r})\n"
        "except unseen.UnseenError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == 'torch is not installed: pip install "unseen[train]"\n'


def test_train_can_be_called_twice(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(UnseenError, match="no usable photos"):
            unseen.train(tmp_path, tmp_path / "run", **TINY)
