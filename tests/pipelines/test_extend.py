"""Extending a run: new classes and photos are learnt, the old run stays, the numbers are of held-out photos."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import unseen
from tests.conftest import TINY, TinyRun
from tests.planted_photos import drawn, write_photos
from unseen.api import train
from unseen.errors import UnseenError
from unseen.pipelines import extend as module
from unseen.pipelines.stages.finish import TrainResult
from unseen.progress import Silent
from unseen.runs import read_json, read_rows, sha256


def write_white(root: Path, photos: int, sessions: int, seed: int, name: str = "white") -> Path:
    """White discs on the dark ground of the planted photos: a class that none of them shows."""
    rng = np.random.default_rng(seed)
    (root / name).mkdir(parents=True, exist_ok=True)
    for i in range(photos):
        pixels = drawn(rng, 0)
        pixels[pixels[:, :, 0] == 250] = 250
        Image.fromarray(pixels).save(root / name / f"n{i % sessions}_{i:03d}.png")
    return root


@pytest.fixture(scope="module")
def taught(planted: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with batch normalisation that knows the planted colours."""
    root = tmp_path_factory.mktemp("taught") / "run"
    train(planted, root, epochs=4, norm="batch", audit=False, augment="none", **TINY)
    return root


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new class, more photos of an old one, and a copy of a photo the run was made from under another label."""
    root = write_white(tmp_path_factory.mktemp("fresh") / "mine", 15, 3, seed=5)
    return write_photos(root, ("green",), photos=9, sessions=3, seed=77)


@pytest.fixture(scope="module")
def extended(
    taught: Path, fresh: Path, planted: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TrainResult]:
    """The run and the new photos, taught together; a copy of an old photo lies among the new ones."""
    copy = fresh / "white" / "n0_999.png"
    shutil.copy(planted / "red" / "s0_000.png", copy)
    before = hashes(taught)
    yield unseen.extend(taught, fresh, tmp_path_factory.mktemp("extended") / "run-2")
    assert hashes(taught) == before, "the old run was touched"


def hashes(root: Path) -> dict[str, str]:
    return {path.relative_to(root).as_posix(): sha256(path) for path in root.rglob("*") if path.is_file()}


def test_the_new_class_is_learnt_and_measured_on_photos_that_are_kept_back(extended: TrainResult) -> None:
    found = extended.metrics["extended"]
    assert found["classes_added"] == ["white"]
    assert found["new_training_photos"] + found["new_photos"]["after"]["n"] + found["new_classes"]["after"]["n"] == 24
    assert found["new_classes"]["before"] == {"value": None, "low": None, "high": None, "n": 0, "groups": 0}
    # White is unlike the three colours; a third by guessing among four.
    assert found["new_classes"]["after"]["value"] >= 0.6
    assert found["new_photos"]["before"]["n"] == found["new_photos"]["after"]["n"] > 0
    assert found["old_photos"]["before"]["n"] == found["old_photos"]["after"]["n"]
    assert found["lost"] == pytest.approx(
        found["old_photos"]["before"]["value"] - found["old_photos"]["after"]["value"]
    )
    watched = found["old_validation"]
    assert watched["after"] > watched["before"] - 0.01
    assert "New classes:" in extended.summary
    assert "Old test photos" in extended.summary
    page = extended.run.report.read_text(encoding="utf-8")
    assert "New classes:" in page


def test_the_new_run_is_whole_and_its_split_keeps_that_of_the_old_one(
    extended: TrainResult, taught: Path, fresh: Path
) -> None:
    run = extended.run
    saved = read_json(run.manifest)["files"]
    assert {name: sha256(run.root / name) for name in saved} == saved
    assert {"run.json", "split.csv", "metrics.json", "report.html", "model/model.onnx", "history.csv"} <= set(saved)
    rows = {row["path"]: row for row in read_rows(run.split)}
    old = {row["path"]: row for row in read_rows(taught / "split.csv")}
    assert {path: rows[path] for path in old} == old
    new = {path: row for path, row in rows.items() if path not in old}
    # 15 white and 9 green ones; the copy of an old photo was left out
    assert len(new) == 24
    assert all(path.startswith("mine/") for path in new)
    assert not {row["group"] for row in new.values()} & {row["group"] for row in old.values()}
    for group in {row["group"] for row in new.values()}:
        assert len({row["part"] for row in new.values() if row["group"] == group}) == 1
    assert read_json(run.config)["classes"] == ["blue", "green", "red", "white"]
    # nobody knows what a mirrored photo of the new class looks like, nor whether it is what another one turns into
    assert not any(any(block.values()) for block in read_json(run.config)["allowed_transforms"].values())
    predictor = unseen.load(run.root)
    test = [path for path, row in new.items() if row["part"] == "test" and row["label"] == "white"]
    said = [predictor.predict(fresh / path.removeprefix("mine/")).label for path in test]
    assert (
        np.mean([label == "white" for label in said]) == extended.metrics["extended"]["new_classes"]["after"]["value"]
    )


def test_the_copy_is_named_with_the_label_it_has_in_the_run(extended: TrainResult) -> None:
    page = extended.run.report.read_text(encoding="utf-8")
    assert "1 new photo left out, for the run has them already (such as mine/white/n0_999.png)" in page
    assert "where it is labelled &#39;red&#39;" in page


def test_an_extended_run_is_extended_and_adapted_again(
    extended: TrainResult, fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another folder of the same name; features of the photos of before are looked up, and its paths are its own."""
    more = write_photos(tmp_path / "mine", ("red",), photos=6, sessions=2, seed=31)
    (tmp_path / "room").mkdir()
    for i, path in enumerate(sorted(more.rglob("*.png"))):
        shutil.copy(path, tmp_path / "room" / f"{i}.png")
    for i, path in enumerate(sorted((fresh / "green").rglob("*.png"))):
        shutil.copy(path, tmp_path / "room" / f"more-{i}.png")
    again = unseen.extend(extended.run.root, more, tmp_path / "run-3", adapt=tmp_path / "room")
    rows = {row["path"] for row in read_rows(again.run.split)}
    assert {row["path"] for row in read_rows(extended.run.split)} < rows
    assert sum(path.startswith("mine-2/red/") for path in rows) == 6
    assert again.metrics["extended"]["adapted"] == {"photos": 15, "share": pytest.approx(0.1 * 15 / 31)}
    assert again.metrics["test"]["accuracy"]["n"] > extended.metrics["test"]["accuracy"]["n"]
    with pytest.raises(UnseenError, match="holds no settings"):
        unseen.api.resume(_unfinished(again.run.root))


