"""`unseen extend` from the outside: one JSON object, the next step in an error, and a run that the other verbs take."""

import json
from pathlib import Path

import pytest

from tests.cli.in_process import unseen
from tests.conftest import TinyRun
from tests.planted_photos import write_photos
from unseen.evaluation.results import METRICS_SCHEMA
from unseen.runs import read_json


def test_the_new_run_lies_beside_the_old_one_and_the_other_verbs_take_it(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tiny_run: TinyRun, tmp_path: Path
) -> None:
    """One session only: what is held out is said to be too close to what was learnt from."""
    new = write_photos(tmp_path / "new photos \u2764", ("r\u00f6t",), photos=5, sessions=1, seed=8)
    out_folder = tmp_path / "run"
    code, out, err = unseen(
        capfd, monkeypatch, "extend", tiny_run.root, new, "--out", out_folder, "--groups", "(s[0-9])_", "--json"
    )
    assert code == 0, err
    content = json.loads(out)
    assert out.count("\n") == 1
    assert content["run"] == str(out_folder)
    assert content["extended"]["classes_added"] == ["r\u00f6t"]
    assert content["extended"]["new_classes"]["after"]["n"] == 2
    assert "too few groups in 'r\u00f6t'" in " ".join(err.split())
    assert "1 group is in two parts" in " ".join(err.split())
    assert "held-out" not in content["summary"]
    assert read_json(out_folder / "metrics.json", METRICS_SCHEMA)["extended"] == content["extended"]

    code, out, _ = unseen(
        capfd, monkeypatch, "evaluate", out_folder, tiny_run.photos, "--json", "--out", tmp_path / "tested"
    )
    assert (code, json.loads(out)["test"]["accuracy"]["n"]) == (0, 72)
    code, out, _ = unseen(capfd, monkeypatch, "predict", out_folder, new / "r\u00f6t" / "s0_000.png", "--json")
    assert code == 0
    assert len(json.loads(out)["predictions"][0]["probabilities"]) == 4


def test_without_photos_the_next_step_is_said(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tiny_run: TinyRun
) -> None:
    code, out, err = unseen(capfd, monkeypatch, "extend", tiny_run.root)
    assert (code, out) == (1, "")
    assert err == "unseen: no photos named: unseen extend RUN PHOTOS, or unseen extend RUN --adapt PHOTOS\n"


def test_stopping_says_that_nothing_changed(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tiny_run: TinyRun, tmp_path: Path
) -> None:
    from unseen.pipelines import extend

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(extend, "merge_photos", stop)
    code, _, err = unseen(capfd, monkeypatch, "extend", tiny_run.root, tmp_path, "--out", tmp_path / "out")
    assert code == 130
    assert f"{tmp_path / 'out'} was not written" in err
    assert not (tmp_path / "out").exists()
