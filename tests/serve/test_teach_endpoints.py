"""On the page a project begins from nothing: photos are recorded, a model is taught in the background, and taken."""

import asyncio
import io
import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from pretrain.any_hand import any_hand
from tests.conftest import TinyRun
from tests.serve.served import serving
from unseen.serve import teaching


def jpeg(seed: int = 0, sharp: bool = True) -> bytes:
    noise = Image.fromarray(np.random.default_rng(seed).integers(0, 255, (120, 160, 3), np.uint8))
    stream = io.BytesIO()
    (noise if sharp else noise.resize((8, 6)).resize((160, 120))).save(stream, "JPEG")
    return stream.getvalue()


def waited(client: TestClient) -> Any:
    until = time.monotonic() + 60
    while (said := client.get("/v1/teach").json())["state"] == "running":
        assert time.monotonic() < until
        time.sleep(0.05)
    return said


def test_without_a_project_nothing_is_recorded(tiny_run: TinyRun) -> None:
    with serving(tiny_run.root) as (client, _):
        assert client.post("/v1/record?label=a&session=1", content=jpeg()).status_code == 404
        assert client.get("/v1/model").json()["teachable"] is False


def test_from_nothing_to_a_model(tiny_run: TinyRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = tiny_run.photos / "green" / "s3_011.png"

    def job(run: str | None, photos: Path, out: Path) -> list[str]:
        shutil.copytree(tiny_run.root, out)
        return ["predict", str(out), str(photo), "--json"]

    monkeypatch.setattr(teaching, "_job", job)
    with serving(None, project=tmp_path / "mine") as (client, _):
        assert client.get("/v1/model").json()["teachable"] is True
        assert client.post("/v1/predict", content=jpeg()).status_code == 409
        assert client.post("/v1/teach").status_code == 409
        for seed in range(4):
            said = client.post("/v1/record?label=fist&session=1", content=jpeg(seed)).json()
            assert said["kept"]
        assert not client.post("/v1/record?label=fist&session=1", content=jpeg(9, sharp=False)).json()["kept"]
        for path in ("label=../x&session=1", "label=fist&session=0", "label=fist&session=x", "session=1"):
            assert client.post(f"/v1/record?{path}", content=jpeg()).status_code == 400
        assert client.post("/v1/record?label=fist&session=1", content=photo.read_bytes()).status_code == 415
        said = client.post("/v1/record?label=palm&session=2", content=jpeg(5)).json()
        assert said["counts"] == {"fist": {"1": 4}, "palm": {"2": 1}}
        assert said["wanted"][0].startswith("Record 19 more photos of 'palm'")
        assert client.post("/v1/undo?label=fist&session=1").json()["counts"]["fist"] == {"1": 3}
        assert client.post("/v1/take").status_code == 409
        assert client.post("/v1/teach").json()["state"] == "running"
        assert client.post("/v1/teach").status_code == 409
        assert waited(client)["state"] == "done"
        assert client.post("/v1/take").json() == {"taken": True}
        assert client.get("/v1/model").json()["classes"] == ["blue", "green", "red"]
        assert client.post("/v1/predict", content=photo.read_bytes()).status_code == 200
    assert len(list((tmp_path / "mine").rglob("*.jpg"))) == 4


def test_photos_of_one_session_are_split_one_by_one_as_the_command_advises(
    tiny_run: TinyRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for `train`: it fails as that does, unless it is asked for a random split."""
    script = tmp_path / "train"
    script.write_text(
        "import shutil, sys\n"
        "if '--split' not in sys.argv: sys.exit('unseen: all 13 photos are one group: use --split random')\n"
        f"shutil.copytree({str(tiny_run.root)!r}, sys.argv[1])\n"
        'print(\'{"summary": "fine"}\')\n'
    )

    async def started(self: teaching.Teaching, job: list[str]) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        command = [sys.executable, str(script), str(self.out), *job[1:]]
        return await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)

    monkeypatch.setattr(teaching.Teaching, "_started", started)
    with serving(None, project=tmp_path / "mine") as (client, _):
        for label in ("fist", "palm"):
            client.post(f"/v1/record?label={label}&session=1", content=jpeg())
        client.post("/v1/teach")
        said = waited(client)
        assert (said["state"], said["one_session"], said["taken"]) == ("done", True, False)
        assert said["seconds"] > 0
        assert client.post("/v1/take").status_code == 200
        assert client.get("/v1/teach").json()["taken"] is True
        taken = client.get("/v1/model").json()["id"]
    with serving(None, project=tmp_path / "mine") as (client, _):  # another day
        assert client.get("/v1/model").json()["id"] == taken
    shutil.rmtree(tmp_path / "mine" / "runs")
    with serving(None, project=tmp_path / "mine") as (client, _):
        assert client.get("/v1/model").json()["id"] is None


def test_hands_are_found_before_the_first_model(tmp_path: Path) -> None:
    hand = Image.fromarray(any_hand(2000, 240, samples=1).seen.rgba)
    photo = io.BytesIO()
    Image.alpha_composite(Image.new("RGBA", hand.size, (90, 110, 130, 255)), hand).convert("RGB").save(photo, "JPEG")
    with serving(None, project=tmp_path) as (client, _):
        client.post("/v1/record?label=palm&session=1", content=photo.getvalue())
        client.post("/v1/record?label=noise&session=1", content=jpeg())
    known = [json.loads(line) for line in (tmp_path / "photos.jsonl").read_text().split("\n") if line]
    assert [row["size"] is not None for row in known] == [True, False]
    assert [row["side"] is not None for row in known] == [True, False]


def test_a_job_that_fails_says_why_and_one_that_is_stopped_leaves_the_model(
    tiny_run: TinyRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(tiny_run.root, project=tmp_path) as (client, service):
        before = service.about["id"]
        monkeypatch.setattr(teaching, "_job", lambda *_: ["predict", "nowhere", "x.jpg"])
        client.post("/v1/teach")
        said = waited(client)
        assert said["state"] == "failed"
        assert "nowhere is not there" in said["lines"][-1]
        monkeypatch.setattr(teaching, "_job", lambda *_: ["predict", str(tiny_run.root), "-"])
        client.post("/v1/teach")
        assert client.delete("/v1/teach").json()["state"] == "cancelled"
        assert service.about["id"] == before


def test_a_finished_run_is_extended_and_anything_else_trained_anew(tiny_run: TinyRun, tmp_path: Path) -> None:
    jobs = [teaching._job(run, tmp_path, tmp_path / "out") for run in (str(tiny_run.root), "signs:rps", None)]
    assert [job[0] for job in jobs] == ["extend", "train", "train"]
    assert all("--json" in job and job[job.index("--groups") + 1] == "(session-[0-9]+)" for job in jobs)
