"""An exported folder has a model, a program that runs it and a table; what loses too much is refused."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from tests.conftest import TinyRun
from unseen.api import compare
from unseen.errors import UnseenError
from unseen.inference.predictor import Predictor
from unseen.pipelines import export as story
from unseen.pipelines.export import export
from unseen.runs import read_rows


@pytest.mark.parametrize("target", ["onnx", "torch"])
def test_the_program_beside_the_model_recognises_a_photo(tiny_run: TinyRun, tmp_path: Path, target: Any) -> None:
    written = export(tiny_run.root, tmp_path / "out", target)
    tested = sum(row["part"] == "test" for row in read_rows(tiny_run.root / "split.csv"))
    (file,) = written.files
    assert file.accuracy is not None
    assert file.accuracy.before == file.accuracy.after
    assert file.accuracy.after.n == tested > 0
    assert written.agreement.holds
    assert written.agreement.photos == tested
    assert f"| `{file.name}` | {file.mebibytes:.1f} |" in (tmp_path / "out" / "README.md").read_text()
    photo = next((tiny_run.photos / "green").glob("s*.png"))
    said = subprocess.run(
        [sys.executable, tmp_path / "out" / "run.py", photo], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    expected = Predictor(tiny_run.root).predict(photo)
    assert said[0] == f"{expected.probability:.3f} {expected.label}"
    assert len(said) == 3


def test_small_weights_are_kept_where_they_lose_little(tiny_run: TinyRun, tmp_path: Path) -> None:
    plain = export(tiny_run.root, tmp_path / "plain", "onnx").files[0]
    small = export(tiny_run.root, tmp_path / "small", "onnx", small="fp16", photos=tiny_run.photos).files[0]
    assert small.mebibytes < 0.56 * plain.mebibytes
    assert small.accuracy is not None
    assert small.accuracy.after.n == 72


def test_small_weights_that_lose_half_a_point_are_refused_with_the_number(
    tiny_run: TinyRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = Predictor(tiny_run.root)
    sure = [p for p in sorted(tiny_run.photos.rglob("s*.png")) if right.predict(p).label == p.parent.name]
    photos = tmp_path / "photos"
    for photo in sure:
        (photos / photo.parent.name).mkdir(parents=True, exist_ok=True)
        shutil.copy(photo, photos / photo.parent.name)

    def without_logits(content: bytes, kind: str) -> bytes:
        model = onnx.load_from_string(content)
        for tensor in model.graph.initializer:
            values = numpy_helper.to_array(tensor)
            if values.ndim == 2 and 3 in values.shape:
                tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(-values), tensor.name))
        return bytes(model.SerializeToString())

    monkeypatch.setattr(story, "small_graph", without_logits)
    with pytest.raises(UnseenError, match=r"int8 weights lose [\d.]+ points? of accuracy on \d+ photos.*use small"):
        export(tiny_run.root, tmp_path / "out", "onnx", small="int8", photos=photos)
    assert not (tmp_path / "out").exists()


def test_settings_that_do_not_go_together_are_refused(tiny_run: TinyRun, tmp_path: Path) -> None:
    with pytest.raises(UnseenError, match="is there already"):
        export(tiny_run.root, tiny_run.root, "onnx")
    with pytest.raises(UnseenError, match="takes photos of any size"):
        export(tiny_run.root, tmp_path / "out", "onnx", frame=(64, 48))
    with pytest.raises(UnseenError, match="leave it out"):
        export(tiny_run.root, tmp_path / "out", "torch", small="fp16")


def test_photos_are_named_where_those_of_the_run_are_gone(tiny_run: TinyRun, tmp_path: Path) -> None:
    moved = shutil.copytree(tiny_run.root, tmp_path / "moved")
    config = (moved / "run.json").read_text().replace(str(tiny_run.photos), str(tmp_path / "elsewhere"))
    (moved / "run.json").write_text(config)
    with pytest.raises(UnseenError, match="or name labelled ones with photos"):
        export(moved, tmp_path / "out", "onnx")
    assert export(moved, tmp_path / "out", "onnx", photos=tiny_run.photos).agreement.holds


def test_two_runs_are_compared_on_what_both_were_tested_on(tiny_run: TinyRun) -> None:
    tested = sum(row["part"] == "test" for row in read_rows(tiny_run.root / "split.csv"))
    found = compare(tiny_run.root, tiny_run.root)
    assert found.accuracy.difference.value == 0
    assert found.accuracy.difference.n == tested > 0
