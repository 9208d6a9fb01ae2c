"""`unseen evaluate`: the numbers of new photos, whichever of the model's classes they hold."""

import shutil
from pathlib import Path

import pytest

from tests.conftest import TinyRun
from tests.planted_photos import CLASSES, write_photos
from unseen.api import compare, estimate
from unseen.api import evaluate as run_test
from unseen.errors import UnseenError
from unseen.evaluation.results import METRICS_SCHEMA
from unseen.inference.predictor import Predictor
from unseen.runs import read_json, read_rows


def test_the_numbers_are_those_of_the_bundle(tiny_run: TinyRun, tmp_path: Path) -> None:
    photos = write_photos(tmp_path / "new", photos=6, sessions=2, seed=9)
    tested = run_test(tiny_run.root, photos, out=tmp_path / "out")
    predictor = Predictor(tiny_run.root)
    right = sum(predictor.predict(path).label == path.parent.name for path in photos.rglob("*.png"))
    assert tested.metrics["test"]["accuracy"]["n"] == 18
    assert tested.metrics["test"]["accuracy"]["value"] == pytest.approx(right / 18)
    rows = read_rows(tmp_path / "out" / "predictions.csv")
    assert sum(row["true"] == row["predicted"] for row in rows) == right
    assert read_json(tmp_path / "out" / "metrics.json", METRICS_SCHEMA)["test"] == tested.metrics["test"]
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "On these photos, the model classifies" in page
    assert tested.summary.startswith("On these photos, the model classifies")


def test_results_go_into_the_run_and_leave_it_as_it_was(tiny_run: TinyRun, tmp_path: Path) -> None:
    before = (tiny_run.root / "manifest.json").read_bytes()
    tested = run_test(tiny_run.root, write_photos(tmp_path / "kitchen", photos=3, seed=4))
    assert tested.folder == tiny_run.root / "tests" / "kitchen"
    assert (tiny_run.root / "manifest.json").read_bytes() == before
    shutil.rmtree(tiny_run.root / "tests")


def test_classes_the_model_does_not_know_are_left_out_and_counted(tiny_run: TinyRun, tmp_path: Path) -> None:
    photos = write_photos(tmp_path / "new", ("green", "violet"), photos=4, sessions=1)
    tested = run_test(tiny_run.root, photos, out=tmp_path / "out")
    assert tested.metrics["test"]["accuracy"]["n"] == 4
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "4 photos could not be used." in page
    assert "class &#39;violet&#39; is not one of the model&#39;s" in page


def test_a_part_of_the_classes_keeps_the_order_of_the_model(tiny_run: TinyRun, tmp_path: Path) -> None:
    tested = run_test(
        tiny_run.root, write_photos(tmp_path / "new", ("red", "blue"), photos=4, sessions=2), out=tmp_path / "out"
    )
    block = tested.metrics["test"]
    assert block["classes"] == list(CLASSES)
    assert [sum(row) for row in block["confusion"]] == [4, 0, 4]
    assert block["per_class"]["green"] == {
        "precision": None, "recall": {"value": None, "low": None, "high": None, "n": 0, "groups": 0},
        "f1": None, "n": 0,
    }  # fmt: skip


def test_photos_of_one_class_are_measured(tiny_run: TinyRun, tmp_path: Path) -> None:
    photos = write_photos(tmp_path / "new", ("red",), photos=4, sessions=2, seed=8)
    tested = run_test(tiny_run.root, photos, out=tmp_path / "out")
    predictor = Predictor(tiny_run.root)
    right = sum(predictor.predict(path).label == "red" for path in photos.rglob("*.png"))
    assert tested.metrics["test"]["accuracy"]["n"] == 4
    assert tested.metrics["test"]["accuracy"]["value"] == right / 4


def test_no_class_in_common_is_refused(tiny_run: TinyRun, tmp_path: Path) -> None:
    photos = write_photos(tmp_path / "new", ("violet", "white"), photos=4)
    with pytest.raises(UnseenError, match="known are blue, green, red, found violet, white: rename the folders"):
        run_test(tiny_run.root, photos)
    with pytest.raises(UnseenError, match="is not there"):
        run_test(tiny_run.root, tmp_path / "nowhere")
    with pytest.raises(UnseenError, match=r"has no model\.onnx"):
        run_test(tmp_path, photos)


def test_a_run_is_no_better_than_itself_and_its_photos_need_no_labels(tiny_run: TinyRun, tmp_path: Path) -> None:
    photos = write_photos(tmp_path / "new", photos=6, sessions=2, seed=9)
    compared = compare(tiny_run.root, tiny_run.root, photos)
    assert compared.accuracy.difference.value == 0
    assert not compared.accuracy.sure
    assert (compared.changed, compared.classes, compared.over) == ((), CLASSES, "session")
    estimated = estimate(tiny_run.root, photos)
    assert estimated.estimate.accuracy.n == 18
    assert sum(share.n for share in estimated.estimate.per_class.values()) in (0, 18)
    held_out = compare(tiny_run.root, tiny_run.root)
    tested = read_rows(tiny_run.root / "split.csv")
    assert held_out.accuracy.before.n == sum(row["part"] == "test" for row in tested)


def test_photos_that_the_model_was_trained_on_are_said(tiny_run: TinyRun, tmp_path: Path) -> None:
    rows = {row["path"]: row["part"] for row in read_rows(tiny_run.root / "split.csv")}
    mixed = write_photos(tmp_path / "mixed", photos=4, sessions=2, seed=9)
    had = [path for path, part in rows.items() if part == "train"][:5]
    for i, path in enumerate(had):
        shutil.copy(tiny_run.photos / path, mixed / Path(path).parts[0] / f"had{i}.png")
    tested = run_test(tiny_run.root, mixed, out=tmp_path / "out")
    assert tested.metrics["trained_on"]["photos"] == 5
    assert "The model was trained on 5 photos of these 17" in tested.summary
    assert "was trained on 5 photos" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