def _unfinished(run: Path) -> Path:
    (run / "manifest.json").unlink()
    return run


def refused(*words: object, **settings: object) -> str:
    with pytest.raises(UnseenError) as error:
        unseen.extend(*words, **settings)  # type: ignore[arg-type]
    assert "\n" not in str(error.value)
    return str(error.value)


def test_what_cannot_be_extended_is_said_in_one_line(
    tiny_run: TinyRun, planted: Path, fresh: Path, tmp_path: Path
) -> None:
    run, out = tiny_run.root, tmp_path / "out"
    one = write_photos(tmp_path / "one", ("red",), photos=1, seed=3)
    two = write_white(tmp_path / "two", 2, 1, seed=4)
    case = write_photos(tmp_path / "case", ("Red",), photos=3, seed=3)
    unfinished = tmp_path / "unfinished"
    unfinished.mkdir()
    shutil.copy(run / "run.json", unfinished)
    moved = tmp_path / "moved"
    shutil.copytree(run, moved)
    words = (moved / "run.json").read_text(encoding="utf-8").replace(str(planted), str(tmp_path / "elsewhere"))
    (moved / "run.json").write_text(words, encoding="utf-8")
    cases: list[tuple[str, str]] = [
        (refused(run, out=out), "no photos named"),
        (refused(tmp_path / "nowhere", fresh, out), "nowhere is not there"),
        (refused(unfinished, fresh, out), "is not finished: go on with unseen.resume("),
        (refused(run, tmp_path / "nothing", out), "nothing is not there"),
        (refused(run, one, out), "class 'red' has 1 new photo in"),
        (refused(run, two, out), "class 'white' has 2 new photos in"),
        (refused(run, case, out), "class 'Red' in"),
        (refused(moved, fresh, out), "elsewhere, where the photos of"),
        (refused(run, planted, out), "the run has all 72 photos"),
        (refused(run, fresh, run), "is there already: use another out"),
        (refused(run, out=out, adapt=fresh / "white"), "has no batch normalisation"),
        (refused(run, out=out, adapt=one), "has 1 usable photo, at least 8"),
        (refused(run, out=out, adapt=one / "red" / "s0_000.png"), "is not a folder"),
    ]
    for said, expected in cases:
        assert expected in said
    assert not out.exists()


def test_stopping_leaves_nothing_behind(
    taught: Path, fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "refit_head", stop)
    with pytest.raises(KeyboardInterrupt):
        module.extend(module.Extension(str(taught), str(tmp_path / "out"), str(fresh)), Silent())
    assert not (tmp_path / "out").exists()
