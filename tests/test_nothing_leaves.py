"""Nothing leaves the machine unasked: no verb looks up a host, sends anything or keeps a library's notes at home."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import TinyRun
from tests.planted_photos import write_photos
from unseen.cli import VERBS

ROOT = Path(__file__).parents[1]
ALONE = ("unshare", "--user", "--map-root-user", "--net")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home, on a system that lets a test cut itself off."""
    try:
        cut_off = subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        cut_off = False
    if not cut_off:
        pytest.skip("this system does not let tests make a network namespace")
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def watched(home: Path, *words: str) -> dict[str, Any]:
    """Run `tests.watched_process` cut off, with HOME in `home`; return its report, and the files left at home."""
    ours = {"UNSEEN_CACHE", "HF_HOME", "XDG_CACHE_HOME", "ORT_DISABLE_TELEMETRY", "HF_HUB_DISABLE_TELEMETRY"}
    environment = {name: value for name, value in os.environ.items() if name not in ours} | {"HOME": str(home)}
    command = [*ALONE, sys.executable, "-m", "tests.watched_process", *words]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    files = {path.relative_to(home).parts[:2] for path in home.rglob("*") if path.is_file()}
    return {**json.loads(done.stderr.splitlines()[-1]), "at home": files}


def test_every_verb_works_without_a_network_and_tries_none(home: Path, tiny_run: TinyRun, tmp_path: Path) -> None:
    run, photos, out = str(tiny_run.root), str(tiny_run.photos), str(tmp_path / "out")
    more = str(write_photos(tmp_path / "more", photos=6, sessions=2, seed=5))
    small = ("--model", "cnn-fingers", "--image-size", "48", "--weights", "none", "--epochs", "1", "--no-audit")
    commands = [
        ("predict", run, photos),  # first: a library's notes may be sent seconds after its import
        ("render", f"{out}/hands", "--photos", "2", "--workers", "1", "--image-size", "96"),
        ("audit", photos, "--out", f"{out}/audit"),
        ("segment", photos, "--out", f"{out}/sheet.png"),
        ("train", photos, "--out", f"{out}/run", *small),
        ("extend", run, more, "--out", f"{out}/extended"),
        ("evaluate", run, photos, "--out", f"{out}/evaluated"),
        ("frames", photos, "--out", f"{out}/frames"),
        ("explain", run, f"{photos}/green/s3_011.png"),
        ("stress", run, photos, "--photos", "2"),
        ("compare", run, run),
        ("estimate", run, photos),
        ("doctor", f"{run}/model/model.onnx", photos),
        ("generate", photos, f"{out}/generated", "--per-class", "2", "--steps", "2", "--image-size", "32"),
        ("models",),
        ("cache",),
    ]
    # `serve` answers until it is stopped (tests/serve/test_page.py sees what its page asks for); `export` fetches the
    # browser's runtime from npm, as it says
    assert {command[0] for command in commands} == set(VERBS) - {"serve", "export"}
    found = watched(home, json.dumps(commands))
    assert found == {"tried": [], "unroutable": 0, "at home": {(".cache", "unseen")}}


def test_a_look_up_by_a_library_would_be_noticed(home: Path) -> None:
    assert watched(home)["unroutable"] > 0


def test_onnx_runtime_is_imported_in_one_place_and_telemetry_is_off_before() -> None:
    source = ROOT / "src" / "unseen"
    importing = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Import) and any(name.name.startswith("onnxruntime") for name in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("onnxruntime"))
    }
    assert importing == {"onnx_session.py"}
    code = "import unseen, os, sys; print(os.environ['ORT_DISABLE_TELEMETRY'], 'onnxruntime' in sys.modules)"
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    said = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["1", "False"]
