from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import TINY, TinyRun
from unseen import api
from unseen.context import Clock
from unseen.errors import UnseenError
from unseen.generating.generate_config import GenerateConfig
from unseen.generating.generated_folder import GeneratedFolder, read_generated
from unseen.photos.generated_mark import is_marked
from unseen.pipelines.generate import GeneratedSet, _some_of_each
from unseen.pipelines.learnt.photos_to_imitate import imitated
from unseen.pipelines.stages.loaded_run import load_run
from unseen.progress import PrintProgress, Silent
from unseen.runs import RunFolder, read_json, read_rows

SMALL: dict[str, Any] = {
    "per_class": 4, "image_size": 16, "steps": 12, "batch_size": 4, "width": 4, "time_limit": 1000.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def made(tiny_run: TinyRun, tmp_path_factory: pytest.TempPathFactory) -> GeneratedSet:
    return api.generate(tiny_run.root, tmp_path_factory.mktemp("generated") / "out", **SMALL)


def test_only_training_photos_of_the_run_are_seen(made: GeneratedSet, tiny_run: TinyRun) -> None:
    split = {row["path"]: row["part"] for row in read_rows(RunFolder(tiny_run.root).split)}
    seen = {row["path"] for row in read_rows(made.folder.trained_on)}
    assert seen == {path for path, part in split.items() if part == "train"}
    assert {row["path"]: row["part"] for row in read_rows(made.folder.split)} == split


def test_signs_that_a_run_learnt_without_photos_are_not_generated(
    tiny_run: TinyRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = load_run(tiny_run.root)
    more = replace(run, facts=replace(run.facts, classes=(*run.facts.classes, "J")))  # as `--also J` leaves it
    monkeypatch.setattr("unseen.pipelines.learnt.photos_to_imitate.load_run", lambda _: more)
    folder = GeneratedFolder(tmp_path)
    found = imitated(GenerateConfig(str(tiny_run.root), str(tmp_path)), folder, Clock(100.0), Silent())
    assert found.data.classes == run.facts.classes
    assert set(found.data.labels.tolist()) == set(range(len(run.facts.classes)))


def test_samples_lie_in_class_folders_marked_in_file_and_table(made: GeneratedSet) -> None:
    rows = read_rows(made.folder.table)
    assert len(rows) == made.photos == 12
    for row in rows:
        file = made.folder.root / row["path"]
        assert row["generated"] == "1"
        assert file.parent.name == row["label"]
        assert is_marked(file.read_bytes())
    photos = read_generated(made.folder.root, ("red", "blue"))
    assert photos.pixels.shape == (8, 16, 16, 4)
    assert np.bincount(photos.labels).tolist() == [4, 4]
    with pytest.raises(UnseenError, match="make it again"):
        read_generated(made.folder.root, ("purple",))


def test_the_record_says_how_it_was_made_and_what_was_found(made: GeneratedSet) -> None:
    record = read_json(made.folder.record)
    assert record["finished"] is True
    assert record["plan"]["steps"] == 12
    assert sum(record["training_photos"].values()) == len(read_rows(made.folder.trained_on))
    assert record["checks"]["verdict"] in ("new", "close", "copies", "unknown")
    assert [one["space"] for one in record["checks"]["originality"]] == ["pixels", "features"]
    assert made.folder.sheet.exists()
    assert made.folder.generator.stat().st_size < 2**20
    assert not made.folder.checkpoint.exists()


def test_the_same_command_goes_on_and_another_is_refused(
    tiny_run: TinyRun, made: GeneratedSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("unseen.pipelines.generate._write_samples", interrupted)
        with pytest.raises(KeyboardInterrupt):
            api.generate(tiny_run.root, out, **SMALL)
    with pytest.raises(UnseenError, match="another seed"):
        api.generate(tiny_run.root, out, **{**SMALL, "seed": 1})
    with pytest.raises(UnseenError, match="not finished"):
        read_generated(out, ("red",))
    lines: list[str] = []
    api.generate(tiny_run.root, out, progress=PrintProgress(lines.append), **SMALL)
    assert any("goes on" in line for line in lines)
    for row in read_rows(made.folder.table):
        assert (out / row["path"]).read_bytes() == (made.folder.root / row["path"]).read_bytes()
    with pytest.raises(UnseenError, match="finished"):
        api.generate(tiny_run.root, out, **SMALL)


def test_what_cannot_be_is_refused_in_a_line(tiny_run: TinyRun, planted: Path, tmp_path: Path) -> None:
    with pytest.raises(UnseenError, match="16 to 96"):
        api.generate(planted, tmp_path / "out", image_size=50)
    with pytest.raises(UnseenError, match="leave it out"):
        api.generate(tiny_run.root, tmp_path / "run", **SMALL, groups="(s[0-9])")
    with pytest.raises(UnseenError, match="new or empty"):
        api.generate(planted, planted, **SMALL)


def test_of_very_many_photos_some_of_each_class_are_trained_on() -> None:
    labels = np.array([0] * 90 + [1] * 5 + [2] * 40)
    positions = np.arange(135)
    chosen = _some_of_each(labels, positions, 25, 0)
    assert np.bincount(labels[chosen]).tolist() == [10, 5, 10]
    assert np.array_equal(_some_of_each(labels, positions, 135, 0), positions)


def test_photos_without_a_run_are_split_as_a_run_would(
    planted: Path, tiny_run: TinyRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    untrained = {name: TINY[name] for name in ("model", "weights", "image_size")}  # nothing is fetched
    monkeypatch.setattr(
        "unseen.pipelines.learnt.photos_to_imitate.choose_model", lambda config, _: replace(config, **untrained)
    )
    made = api.generate(planted, tmp_path / "out", **SMALL)
    folder = GeneratedFolder(tmp_path / "out")
    assert read_rows(folder.split) == read_rows(RunFolder(tiny_run.root).split)
    assert made.record["flipped"] == []
