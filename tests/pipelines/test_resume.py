"""A run that was killed or stopped and then resumed ends byte for byte where an undisturbed one does."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import TINY
from tests.planted_photos import write_photos
from unseen.api import resume, train
from unseen.errors import UnseenError
from unseen.evaluation.results import METRICS_SCHEMA
from unseen.runs import read_json, read_rows

SETTINGS: dict[str, Any] = {**TINY, "epochs": 12, "batch_size": 8, "seed": 3, "patience": 100}
FLAGS = (
    *("--weights", "none", "--model", "cnn-fingers", "--image-size", "48", "--time-limit", "1000"),
    *("--epochs", "12", "--batch-size", "8", "--seed", "3", "--patience", "100"),
)
# A process started from a test runner or a shell's background may ignore Ctrl-C; a person's does not.
START = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from unseen.cli import main; main()"


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_photos(tmp_path_factory.mktemp("resume") / "photos")


@pytest.fixture(scope="module")
def undisturbed(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(photos, tmp_path_factory.mktemp("runs") / "whole", **SETTINGS).run.root


def stop(photos: Path, out: Path, how: signal.Signals) -> tuple[int, str]:
    """Start a run, stop it in the middle of fine-tuning, and return its exit code and what it said on stderr."""
    command = [sys.executable, "-c", START, "train", str(photos), "--out", str(out), *FLAGS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        latest, limit = out / "checkpoint" / "latest.json", time.monotonic() + 120
        while not latest.exists() and process.poll() is None and time.monotonic() < limit:
            time.sleep(0.002)
        process.send_signal(how)
        _, said = process.communicate(timeout=60)
    return process.returncode, said


def outcome(root: Path) -> tuple[dict[str, Any], bytes, list[dict[str, str]]]:
    metrics = read_json(root / "metrics.json", METRICS_SCHEMA)
    history = [{k: v for k, v in row.items() if k != "seconds"} for row in read_rows(root / "history.csv")]
    return (
        {k: v for k, v in metrics.items() if k != "seconds"},
        (root / "model/weights.safetensors").read_bytes(),
        history,
    )


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_stopped_run_ends_like_an_undisturbed_one(
    how: signal.Signals, photos: Path, undisturbed: Path, tmp_path: Path
) -> None:
    code, said = stop(photos, tmp_path / "run", how)
    assert not (tmp_path / "run" / "manifest.json").exists()
    done = json.loads((tmp_path / "run" / "checkpoint" / "latest.json").read_text())["step"]
    assert 0 < done < 12 * 7, "it was to be stopped in the middle"
    if how is signal.SIGINT:
        assert code == 130
        assert said.splitlines()[-1] == f"unseen: stopped: go on with unseen train --resume {tmp_path / 'run'}"
        assert "Traceback" not in said
    plan = (tmp_path / "run" / "checkpoint" / "plan.json").read_bytes()
    assert json.loads(plan)["steps"] > done
    assert outcome(resume(tmp_path / "run").run.root) == outcome(undisturbed)
    assert not (tmp_path / "run" / "checkpoint").exists()


def test_runs_inside_the_photos_change_nothing(
    undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`cd photos; unseen train .`, stopped, resumed, and then a second time."""
    own = write_photos(tmp_path / "photos")
    monkeypatch.chdir(own)
    stop(Path(), Path("runs/photos"), signal.SIGKILL)
    assert outcome(resume("runs/photos").run.root) == outcome(undisturbed)
    again = train(".", **SETTINGS).run.root
    assert again == Path("runs/photos-2")
    assert outcome(again) == outcome(undisturbed)


def test_other_photos_are_refused(photos: Path, tmp_path: Path) -> None:
    own = write_photos(tmp_path / "photos")
    stop(own, tmp_path / "run", signal.SIGKILL)
    photo = next((own / "red").glob("s1_*.png"))
    before, when = photo.read_bytes(), photo.stat()
    photo.write_bytes((own / "blue" / photo.name).read_bytes())
    others = rf"^the photos in {own} are not those {tmp_path / 'run'} started with"

    def refused(why: str) -> None:
        with pytest.raises(UnseenError, match=others + why):
            resume(tmp_path / "run")

    refused(r" \(another content or class\): train into a new out$")
    photo.write_bytes(before)
    os.utime(photo, ns=(when.st_atime_ns, when.st_mtime_ns))
    photo.rename(own / "red" / "s9_999.png")
    refused(r" \(1 added, 1 gone\): train into a new out$")
    (own / "red" / "s9_999.png").rename(photo)
    for more in ("s9_997.png", "s9_998.png"):
        (own / "red" / more).write_bytes(before)
    refused(r" \(2 added, 0 gone\): train into a new out$")
    for more in ("s9_997.png", "s9_998.png"):
        (own / "red" / more).unlink()
    photo.unlink()
    refused(r" \(0 added, 1 gone\): train into a new out$")
    own.rename(tmp_path / "moved")
    refused(rf": {own} is not there: check the path$")


def test_a_run_goes_on_from_another_folder_and_under_another_name(
    undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Started as `unseen train photos --out run`, beside the photos; both may move together, and the run be renamed."""
    (tmp_path / "there").mkdir()
    write_photos(tmp_path / "there" / "photos")
    monkeypatch.chdir(tmp_path / "there")
    stop(Path("photos"), Path("run"), signal.SIGKILL)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").rename(tmp_path / "else where")
    (tmp_path / "else where" / "run").rename(tmp_path / "else where" / "r \u00fc n")
    write_photos(tmp_path / "photos", photos=6)  # not these
    assert outcome(resume("else where/r \u00fc n").run.root) == outcome(undisturbed)
    resolved = read_json(tmp_path / "else where" / "r \u00fc n" / "run.json")["config"]
    assert (resolved["photos"], resolved["out"]) == (str(Path("else where/photos")), "else where/r \u00fc n")


def test_a_run_without_settings_cannot_be_resumed(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"schema": 2, "config": {"photos": "x", "out": "y", "magic": 1}}')
    with pytest.raises(UnseenError, match="magic is not known"):
        resume(tmp_path)
    (tmp_path / "run.json").write_text('{"schema": 2}')
    with pytest.raises(UnseenError):
        resume(tmp_path)
