"""`unseen doctor` as a person runs it: a model with planted preprocessing, photos in folders."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import unseen
from tests.cli.in_process import unseen as run_unseen
from tests.conftest import TINY
from tests.foreign.made_models import CLASSES, planted_photos, write_centroid_onnx, write_planted
from unseen.config import TrainConfig
from unseen.diagnosing.photo_reading import Reading
from unseen.pipelines.stages.finish import TrainResult
from unseen.pipelines.train import train
from unseen.progress import Progress
from unseen.records import Float32Array, Uint8Array
from unseen.runs import read_rows

READING = Reading(16, 16, "1/127.5-1", "bgr", "nchw", "crop")


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_planted(tmp_path_factory.mktemp("doctor") / "colours")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_centroid_onnx(tmp_path_factory.mktemp("model") / "net.onnx", READING, order=(1, 2, 0))


def test_what_the_users_own_way_costs_is_told_apart(
    photos: Path, model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = write_planted(tmp_path / "mine", count=12, seed=5)
    words = ["--as", "scale=1/255,order=rgb,fit=squash", "--against", own, "--groups", "(s[0-9]+)_"]
    code, out, err = run_unseen(capfd, monkeypatch, "doctor", model, photos, "--out", tmp_path / "d", "--json", *words)
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    assert found["preprocessing"]["scale"] == "1/127.5-1"
    assert found["preprocessing"]["order"] == "bgr"
    assert found["classes"] == {name: name for name in CLASSES}
    assert found["claim"] == "found"
    assert found["suspect"] == "preprocessing"
    assert found["accuracy"]["value"] > 0.9
    assert found["apart"]
    costs = {tuple(one["parts"]): one["points"]["value"] for one in found["differences"]}
    # each alone, then all together
    assert set(costs) == {("scale",), ("order",), ("fit",), ("scale", "order", "fit")}
    assert min(costs.values()) > 0.2
    assert found["own_photos"]["accuracy"]["n"] == 12
    assert found["own_photos"]["accuracy"]["value"] > 0.9
    text = (tmp_path / "d" / "answer.md").read_text()
    assert "divided by 127.5, minus 1" in text
    assert "Pillow" in text
    assert str(tmp_path) not in text  # a text to share names no folder of the person who shares it


def test_photos_without_labels_and_folders_that_the_model_cannot_know(
    photos: Path, model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    more = shutil.copytree(photos, tmp_path / "more")
    for name in ("turquoise", "brown"):
        shutil.copytree(photos / "green", more / name)
    mine = tmp_path / "mine"
    mine.mkdir()
    for number, photo in enumerate(planted_photos(20, seed=5)[0]):
        Image.fromarray(photo).save(mine / f"{number}.png")
    (mine / "broken.jpg").write_bytes(b"\xff\xd8 no photo")
    words = ["--against", mine, "--groups", "(s[0-9]+)_", "--classes", "orange,violet,green,none"]
    code, out, err = run_unseen(capfd, monkeypatch, "doctor", model, more, "--out", tmp_path / "d", "--json", *words)
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    assert set(found["classes"]) == set(CLASSES)
    assert any("turquoise" in note for note in found["notes"])
    assert found["own_photos"] is None
    assert found["expected_without_labels"]["accuracy"]["n"] == 20
    assert 0.9 < found["expected_without_labels"]["accuracy"]["high"] <= 1
    assert "which have no labels" in (tmp_path / "d" / "answer.md").read_text()


def test_a_function_is_measured_as_it_is(photos: Path, tmp_path: Path) -> None:
    def red_or_not(images: Sequence[Uint8Array]) -> Float32Array:
        middles = np.stack([image[10:30, 30:50].mean(axis=(0, 1)) for image in images])
        order = middles[:, [1, 0, 2]].argmax(axis=1)  # green, red, blue: the classes' own colours
        return np.asarray(np.eye(3, dtype=np.float32)[order])

    result = unseen.doctor(red_or_not, photos, tmp_path / "f", classes=CLASSES)
    assert result.diagnosis.reading is None
    assert result.diagnosis.accuracy.value is not None
    assert result.diagnosis.accuracy.value > 0.95
    assert result.diagnosis.claim == "found"


def test_ours_is_trained_on_the_same_photos_and_both_are_compared(
    photos: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def small(config: TrainConfig, progress: Progress) -> TrainResult:
        return train(replace(config, audit=False, epochs=1, augment="none", **TINY), progress)

    monkeypatch.setattr("unseen.pipelines.stages.better_model.train", small)
    own = write_planted(tmp_path / "mine", count=12, seed=5)
    settings: dict[str, Any] = {"against": str(own), "groups": "(s[0-9]+)_", "wrap": str(tmp_path / "w")}
    result = unseen.doctor(model, photos, tmp_path / "d", fix=True, **settings)
    fixed = result.diagnosis.fixed
    assert fixed is not None
    assert fixed.held_out is not None
    assert fixed.own is not None
    # theirs is right nearly everywhere; both answered the same photos, none of which ours was trained on
    assert (fixed.own.before.value or 0) > 0.9
    assert fixed.own.before.n == fixed.own.after.n == 12
    tested = [row for row in read_rows(tmp_path / "d" / "fixed" / "split.csv") if row["part"] == "test"]
    assert fixed.held_out.after.n == len(tested) > 0
    assert fixed.accuracy == fixed.held_out.after
    text = result.folder.answer.read_text()
    assert "Trained anew" in text
    # the other way: the wrapped model is a run like any other
    before = unseen.compare(result.wrapped or "", tmp_path / "d" / "fixed", own)
    assert before.accuracy.before.value == fixed.own.before.value


def test_what_is_not_a_model_ends_in_one_line(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(unseen.UnseenError, match="is not there"):
        unseen.doctor(tmp_path / "gone.onnx", photos, tmp_path / "x")
    with pytest.raises(unseen.UnseenError, match="classes"):
        unseen.doctor(lambda images: np.zeros((len(images), 3), np.float32), photos, tmp_path / "x")
