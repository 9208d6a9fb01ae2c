"""Photos get the answer that `Predictor` gives; what is no photo gets a status and one line."""

import base64
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.routing import Route
from starlette.testclient import TestClient

from pretrain.any_hand import any_hand
from tests.conftest import TinyRun
from tests.photos.pictures import encoded
from tests.serve.served import HOST, serving
from unseen.explanation.explaining_predictor import ExplainingPredictor
from unseen.inference.predictor import Predictor
from unseen.records import ASKED_HANDS
from unseen.serve.app import Service, make_app
from unseen.serve.guard import Door
from unseen.serve.limits import Limits

BYTES = {"Content-Type": "application/octet-stream"}


@pytest.fixture(scope="module")
def client(tiny_run: TinyRun) -> Iterator[TestClient]:
    with serving(tiny_run.root) as (client, _):
        yield client


@pytest.fixture
def photos(tiny_run: TinyRun) -> list[Path]:
    return sorted(tiny_run.photos.glob("*/s[12]_*.png"))[:6]


def picture(url: str) -> Any:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))))


def reason(answer: Any) -> str:
    said = answer.json()
    assert list(said) == ["error"]
    assert "\n" not in said["error"]
    return str(said["error"])


def test_one_photo_as_a_body_gets_the_answer_of_the_predictor(
    client: TestClient, photos: list[Path], tiny_run: TinyRun
) -> None:
    expected = Predictor(tiny_run.root, threads=1).predict(photos[0])
    curl = {"Content-Type": "application/x-www-form-urlencoded"}
    for headers in (BYTES, {"Content-Type": "image/png"}, {}, curl):
        said = client.post("/v1/predict", content=photos[0].read_bytes(), headers=headers).json()
        (one,) = said["predictions"]
        assert one["label"] == expected.label
        assert list(one["probabilities"].values()) == pytest.approx(list(expected.probabilities), abs=1e-6)
    assert said["model"] == client.get("/v1/model").json()["id"]


def test_several_photos_of_a_form_are_answered_in_order_and_a_broken_one_is_a_row(
    client: TestClient, photos: list[Path], tiny_run: TinyRun
) -> None:
    parts = [("photo", (path.name, path.read_bytes(), "image/png")) for path in photos]
    said = client.post(
        "/v1/predict", files=[*parts[:2], ("x", ("../../etc/passwd", b"no photo", "")), *parts[2:]]
    ).json()
    expected = Predictor(tiny_run.root, threads=1).predict(photos)
    assert [one["name"] for one in said["predictions"]] == [path.name for path in photos]
    assert [one["label"] for one in said["predictions"]] == [one.label for one in expected]
    assert said["rejected"] == [{"name": "../../etc/passwd", "reason": said["rejected"][0]["reason"]}]


def test_the_pixels_shown_are_those_the_model_is_given(
    client: TestClient, photos: list[Path], tiny_run: TinyRun
) -> None:
    said = client.post("/v1/predict?pixels=1", content=photos[0].read_bytes(), headers=BYTES).json()
    shown = picture(said["predictions"][0]["pixels"])
    given = Predictor(tiny_run.root).preprocess([np.asarray(Image.open(photos[0]).convert("RGB"))])[0]
    assert np.array_equal(shown, given)


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"", BYTES, 400),
        (b"no photo at all", BYTES, 415),
        (b"{}", {"Content-Type": "application/json"}, 415),
        (b"a=b", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        (b"--x\r\nno form", {"Content-Type": "multipart/form-data; boundary=x"}, 400),
        (b"--x--", {"Content-Type": "multipart/form-data"}, 400),
        (b"--x--\r\n", {"Content-Type": "multipart/form-data; boundary=x"}, 400),
    ],
)
def test_what_is_no_photo_is_refused_in_one_line(
    client: TestClient, content: bytes, headers: dict[str, str], status: int
) -> None:
    answer = client.post("/v1/predict", content=content, headers=headers)
    assert (answer.status_code, bool(reason(answer))) == (status, True)


