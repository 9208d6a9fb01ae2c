"""Connections are closed whose header does not end, in time or at all; others are answered, one after the other."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from unseen.serve import connection

WHOLE = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[Any]]


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["path"] == "/slow":
        await asyncio.sleep(0.4)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEADER_SECONDS", 0.15)
    monkeypatch.setattr(connection, "REST_SECONDS", 0.15)


def talk(with_server: Talk) -> Any:
    async def whole() -> Any:
        config = uvicorn.Config(app, log_config=None)
        config.load()
        state, loop = ServerState(), asyncio.get_running_loop()
        server = await loop.create_server(lambda: connection.BoundedConnection(config, state, {}), "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
        try:
            return await asyncio.wait_for(with_server(reader, writer), 5)
        finally:
            writer.close()
            server.close()

    return asyncio.run(whole())


def refused(answer: bytes) -> tuple[int, str]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"connection: close" in head
    return int(head.split()[1]), str(json.loads(body)["error"])


def test_a_header_that_comes_by_drops_is_refused_in_time() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        for letter in WHOLE[:4]:
            writer.write(bytes([letter]))
            await asyncio.sleep(0.02)
        return await reader.read()

    assert refused(talk(drip)) == (408, "the header did not arrive in 0.15 s")


def test_who_says_nothing_is_let_go() -> None:
    assert talk(lambda reader, _: reader.read()) == b""


def test_a_header_without_end_is_refused() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(WHOLE[:-2] + b"X: " + b"a" * 100_000)
        return await reader.read()

    assert refused(talk(endless)) == (431, "the header is larger than 64 KiB")


def test_what_is_no_request_is_refused_in_one_line_of_json() -> None:
    async def junk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(b"\x16\x03\x01junk\r\n\r\n")
        return await reader.read()

    assert refused(talk(junk)) == (400, "Invalid HTTP request received")


def test_many_requests_of_one_connection_are_answered() -> None:
    async def pipelined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(WHOLE * 9 + WHOLE[:-2] + b"Connection: close\r\n\r\n")
        return await reader.read()

    assert talk(pipelined).count(b"HTTP/1.1 200") == 10


def test_the_start_of_a_next_request_does_not_cut_off_a_slow_answer() -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(WHOLE.replace(b"/ ", b"/slow ") + b"GET ")
        return await reader.readuntil(b"ok")

    assert talk(slow).startswith(b"HTTP/1.1 200")


def test_who_sends_on_after_the_answer_is_let_go_and_has_the_answer() -> None:
    async def body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[bytes, float]:
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nsome")
        answer = await reader.readuntil(b"ok")
        began = time.monotonic()
        assert await reader.read() == b""
        return answer, time.monotonic() - began

    answer, seconds = talk(body)
    assert answer.startswith(b"HTTP/1.1 200")
    assert 0.1 < seconds < 2
