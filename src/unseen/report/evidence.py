"""Gather the pictures that prove a finding: rows of small pictures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from unseen.auditing.findings import Finding, PhotoRow
from unseen.dataset.dataset import Dataset
from unseen.records import Predictions, Uint8Array
from unseen.report.audit_page import Evidence, Shown

PICTURE_PX = 144
MOST_PICTURES = 24
A_ROW = 6  # photos shown of one burst or set of copies
A_CELL, MOST_OF_CELLS = 8, 120  # photos shown of a cell of a confusion matrix, and of all cells: about a megabyte


def gather_evidence(findings: Iterable[Finding], sets: Sequence[Dataset]) -> dict[str, Evidence]:
    """Return the pictures of each finding by its kind; photos are looked up by path, in the first set that has it."""
    album = Album(sets)
    found = {finding.kind: Evidence(_rows(finding, album)) for finding in findings}
    return {kind: evidence for kind, evidence in found.items() if evidence.sets}


class Album:
    """Photos of several sets by path, made small when they are asked for."""

    def __init__(self, sets: Sequence[Dataset]) -> None:
        self._where = {photo.path: (data, i) for data in reversed(sets) for i, photo in enumerate(data.photos)}

    def __contains__(self, path: object) -> bool:
        """Say whether a set has the photo."""
        return path in self._where

    def show(self, path: str, note: str = "") -> Shown:
        """Return one picture of at most `PICTURE_PX`."""
        data, position = self._where[path]
        return show(data, position, note)


def show(data: Dataset, position: int, note: str = "") -> Shown:
    """Return the photo at `position` as a picture of at most `PICTURE_PX`."""
    photo = data.photos[position]
    return Shown(photo.path, photo.label, _small(data.images[position]), note)


@dataclass(frozen=True, slots=True)
class CellPhotos:
    """Some of the `number` photos of a cell of a confusion matrix, whose row is the true class."""

    row: int
    column: int
    true: str
    predicted: str
    number: int
    photos: tuple[Shown, ...]

    @property
    def id(self) -> str:
        """What links to it in a page."""
        return f"cell-{self.row}-{self.column}"


def cell_photos(data: Dataset, positions: Sequence[int], predictions: Predictions) -> list[CellPhotos]:
    """Return photos for the cells of a confusion matrix, mistakes first; positions: of the predicted photos in `data`.

    At most `A_CELL` each, few of those that are right, and not more than `MOST_OF_CELLS` in all.
    """
    said = predictions.logits.argmax(axis=1).tolist()
    members: dict[tuple[int, int], list[int]] = {}
    for position, true, predicted in zip(positions, predictions.labels.tolist(), said, strict=True):
        members.setdefault((true, predicted), []).append(position)
    found: list[CellPhotos] = []
    left, names = MOST_OF_CELLS, predictions.classes
    for (row, column), chosen in sorted(members.items(), key=lambda cell: (cell[0][0] == cell[0][1], -len(cell[1]))):
        most = min(left, A_CELL if row != column else A_CELL // 2)
        if most:
            shown = tuple(show(data, i) for i in chosen[:: -(-len(chosen) // most)])
            found.append(CellPhotos(row, column, names[row], names[column], len(chosen), shown))
            left -= len(shown)
    return found


def _small(photo: Uint8Array) -> Uint8Array:
    """Return (h, w, 3) of one (H, W, 4) photo, its transparent pixels over grey; a display copy, never measured."""
    picture = Image.fromarray(photo)
    picture.thumbnail((PICTURE_PX, PICTURE_PX), Image.Resampling.BILINEAR, reducing_gap=None)
    ground = Image.new("RGBA", picture.size, (128, 128, 128, 255))
    return np.asarray(Image.alpha_composite(ground, picture.convert("RGBA")).convert("RGB"))


def _rows(finding: Finding, album: Album) -> tuple[tuple[Shown, ...], ...]:
    evidence = finding.evidence or tuple(PhotoRow((path,)) for path in finding.paths[:MOST_PICTURES])
    if all(len(row.paths) == 1 for row in evidence):  # single photos share one row
        single = [shown for row in evidence[:MOST_PICTURES] for shown in _row(row, album)]
        return (tuple(single),) if single else ()
    rows: list[tuple[Shown, ...]] = []
    left = MOST_PICTURES
    for photos in evidence:
        row = _row(photos, album)[: min(A_ROW, left)]
        left -= len(row)
        if row:
            rows.append(row)
        if left <= 0:
            break
    return tuple(rows)


def _row(photos: PhotoRow, album: Album) -> tuple[Shown, ...]:
    notes = photos.notes or ("",) * len(photos.paths)
    known = [(path, note) for path, note in zip(photos.paths, notes, strict=True) if path in album]
    return tuple(album.show(path, note) for path, note in known[:A_ROW])