def test_a_cut_photo_and_a_bomb_are_refused(client: TestClient) -> None:
    whole = encoded(Image.effect_noise((90, 90), 50).convert("RGB"), "JPEG")
    assert client.post("/v1/predict", content=whole[: len(whole) // 2], headers=BYTES).status_code == 422
    bomb = io.BytesIO()
    Image.new("1", (9000, 8000)).save(bomb, "PNG")
    answer = client.post("/v1/predict", content=bomb.getvalue(), headers=BYTES)
    assert answer.status_code == 413
    assert "too many pixels" in reason(answer)


def test_limits_are_kept(tiny_run: TinyRun, photos: list[Path]) -> None:
    limits = replace(Limits(), body_bytes=20_000, photos=2, waiting=1)
    content = photos[0].read_bytes()
    with serving(tiny_run.root, limits) as (client, service):
        assert client.post("/v1/predict", content=bytes(20_001), headers=BYTES).status_code == 413
        chunked = client.post("/v1/predict", content=iter([bytes(15_000), bytes(15_000)]), headers=BYTES)
        assert chunked.status_code == 413
        part = ("photo", ("a.png", content, "image/png"))
        assert client.post("/v1/predict", files=[part] * 3).status_code == 413
        busy = client.post("/v1/predict", files=[part] * 2)
        assert busy.status_code == 429
        assert int(busy.headers["retry-after"]) >= 1
        assert client.post("/v1/predict", content=content, headers=BYTES).status_code == 200
        assert service.photos.waiting == 0


def test_only_files_of_the_page_are_served(client: TestClient, tiny_run: TinyRun) -> None:
    assert "<title>unseen" in client.get("/").text
    assert client.get("/page/main.js").headers["content-type"].startswith("text/javascript")
    for path in (
        "/page/..%2Fapp.py",
        "/page/%2e%2e/app.py",
        "/page//etc/passwd",
        "/v1/nothing",
        "/page/app.py",
        "/v1/model/",
    ):
        answer = client.get(path)
        assert (answer.status_code, reason(answer)[:7]) == (404, "nothing")
    assert client.get("/v1/predict").status_code == 405


def test_the_model_says_what_was_measured_and_the_counters_count(tiny_run: TinyRun, photos: list[Path]) -> None:
    with serving(tiny_run.root) as (client, _):
        about = client.get("/v1/model").json()
        measured = json.loads((tiny_run.root / "metrics.json").read_text())["test"]["accuracy"]
        assert (about["classes"], about["accuracy"]) == (["blue", "green", "red"], measured)
        assert f"{measured['value']:.1%} correctly" in about["said"][0]
        client.post("/v1/predict", content=photos[0].read_bytes())
        client.post("/v1/predict", content=b"x")
        counted = client.get("/metrics").text
        assert 'unseen_requests_total{path="/v1/predict",status="200"} 1.0' in counted
        assert 'unseen_requests_total{path="/v1/predict",status="415"} 1.0' in counted
        assert "unseen_waiting_photos 0.0" in counted
        assert client.get("/healthz").json() == {"status": "ok", "waiting": 0}


def test_the_description_names_every_path_and_status(client: TestClient, tmp_path: Path) -> None:
    described = client.get("/openapi.json").json()
    assert set(described["paths"]) == {"/v1/predict", "/v1/explain", "/v1/model", "/healthz", "/metrics"}
    assert {"200", "400", "413", "415", "422", "429"} <= set(described["paths"]["/v1/predict"]["post"]["responses"])
    assert "/page/docs.js" not in client.get("/docs").text.replace('src="page/docs.js"', "")
    with serving(None, project=tmp_path) as (taught, service):
        described = taught.get("/openapi.json").json()
        served = {
            (route.path, method)
            for route in make_app(service, Door()).routes
            if isinstance(route, Route) and route.path.startswith("/v1/")
            for method in (route.methods or set()) - {"HEAD"}
        }
    assert served == {
        (path, method.upper()) for path, of in described["paths"].items() for method in of if path.startswith("/v1/")
    }
    answers = described["components"]["responses"]
    named = [
        one
        for of in described["paths"].values()
        for operation in of.values()
        for one in operation["responses"].values()
    ]
    assert all(one.get("$ref", "/").split("/")[-1] in ("", *answers) for one in named)


def test_what_is_answered_is_as_it_is_described(client: TestClient, photos: list[Path], tmp_path: Path) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    content = photos[0].read_bytes()
    said = client.post("/v1/predict?pixels=1", content=content).json()
    with serving(None, project=tmp_path) as (taught, _):
        project, teaching, empty = (taught.get(f"/v1/{name}").json() for name in ("project", "teach", "model"))
    for name, found in {
        "Predictions": said,
        "Prediction": said["predictions"][0],
        "Explanation": client.post("/v1/explain", content=content).json(),
        "Project": project,
        "Teaching": teaching,
    }.items():
        assert set(schemas[name]["required"]) <= set(found), name
    for model in (client.get("/v1/model").json(), empty):
        assert set(schemas["Model"]["required"]) <= set(model)


def test_of_two_hands_the_asked_one_is_answered_for(tiny_run: TinyRun, photos: list[Path]) -> None:
    hands = [Image.fromarray(any_hand(2000 + i, 240, samples=1).seen.rgba) for i in (2, 5)]
    both = Image.new("RGB", (520, 240), (90, 110, 130))
    for left, shown in zip((0, 280), (hands[0], hands[1].transpose(Image.Transpose.FLIP_LEFT_RIGHT)), strict=True):
        both.paste(shown, (left, 0), shown)
    content = encoded(both, "PNG")
    with TestClient(make_app(Service("signs:counting", Limits()), Door()), base_url=HOST) as client:
        assert client.get("/v1/model").json()["hands"] is True
        labels = {}
        for hand in ASKED_HANDS:
            expected = Predictor("signs:counting", hand=hand).predict(content)
            (said,) = client.post(f"/v1/predict?hand={hand}", content=content).json()["predictions"]
            assert list(said["probabilities"].values()) == pytest.approx(list(expected.probabilities), abs=1e-5)
            labels[hand] = said["label"]
            explained = client.post(f"/v1/explain?hand={hand}", content=content).json()
            assert explained["probability"] == pytest.approx(said["probability"], abs=1e-4)
        assert labels["left"] != labels["right"]
        assert client.post("/v1/predict?hand=third", content=content).status_code == 400
    with serving(tiny_run.root) as (client, _):
        assert client.get("/v1/model").json()["hands"] is False
        refused = client.post("/v1/predict?hand=left", content=photos[0].read_bytes())
        assert (refused.status_code, "finds hands" in reason(refused)) == (400, True)


def test_an_answer_is_explained(client: TestClient, photos: list[Path], tiny_run: TinyRun) -> None:
    content = photos[0].read_bytes()
    said = client.post("/v1/explain?label=red", content=content, headers=BYTES).json()
    expected = ExplainingPredictor(tiny_run.root).explain(content, "red")
    assert (said["label"], said["true"], said["target"]) == (expected.label, "red", expected.target)
    assert [one["cause"] for one in said["causes"]] == [one.cause for one in expected.causes]
    assert said["summary"]
    assert said["pictures"]["given"].startswith("data:image/png")
    near = expected.covered.nearest if expected.covered else ()
    assert len(near) == len(said["nearest"]) == 5
    for one, shown in zip(near, said["nearest"], strict=True):
        photo = np.asarray(Image.open(tiny_run.photos / one.path).convert("RGB"))
        assert np.abs(picture(shown).mean(axis=(0, 1)) - photo.mean(axis=(0, 1))).max() < 3
    refused = client.post(f"/v1/explain?label={'nothing' * 999}", content=content, headers=BYTES)
    assert (refused.status_code, len(reason(refused)) < 600) == (400, True)
    assert client.post("/v1/explain", content=b"no photo", headers=BYTES).status_code == 415
    parts = [("photo", ("a.png", content, "image/png"))] * 2
    assert client.post("/v1/explain", files=parts).status_code == 413
