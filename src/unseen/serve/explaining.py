"""Explain the answer for a photo over HTTP: the causes, what to do, and the photo after the change that mends it."""

import asyncio
from typing import Any

from unseen.errors import UnreadablePhoto
from unseen.explanation.cause_wording import summary
from unseen.explanation.explained import Explanation
from unseen.explanation.explaining_predictor import ExplainingPredictor
from unseen.serve.answers import png_url
from unseen.serve.limits import Refused

# An explanation replays a photo dozens of times: one is made at a time, and few may wait.
WAITING = 4


class Explainer:
    """Makes one explanation at a time."""

    def __init__(self) -> None:
        self._one = asyncio.Semaphore()
        self._waiting = 0

    async def explain(self, predictor: ExplainingPredictor, content: bytes, label: str | None) -> dict[str, Any]:
        """Return the explanation as JSON; raise 429 where too many wait."""
        if self._waiting >= WAITING:
            raise Refused(429, "other explanations are being made: try again in some seconds", retry_after=5)
        self._waiting += 1
        try:
            async with self._one:
                return _as_json(await asyncio.to_thread(predictor.explain, content, label))
        except UnreadablePhoto as error:
            raise Refused(415, f"the photo cannot be used: {error}") from None
        finally:
            self._waiting -= 1


def _as_json(found: Explanation) -> dict[str, Any]:
    pictures = {name: png_url(pixels) for name, pixels in found.changed.items()}
    if found.given is not None:
        pictures["given"] = png_url(found.given.pixels)
    return {**found.as_dict(), "summary": summary(found), "pictures": pictures}
