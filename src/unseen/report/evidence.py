"""The pictures that prove a finding: findings and pixels in, rows of small pictures out."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from PIL import Image

from unseen.audit.findings import Finding
from unseen.dataset.dataset import Dataset
from unseen.records import Uint8Array
from unseen.report.audit_page import Evidence, Shown

PICTURE_PX = 144
MOST_PICTURES = 24
A_ROW = 6  # photos shown of one burst or set of copies


def gather_evidence(findings: Iterable[Finding], sets: Sequence[Dataset]) -> dict[str, Evidence]:
    """Return the pictures of each finding by its kind; photos are looked up by path, in the first set that has it."""
    album = Album(sets)
    found = {finding.kind: Evidence(_rows(finding, album)) for finding in findings}
    return {kind: evidence for kind, evidence in found.items() if evidence.sets}


class Album:
    """Photos of several sets by path, made small when they are asked for."""

    def __init__(self, sets: Sequence[Dataset]) -> None:
        self._where = {
            photo.path: (gathered, i) for gathered in reversed(sets) for i, photo in enumerate(gathered.photos)
        }

    def __contains__(self, path: object) -> bool:
        """Say whether a set has the photo."""
        return path in self._where

    def show(self, path: str, note: str = "") -> Shown:
        """Return one picture of at most `PICTURE_PX`."""
        gathered, position = self._where[path]
        return show(gathered, position, note)


def show(gathered: Dataset, position: int, note: str = "") -> Shown:
    """Return the photo at `position` as a picture of at most `PICTURE_PX`."""
    photo = gathered.photos[position]
    return Shown(photo.path, photo.label, _small(gathered.images[position]), note)


def _small(photo: Uint8Array) -> Uint8Array:
    """Return (h, w, 3) of one (H, W, 4) photo, its transparent pixels over grey; a display copy, never measured."""
    picture = Image.fromarray(photo)
    picture.thumbnail((PICTURE_PX, PICTURE_PX), Image.Resampling.BILINEAR, reducing_gap=None)
    ground = Image.new("RGBA", picture.size, (128, 128, 128, 255))
    return np.asarray(Image.alpha_composite(ground, picture.convert("RGBA")).convert("RGB"))


def _rows(finding: Finding, album: Album) -> tuple[tuple[Shown, ...], ...]:
    notes = _notes(finding)
    rows: list[tuple[Shown, ...]] = []
    left = MOST_PICTURES
    for paths in _paths_together(finding):
        row = [album.show(path, notes.get(path, "")) for path in paths if path in album][: min(A_ROW, left)]
        left -= len(row)
        if row:
            rows.append(tuple(row))
        if left <= 0:
            break
    if rows:
        return tuple(rows)
    single = [album.show(path, notes.get(path, "")) for path in finding.paths[:MOST_PICTURES] if path in album]
    return (tuple(single),) if single else ()


def _paths_together(finding: Finding) -> list[Sequence[str]]:
    """Return the paths that prove it side by side: copies, pairs, a photo and its twin; empty for single photos."""
    details = finding.details
    for key in ("sets", "pairs"):
        if key in details:
            return list(details[key])
    if "examples" in details:  # path, path, part, part
        return [row[:2] for row in details["examples"]]
    for key in ("twins", "nearest"):
        if key in details:
            return [list(pair) for pair in details[key].items()]
    return []


def _notes(finding: Finding) -> Mapping[str, str]:
    suspects = finding.details.get("suspects", ())
    return {row["path"]: f"labelled {row['label']}, looks like {row['suggested']}" for row in suspects}
