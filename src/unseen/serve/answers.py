"""Put an answer into JSON: the classes, where the subject is, the pixels that the model was given."""

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from unseen.records import Rejected, Uint8Array
from unseen.serve.batching import Answer
from unseen.serve.request_photos import SentPhoto


def answer_json(answer: Answer, *, pixels: bool) -> dict[str, Any]:
    """Return the prediction with `region` (`None` where no locator looked) and, where asked for, `pixels`."""
    found = {**answer.prediction.as_dict(), "region": _region(answer)}
    if pixels and answer.outputs.pixels is not None:
        found["pixels"] = png_url(answer.outputs.pixels[0])
    return found


def answers_json(
    photos: Sequence[SentPhoto], answers: Sequence[Answer | Rejected], *, pixels: bool
) -> dict[str, list[dict[str, Any]]]:
    """Return what `unseen predict --json` prints, with names in place of paths."""
    said: dict[str, list[dict[str, Any]]] = {"predictions": [], "rejected": []}
    for photo, answer in zip(photos, answers, strict=True):
        if isinstance(answer, Rejected):
            said["rejected"].append({"name": photo.name, "reason": answer.reason})
        else:
            said["predictions"].append({"name": photo.name, **answer_json(answer, pixels=pixels)})
    return said


def png_url(pixels: Uint8Array) -> str:
    """Return pixels (H, W, 3) as the address of a PNG that holds them."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode("ascii")


def _region(answer: Answer) -> dict[str, Any] | None:
    """Return box and keypoints in shares of the photo, each `None` where nothing was found."""
    regions = answer.outputs.regions
    if regions is None:
        return None
    keypoints = None if regions.keypoints is None else regions.keypoints[0]
    return {
        "box": _shares(regions.boxes[0]),
        "keypoints": None if keypoints is None else _shares(keypoints),
        "score": round(float(regions.scores[0]), 4) if np.isfinite(regions.scores[0]) else None,
    }


def _shares(values: Any) -> list[Any] | None:
    return np.round(values.astype(np.float64), 4).tolist() if np.isfinite(values).all() else None
