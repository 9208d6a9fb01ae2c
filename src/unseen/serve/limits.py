"""Bound what one request, and all of them together, may take; say with which status what is above is refused."""

from dataclasses import dataclass

from starlette.exceptions import HTTPException


@dataclass(frozen=True, slots=True)
class Limits:
    """What is taken at most.

    body_bytes: of a request. photos: of a request. waiting: photos of all requests that are not answered yet.
    received_bytes: of all bodies in memory. seconds: for receiving a body, and from then to its answer.
    frame_bytes: of a frame of a live view. views: live views at the same time. Pixels are bounded
    by the decoder (`photos/decode.py`).
    """

    body_bytes: int = 32 * 2**20
    photos: int = 32
    waiting: int = 256
    received_bytes: int = 256 * 2**20
    seconds: float = 30.0
    frame_bytes: int = 4 * 2**20
    views: int = 16


class Refused(HTTPException):
    """A request that is not answered: status, a reason in one line, and for 429 the seconds to wait."""

    def __init__(self, status: int, reason: str, retry_after: int | None = None) -> None:
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        super().__init__(status, reason, headers)


class ByteBudget:
    """Bodies that are in memory, counted in bytes; used by one event loop."""

    def __init__(self, limits: Limits) -> None:
        self._left = limits.received_bytes

    def take(self, count: int) -> None:
        """Take `count` bytes; raise 429 where they are not left."""
        if count > self._left:
            raise Refused(429, "too many photos are being received: try again in a second", retry_after=1)
        self._left -= count

    def give_back(self, count: int) -> None:
        """Give back what was taken."""
        self._left += count
