"""`unseen render` from the outside: one JSON object, refusals in one line, Ctrl-C leaves whole photos and goes on."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from unseen.cli import main

SMALL = ["--signs", "counting", "--people", "2", "--rooms", "2", "--photos", "40", "--image-size", "64"]
SMALL += ["--workers", "2"]


def start(*words: object) -> subprocess.Popen[str]:
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "unseen", "render", *map(str, words)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
    )


def test_stopped_half_way_it_leaves_whole_photos_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "hands"
    job = start(out, *SMALL)
    deadline = time.monotonic() + 60
    while not list(out.rglob("*.jpg")) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(job.pid, signal.SIGINT)  # as a terminal does: to the workers too
    stdout, stderr = job.communicate(timeout=60)
    assert job.returncode == 130, stderr
    assert stdout == ""
    assert stderr.strip().splitlines()[-1] == "unseen: stopped: the same command goes on"
    there = sorted(out.rglob("*.jpg"))
    assert 0 < len(there) < 40
    for path in there:
        with Image.open(path) as photo:
            photo.load()
    assert not [path for path in out.rglob(".*") if path.is_file()]

    monkeypatch.setattr(sys, "argv", ["unseen", "render", str(out), *SMALL, "--workers", "1", "--json"])
    main()
    stdout = capfd.readouterr().out
    content = json.loads(stdout)
    assert stdout.count("\n") == 1
    assert (content["photos"], content["classes"], content["groups"]) == (40, 6, 2)
    assert content["rendered"] == 40 - len(there)
    assert len(list(out.rglob("*.jpg"))) == 40


def test_a_folder_of_other_things_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"")
    job = start(tmp_path, *SMALL)
    _, stderr = job.communicate(timeout=60)
    assert job.returncode == 1
    assert stderr == f"unseen: {tmp_path} holds other things: name a folder that is new or empty\n"
