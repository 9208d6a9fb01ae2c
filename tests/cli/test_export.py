"""`unseen export` from the outside: a table or one JSON object, and one line for what does not go together."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.in_process import unseen
from tests.conftest import TinyRun
from unseen.serve import web_folder, web_runtime


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    return lambda *words: unseen(capfd, monkeypatch, *words)


def test_one_json_object_says_what_was_written(run: Any, tiny_run: TinyRun, tmp_path: Path) -> None:
    code, out, err = run("export", tiny_run.root, tmp_path / "out", "--to", "onnx", "--json")
    assert code == 0, err
    said = json.loads(out)
    assert said["agreement"]["same_answers"] == said["agreement"]["photos"] > 0
    assert [file["name"] for file in said["files"]] == ["model.onnx"]


def test_photos_to_measure_on_are_read_as_is_said(run: Any, tiny_run: TinyRun, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for file in tiny_run.photos.glob("*/*.png"):
        shutil.copy(file, tmp_path / "photos" / f"{file.stem}x{file.parent.name}x{file.suffix}")
    words = ("export", tiny_run.root, tmp_path / "out", "--to", "onnx", "--photos", tmp_path / "photos", "--json")
    code, _, err = run(*words)
    assert code == 1
    assert "--labels-from" in err
    code, out, err = run(*words, "--labels-from", r"x(?P<label>[a-z]+)x")
    assert code == 0, err
    assert json.loads(out)["files"][0]["accuracy"]["after"]["n"] > 0


def test_the_page_takes_small_weights(
    run: Any, tiny_run: TinyRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_folder, "web_runtime", lambda _: dict.fromkeys(web_runtime.FILES, b"runtime"))
    code, _, err = run("export", tiny_run.root, tmp_path / "page", "--to", "web", "--small", "fp16")
    assert code == 0, err
    small, whole = (path.stat().st_size for path in (tmp_path / "page/model.onnx", tiny_run.root / "model/model.onnx"))
    assert small < 0.56 * whole


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--to", "litert", "--frame", "640"], "is no size: write it like 640x480"),
        (["--to", "torch", "--frame", "640x480"], "--frame is for --to litert and --to coreml"),
        (["--to", "onnx", "--runtime", "file.tgz"], "--runtime is for --to web"),
    ],
)
def test_what_does_not_go_together_is_one_line(
    run: Any, tiny_run: TinyRun, tmp_path: Path, words: list[str], reason: str
) -> None:
    code, out, err = run("export", tiny_run.root, tmp_path / "out", *words)
    assert code != 0
    assert out == ""
    assert reason in err
    assert not (tmp_path / "out").exists()
