"""On the page a project begins from nothing: photos are recorded, a model is taught in the background, and taken."""

import io
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

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
