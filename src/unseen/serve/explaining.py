"""Explain the answer for a photo over HTTP: the causes, what to do, where it looked, and which photos are near."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from unseen.errors import UnreadablePhoto, UnseenError
from unseen.explanation.cause_wording import summary
from unseen.explanation.coverage import THUMBNAIL_PX
from unseen.explanation.explained import Explanation, Near
from unseen.explanation.explaining_predictor import ExplainingPredictor
from unseen.paths import READY
from unseen.photos.any_photo import open_any
from unseen.records import Uint8Array
from unseen.report.explain_page import heat_map
from unseen.runs import RunFolder, read_json
from unseen.serve.about import run_folder
from unseen.serve.answers import png_url
from unseen.serve.limits import Refused

# An explanation replays a photo dozens of times: one is made at a time, and few may wait.
WAITING = 4


class Explainer:
    """Makes one explanation at a time."""

    def __init__(self) -> None:
        self._one = asyncio.Semaphore()
        self._waiting = 0

    async def explain(
        self, predictor: ExplainingPredictor, content: bytes, label: str | None, photos: Path | None
    ) -> dict[str, Any]:
        """Return the explanation as JSON; raise 429 where too many wait. photos: see `training_photos`."""
        if self._waiting >= WAITING:
            raise Refused(429, "other explanations are being made: try again in some seconds", retry_after=5)
        self._waiting += 1
        try:
            async with self._one:
                return await asyncio.to_thread(lambda: as_json(predictor.explain(content, label), photos))
        except UnreadablePhoto as error:
            raise Refused(415, f"the photo cannot be used: {error}") from None
        finally:
            self._waiting -= 1


def training_photos(run: str) -> Path | None:
    """Return the folder of the photos that a run was trained on, where it is still there."""
    if run.startswith(READY):
        return None
    with suppress(UnseenError, KeyError, TypeError):
        folder = Path(read_json(RunFolder(run_folder(run)).config)["config"]["photos"])
        return folder if folder.is_dir() else None
    return None


def nearby(one: Near, photos: Path | None) -> Uint8Array | None:
    """Return a small picture of a training photo: the bundle's, or of its file, where that lies in `photos`."""
    path = Path(one.path)
    if one.picture is not None or photos is None or not one.path or path.is_absolute() or ".." in path.parts:
        return one.picture
    with suppress(UnreadablePhoto):
        image = Image.fromarray(open_any(photos / path, THUMBNAIL_PX)[..., :3])
        image.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
        return np.asarray(image)
    return None


def as_json(found: Explanation, photos: Path | None) -> dict[str, Any]:
    """Return an explanation with its pictures; photos: see `training_photos`."""
    pictures = {name: png_url(pixels) for name, pixels in found.changed.items()}
    if found.given is not None:
        pictures["given"] = png_url(found.given.pixels)
    if (looked := heat_map(found)) is not None:
        pictures["looked"] = png_url(looked)
    near = found.covered.nearest if found.covered else ()
    nearest = [None if (picture := nearby(one, photos)) is None else png_url(picture) for one in near]
    return {**found.as_dict(), "summary": summary(found), "pictures": pictures, "nearest": nearest}
