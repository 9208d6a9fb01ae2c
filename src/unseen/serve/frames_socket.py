"""Answer frames of a live view: the newest one that arrived, so that no lag can grow."""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass

import anyio
from starlette.websockets import WebSocket, WebSocketDisconnect

from unseen.errors import UnseenError
from unseen.records import ASKED_HANDS, AskedHand, Rejected
from unseen.serve.answers import answer_json
from unseen.serve.batching import PhotoQueue
from unseen.serve.limits import Limits, Refused

TOO_LARGE = 1009
LONGEST_TEXT = 200


class LatestFrame:
    """A place for one frame: a new one replaces what nobody took."""

    def __init__(self) -> None:
        self._frame: tuple[int, bytes] | None = None
        self._arrived = asyncio.Event()
        self.count = 0

    def put(self, content: bytes) -> None:
        """Put a frame; the first is number 1."""
        self.count += 1
        self._frame = self.count, content
        self._arrived.set()

    async def take(self) -> tuple[int, bytes]:
        """Wait for a frame that was not taken yet; return its number and its bytes."""
        while self._frame is None:
            self._arrived.clear()
            await self._arrived.wait()
        frame, self._frame = self._frame, None
        return frame


@dataclass(frozen=True, slots=True)
class _Settings:
    pixels: bool = False
    hand: AskedHand | None = None


class FrameSession:
    """One open socket. Bytes are frames, texts say how they are answered.

    `{"pixels": true}` asks for what the model is given, `{"hand": "left"}` for one of two hands.
    """

    def __init__(self, socket: WebSocket, photos: PhotoQueue, limits: Limits) -> None:
        self._socket, self._photos, self._limits = socket, photos, limits
        self._latest, self._wanted = LatestFrame(), _Settings()

    async def run(self) -> None:
        """Answer until either side ends it."""
        await self._socket.accept()
        async with anyio.create_task_group() as group:
            group.start_soon(self._answer)
            await self._receive()
            group.cancel_scope.cancel()

    async def _receive(self) -> None:
        with suppress(WebSocketDisconnect):
            while True:
                message = await self._socket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                content = message.get("bytes")
                if content is None:
                    self._wanted = _settings(message.get("text") or "", self._wanted)
                elif len(content) > self._limits.frame_bytes:
                    await self._socket.close(TOO_LARGE)
                    return
                else:
                    self._latest.put(content)

    async def _answer(self) -> None:
        with suppress(WebSocketDisconnect, RuntimeError):  # RuntimeError: sent after the other side went
            while True:
                number, content = await self._latest.take()
                said = await self._said(content)
                await self._socket.send_text(json.dumps({"frame": number, **said}))

    async def _said(self, content: bytes) -> dict[str, object]:
        pixels, hand = self._wanted.pixels, self._wanted.hand
        try:
            answer = (await self._photos.predict([content], pixels=pixels, hand=hand))[0]
        except Refused as error:
            return {"error": error.detail}
        except UnseenError as error:
            return {"error": str(error)}
        return {"error": answer.reason} if isinstance(answer, Rejected) else answer_json(answer, pixels=pixels)


def _settings(text: str, before: _Settings) -> _Settings:
    try:
        said = json.loads(text) if len(text) <= LONGEST_TEXT else None
    except ValueError:
        return before
    if not isinstance(said, dict):
        return before
    hands: dict[object, AskedHand] = {hand: hand for hand in ASKED_HANDS}
    hand = hands.get(str(said["hand"])) if "hand" in said else before.hand
    return _Settings(bool(said.get("pixels", before.pixels)), hand)
