from pathlib import Path

import pytest

from unseen.paths import results_path, run_path


def test_a_free_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_path(Path("some/signs")) == Path("runs/signs")
    (tmp_path / "runs" / "signs").mkdir(parents=True)
    (tmp_path / "runs" / "signs-2").mkdir()
    assert run_path(Path("some/signs.zip")) == Path("runs/signs-3")
    assert run_path(Path()) == Path("runs") / tmp_path.name


def test_results_lie_in_the_run_and_those_of_a_ready_model_in_runs() -> None:
    assert results_path(Path("mine"), Path("new/photos")) == Path("mine/tests/photos")
    assert results_path(Path("signs:rps"), Path("photos.zip")) == Path("runs/signs-rps/tests/photos")
