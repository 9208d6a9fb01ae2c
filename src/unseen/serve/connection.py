"""Close connections that send a request's header slowly or without end, or go on sending after they were answered.

uvicorn bounds neither: a thousand half requests would hold a thousand files open for ever.
"""

import json
from asyncio import TimerHandle, Transport

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

HEADER_SECONDS = 20.0
HEADER_BYTES = 64 * 2**10
# For what a client still sends when it was answered before the end of its body: it reads the answer after that.
REST_SECONDS = 30.0


class BoundedConnection(HttpToolsProtocol):
    """A connection whose headers are bounded in bytes and seconds; bodies are bounded where photos are taken out."""

    _deadline: TimerHandle | None = None
    _in_header, _header_bytes = True, 0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._close_in(HEADER_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """End waiting."""
        self._stay()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes, unless they are too many of a header."""
        if self._in_header:
            self._header_bytes += len(data)
            if self._deadline is None:
                self._close_in(HEADER_SECONDS)
        super().data_received(data)
        if self._in_header and self._header_bytes > HEADER_BYTES and not self.transport.is_closing():
            self._refuse(431, f"the header is larger than {HEADER_BYTES // 2**10} KiB")

    def on_headers_complete(self) -> None:
        """Note that a header came whole."""
        self._stay()
        self._in_header = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that a body came whole: what follows is another header."""
        self._stay()
        self._in_header, self._header_bytes = True, 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Let a client that was answered early send the rest, but not for ever."""
        super().on_response_complete()
        if not self._in_header:
            self._close_in(REST_SECONDS)

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be read as HTTP."""
        self._refuse(400, msg.rstrip("."))

    def _close_in(self, seconds: float) -> None:
        self._stay()
        self._deadline = self.loop.call_later(seconds, self._too_late)

    def _stay(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        self._deadline = None
        if self.cycle is not None and not self.cycle.response_complete:
            self._close_in(HEADER_SECONDS)  # an earlier request of this connection is being answered
        elif self._in_header and self._header_bytes:
            self._refuse(408, f"the header did not arrive in {HEADER_SECONDS:g} s")
        else:
            self.transport.close()

    def _refuse(self, status: int, reason: str) -> None:
        body = json.dumps({"error": reason}).encode()
        head = b"content-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
        self.transport.write(STATUS_LINE[status] + head + body)
        self.transport.close()
