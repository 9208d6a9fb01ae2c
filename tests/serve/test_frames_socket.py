"""A live view is answered with its newest frame, and goes on after one that is no photo."""

import asyncio
from pathlib import Path

import pytest
from starlette.websockets import WebSocketDisconnect

from tests.conftest import TinyRun
from tests.serve.served import FRAMES, serving
from unseen.inference.predictor import Predictor
from unseen.serve.frames_socket import LatestFrame, _Settings, _settings
from unseen.serve.limits import Limits


def test_frames_are_answered_and_a_broken_one_is_a_reason(tiny_run: TinyRun) -> None:
    photo = Path(tiny_run.photos / "green" / "s3_011.png")
    expected = Predictor(tiny_run.root).predict(photo)
    with serving(tiny_run.root) as (client, _), client.websocket_connect(FRAMES) as view:
        view.send_bytes(photo.read_bytes())
        first = view.receive_json()
        assert (first["frame"], first["label"], first["region"], "pixels" in first) == (1, expected.label, None, False)
        view.send_bytes(b"no photo")
        assert set(view.receive_json()) == {"frame", "error"}
        for text in ("not json", "[" * 100_000, "[]"):
            view.send_text(text)
        view.send_text('{"pixels": true}')
        view.send_bytes(photo.read_bytes())
        assert view.receive_json()["pixels"].startswith("data:image/png")


def test_a_hand_is_asked_for_and_no_longer() -> None:
    asked = _Settings(pixels=True)
    for text, hand in (
        ('{"hand": "left"}', "left"),
        ('{"hand": "third"}', None),
        ('{"hand": null}', None),
        ("[]", None),
    ):
        asked = _settings(text, asked)
        assert asked == _Settings(True, hand)  # type: ignore[arg-type]


def test_frames_and_views_have_limits(tiny_run: TinyRun) -> None:
    with serving(tiny_run.root, Limits(frame_bytes=100, views=1)) as (client, _):
        with client.websocket_connect(FRAMES) as view:
            with client.websocket_connect(FRAMES) as another, pytest.raises(WebSocketDisconnect) as refused:
                another.receive_json()
            assert (refused.value.code, refused.value.reason[:19]) == (1013, "too many live views")
            view.send_bytes(bytes(101))
            with pytest.raises(WebSocketDisconnect):
                view.receive_json()
        with client.websocket_connect(FRAMES):
            pass


def test_a_new_frame_replaces_one_that_waits() -> None:
    async def taken() -> list[tuple[int, bytes]]:
        latest = LatestFrame()
        for content in (b"1", b"2", b"3"):
            latest.put(content)
        first = await latest.take()
        later = asyncio.create_task(latest.take())
        await asyncio.sleep(0)
        assert not later.done()
        latest.put(b"4")
        return [first, await later]

    assert asyncio.run(taken()) == [(3, b"3"), (4, b"4")]
