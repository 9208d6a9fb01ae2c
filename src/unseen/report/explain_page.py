"""Make the page of explanations from their records."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from unseen.explanation.cause_wording import TITLES, advice, first_thing, held, label_doubt, sentence, summary
from unseen.explanation.explained import Explained, Explanation
from unseen.explanation.replays import BY_NAME
from unseen.records import Uint8Array, left_out_sentence
from unseen.report.page import Page, Section
from unseen.text import count

# Photos that a page shows; the command's --json has all of them.
MAX_PHOTOS = 24
MAX_CAUSES = 3
LINE_PX = 2
LINE = (255, 196, 0)


def explain_page(run: str, explained: Explained) -> Page:
    """Return the page of what `unseen explain` found, answers with causes first."""
    order = sorted(explained.photos, key=lambda photo: (not photo.causes, photo.right is not False))
    sections = [Section("explained.html.jinja", _values(photo)) for photo in order[:MAX_PHOTOS]]
    rows = [(TITLES[cause], photos, _name(explained.worst(cause).path)) for cause, photos in explained.counts.items()]
    several = len(explained.photos) > 1
    first = Section("explained_folder.html.jinja", {"first": first_thing(explained, listed=True), "causes": rows})
    about = f"What the model of {run} says of {count(len(explained.photos), 'photo')}, and why. "
    about += left_out_sentence(explained.rejected)
    return Page(f"Why {run} says so", about, (first if several else None, *sections))


def _values(photo: Explanation) -> dict[str, Any]:
    given = photo.given
    before_after = list(zip(["red", "green", "blue"], given.before, given.after, strict=True)) if given else []
    return {
        "photo": photo,
        "name": _name(photo.path) or "Photo",
        "pixels": None if photo.photo is None else _framed(photo),
        "given": given.pixels if given else None,
        "channels": before_after,
        "summary": sentence(photo.causes[0], photo) if photo.causes else summary(photo),
        "advice": " ".join(filter(None, (advice(photo.causes[0].cause, photo.extends), label_doubt(photo))))
        if photo.causes
        else None,
        "causes": [
            (sentence(one, photo), advice(one.cause, photo.extends), photo.changed.get(one.replay or ""))
            for one in photo.causes[:MAX_CAUSES]
        ],
        "heat": heat_map(photo),
        "held": held(photo),
        "replays": [(BY_NAME[row.replay].text, row) for row in photo.replays],
    }


def _name(path: str) -> str:
    """Return the photo's folder and file: what stands before them is the same for all."""
    return "/".join(Path(path).parts[-2:])


def _framed(photo: Explanation) -> Uint8Array:
    """Return the photo with the box and joints that were found."""
    assert photo.photo is not None
    picture = Image.fromarray(photo.photo)
    draw = ImageDraw.Draw(picture)
    sides = np.array([picture.width, picture.height])
    if photo.box is not None:
        corners = np.clip(np.array(photo.box).reshape(2, 2), 0, 1) * (sides - 1)
        draw.rectangle(corners.ravel().tolist(), outline=LINE, width=LINE_PX)
    if photo.joints is not None:
        places = photo.joints * sides
        radius = max(1.5, float(sides.min()) / 100)
        for x, y in places[np.isfinite(places).all(axis=1)].tolist():
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=LINE, outline=(0, 0, 0))
    return np.asarray(picture)


def heat_map(photo: Explanation) -> Uint8Array | None:
    """Return the input in grey with what speaks for the answer tinted; light enough to be seen where it is dark."""
    if photo.looked is None or photo.given is None:
        return None
    light = photo.given.pixels.astype(np.float32).mean(axis=2)
    light *= min(200 / max(float(light.mean()) * 2, 1.0), 6.0)
    grid = Image.fromarray(photo.looked / max(float(photo.looked.max()), 1e-6))
    height, width = light.shape
    share = np.asarray(grid.resize((width, height), Image.Resampling.BILINEAR)).clip(0, 1)[..., None] * 0.6
    tinted: Uint8Array = (light[..., None] * (1 - share) + np.array(LINE) * share).clip(0, 255).astype(np.uint8)
    return tinted
