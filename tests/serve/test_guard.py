"""Strangers are refused: other hosts, pages of other sites, whoever lacks the token."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from tests.conftest import TinyRun
from tests.serve.served import FRAMES, serving
from unseen.errors import SettingError
from unseen.serve.guard import Door
from unseen.serve.server import Address

TOKEN = "0123456789abcdef"


@pytest.fixture(scope="module")
def client(tiny_run: TinyRun) -> Iterator[TestClient]:
    with serving(tiny_run.root) as (client, _):
        yield client


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "192.168.1.5", "", "[", "localhost@evil.example", "127.0.0.1:x"],
)
def test_another_host_is_refused(client: TestClient, host: str) -> None:
    assert client.get("/v1/model", headers={"Host": host}).status_code == 421


def test_two_hosts_are_refused(client: TestClient) -> None:
    for second in ("evil.example", "127.0.0.1"):
        assert client.get("/v1/model", headers=[("Host", "127.0.0.1"), ("Host", second)]).status_code == 421


@pytest.mark.parametrize("host", ["localhost:8000", "LOCALHOST", "127.0.0.1", "[::1]:8000"])
def test_this_machine_is_known_by_its_names(client: TestClient, host: str) -> None:
    assert client.get("/v1/model", headers={"Host": host}).status_code == 200


def test_pages_of_other_sites_may_not_ask(client: TestClient) -> None:
    own = {"Host": "127.0.0.1:8000", "Origin": "http://127.0.0.1:8000"}
    assert client.get("/v1/model", headers=own).status_code == 200
    with client.websocket_connect(FRAMES, headers=own):
        pass
    for origin in ("https://evil.example", "null", "http://127.0.0.1:9000", "http://["):
        answer = client.get("/v1/model", headers={**own, "Origin": origin})
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers
        with (
            pytest.raises(WebSocketDisconnect),
            client.websocket_connect(FRAMES, headers={**own, "Origin": origin}),
        ):
            pass
    crossed = client.post("/v1/predict", headers={"Sec-Fetch-Site": "cross-site"}, content=b"x")
    assert crossed.status_code == 403


def test_the_page_may_load_nothing_from_elsewhere(client: TestClient) -> None:
    headers = client.get("/").headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe-inline" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_a_token_is_asked_for_everywhere_and_becomes_a_cookie(tiny_run: TinyRun) -> None:
    with serving(tiny_run.root, door=Door(token=TOKEN)) as (client, _):
        assert client.get("/healthz").status_code == 200
        for path in ("/", "/v1/model", "/metrics", "/page/main.js", f"/v1/model?token={TOKEN}", "/?token=wrong"):
            assert client.get(path).status_code == 401
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        assert client.get("/v1/model", headers=bearer).status_code == 200
        assert client.get("/v1/model", headers={"Authorization": "Bearer wrong"}).status_code == 401
        with pytest.raises(WebSocketDisconnect), client.websocket_connect(FRAMES):
            pass
        entered = client.get(f"/?token={TOKEN}", follow_redirects=False)
        assert (entered.status_code, entered.headers["location"]) == (303, "/")
        assert "httponly" in entered.headers["set-cookie"].lower()
        assert client.get("/v1/model").status_code == 200
        with client.websocket_connect(FRAMES):
            pass


def test_other_machines_are_let_in_only_with_a_token() -> None:
    for settings in ({"host": "0.0.0.0"}, {"host": "0.0.0.0", "token": "short"}, {"certificate": "x.pem"}):
        with pytest.raises(SettingError):
            Address(**settings)  # type: ignore[arg-type]
    door = Address("0.0.0.0", token=TOKEN, names=("desk.example",)).door
    assert [door.knows_host(name) for name in ("192.168.1.5:8000", "desk.example", "evil.example")] == [
        True,
        True,
        False,
    ]
    assert not Address().door.knows_host("192.168.1.5")
