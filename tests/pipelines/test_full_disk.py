"""A disk that is full anywhere is one line, and the run goes on from there to the numbers of an undisturbed one."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from tests.cli.in_process import unseen
from tests.pipelines.test_resume import outcome
from tests.planted_photos import write_photos

FLAGS = (
    *("--weights", "none", "--model", "cnn-fingers", "--image-size", "48", "--time-limit", "1000"),
    *("--epochs", "2", "--seed", "3", "--patience", "100"),
)


@pytest.mark.slow
def test_every_file_of_a_run_may_meet_a_full_disk(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each file fails once, when it is written first; then the line that says so is followed."""
    photos, out = write_photos(tmp_path / "photos", photos=12), tmp_path / "run"
    code, _, err = unseen(capfd, monkeypatch, "train", photos, "--out", tmp_path / "whole", *FLAGS)
    assert code == 0, err
    touch, failed = Path.touch, set[str]()

    def full_once(temporary: Path, *given: Any, **named: Any) -> None:
        name = temporary.stem.removeprefix(".")
        if out in temporary.parents and name not in failed:
            failed.add(name)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        touch(temporary, *given, **named)

    words: tuple[object, ...] = ("train", photos, "--out", out, *FLAGS)
    for _ in range(60):
        monkeypatch.setattr(Path, "touch", full_once)
        code, _, err = unseen(capfd, monkeypatch, *words)
        monkeypatch.setattr(Path, "touch", touch)
        if code == 0:
            break
        said = err.splitlines()[-1]
        assert "cannot be written (No space left on device): free some space there" in said, err
        assert "Traceback" not in err
        if (out / "run.json").exists():
            assert said.endswith(f", then unseen train --resume {out}")
            words = ("train", "--resume", out)
    assert code == 0, err
    assert {
        *("run.json", "split.csv", "audit.json", "audit.html", "history.csv", "plan.json", "latest.json", "varied.png"),
        *("model.onnx", "weights.safetensors", "bundle.json", "metrics.json", "report.html", "manifest.json"),
    } <= failed
    assert outcome(out) == outcome(tmp_path / "whole")
    whole = {path.relative_to(tmp_path / "whole") for path in (tmp_path / "whole").rglob("*")}
    assert {path.relative_to(out) for path in out.rglob("*")} == whole
