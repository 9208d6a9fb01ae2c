"""What was measured is read back as it was written; files of another form are refused in one line."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.report.report_fakes import content, planted
from unseen.errors import UnseenError
from unseen.evaluation.metrics import measure
from unseen.evaluation.results import METRICS_SCHEMA, FeatureKind, Results, SplitComparison, read_results, write_results
from unseen.records import UNKNOWN, Interval


def saved(folder: Path, **changes: Any) -> Path:
    path = folder / "metrics.json"
    write_results(path, {**content().results.as_dict(), **changes})
    return path


def test_results_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    before = content().results
    after = read_results(saved(tmp_path, extended={"mix": 0.5}))  # what a verb adds is not its business
    assert after.as_dict() == before.as_dict()
    assert after.test is not None
    assert after.test.accuracy == before.accuracy["test"]
    assert after.test.confusion.dtype == np.int64
    assert after.random_split is not None
    assert after.random_split.features is FeatureKind.FROZEN


def test_an_evaluation_holds_a_test_alone(tmp_path: Path) -> None:
    metrics = measure(planted(("a", "b"), 20, 4), seed=0)
    write_results(tmp_path / "metrics.json", {"test": metrics.as_dict(), "model": "run", "photos": "new"})
    found = read_results(tmp_path / "metrics.json")
    assert list(found.accuracy) == ["test"]
    assert found.random_split is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"test": {"accuracy": 0.9}}, "macro_f1 is missing"),
        ({"test": {**content().results.as_dict()["test"], "confusion": [[1, 2], [3]]}}, "confusion is"),
        ({"random_split": {"accuracy": {"value": 0.9}}}, "low is missing"),
        ({"random_split": {"honest_accuracy": None}}, "honest_accuracy is not known"),
        ({"random_split": {"features": "guessed"}}, "features is 'guessed': use frozen, thumbnails"),
        ({"seconds": {"total": "long"}}, "seconds is"),
    ],
)
def test_what_does_not_hold_results_is_refused(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    path = saved(tmp_path, **changes)
    with pytest.raises(UnseenError, match=words) as caught:
        read_results(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_files_of_an_earlier_schema_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path)
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema": METRICS_SCHEMA - 1}))
    with pytest.raises(UnseenError, match="does not have schema 3: it is of another version"):
        read_results(path)


def test_the_test_set_is_reported_where_it_holds_photos() -> None:
    whole = content().results
    assert whole.test is not None
    assert whole.reported() == ("test", whole.test)
    empty = replace(whole, test=replace(whole.test, accuracy=UNKNOWN))
    assert empty.reported() == ("validation", whole.validation)
    assert list(empty.accuracy) == ["train", "validation"]
    assert Results().reported() == ("validation", None)


def test_a_comparison_needs_both_numbers() -> None:
    known = Interval(0.9, 0.8, 0.95, 40, 9)
    assert SplitComparison(known, replace(known, value=0.5)).values == (0.9, 0.5)
    assert SplitComparison(known, UNKNOWN).values is None
    assert SplitComparison(known).values is None
    assert SplitComparison(UNKNOWN, known).values is None
