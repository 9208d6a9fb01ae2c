"""Load a bundle that also says why: `Predictor` with `explain`."""

import csv
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from unseen.errors import BadBundle
from unseen.explanation.coverage import Coverage, read_coverage
from unseen.explanation.explain_photo import Known, explain_logits, replayed, see
from unseen.explanation.explained import Channel, Explanation, Input
from unseen.explanation.look_at_parts import look_at_parts
from unseen.explanation.replays import Box, Replay
from unseen.export.bundle import find_bundle
from unseen.inference.predictor import Predictor
from unseen.inference.unknown import Unknown
from unseen.photos.any_photo import open_any
from unseen.photos.decode import decode_with_header
from unseen.photos.header import Header
from unseen.records import Float32Array, Regions, Uint8Array

if TYPE_CHECKING:
    from unseen.inference.predictor import Photo

# Turns of EXIF, undone: counter-clockwise quarter turns, then mirrored.
_AS_STORED = {2: (0, True), 3: (2, False), 4: (2, True), 5: (1, True), 6: (1, False), 7: (3, True), 8: (3, False)}


class ExplainingPredictor(Predictor):
    """A loaded bundle. Everything of it works as in `Predictor`."""

    def __init__(self, path: str | Path, threads: int = 0, unknown: Unknown = "auto") -> None:
        """Load a bundle, or a ready model, as `Predictor` does."""
        super().__init__(path, threads, unknown)
        self._path = Path(path)

    @cached_property
    def _coverage(self) -> Coverage | None:
        with suppress(BadBundle):  # a ready model has no folder
            return read_coverage(find_bundle(self._path))
        return None

    @cached_property
    def _paths(self) -> dict[int, str]:
        return _paths_of(find_bundle(self._path).parent / "split.csv") if self._coverage else {}

    def explain(self, photo: "Photo", label: str | None = None, look: bool = False) -> Explanation:
        """Explain the answer for one photo in any form; label: the right answer, where it is known.

        look: also find which parts of the photo the answer hangs on, which takes as long again.
        """
        pixels, header = self._open_with_header(photo)
        stored = as_stored(pixels, header.orientation) if header else None
        coverage = self._coverage
        known = Known(coverage.usual, coverage.rates) if coverage else Known()
        short_px = min(header.width, header.height) if header else None
        first = self.run([pixels[..., :3]], pixels=True)
        box, joints = _region(first.regions)
        seen = see(pixels, known.usual, box, stored, short_px)
        changed = replayed(seen)
        logits = np.concatenate([first.logits, self.replay_logits(changed)])
        covered = coverage.covered(first.features[0], self.classes, self._paths) if coverage else None
        found = explain_logits(self.classes, seen, changed, logits, label, known, covered)
        return replace(
            found,
            path=str(photo) if isinstance(photo, str | Path) else "",
            joints=joints,
            given=self._given(first.pixels[0]) if first.pixels is not None else None,
            looked=look_at_parts(self, seen.photo, int(first.logits[0].argmax())) if look else None,
            missing=() if coverage else ("how near training comes to the photo",),
        )

    def replay_logits(self, changed: Sequence[tuple[Replay, Uint8Array]]) -> Float32Array:
        """Return logits (R, C) of a photo after each replay."""
        return self.logits([pixels for _, pixels in changed])

    def _open_with_header(self, photo: object) -> tuple[Uint8Array, Header | None]:
        side_px = self.facts.decode_side_px
        if isinstance(photo, str | Path):
            return decode_with_header(Path(photo), side_px)
        if isinstance(photo, bytes):
            return decode_with_header(photo, side_px)
        return open_any(photo, side_px), None

    def _given(self, pixels: Uint8Array) -> Input:
        values = pixels.reshape(-1, 3).astype(np.float32)
        mean, std = (np.array(numbers, np.float32) for numbers in (self.facts.mean, self.facts.std))
        after: Float32Array = (values - mean) / std
        return Input(pixels, _channels(values), _channels(after))


def _region(found: Regions | None) -> tuple[Box | None, Float32Array | None]:
    """Return box and keypoints of one photo; `None` where nothing was found, or the bundle does not say."""
    if found is None or not found.found[0]:
        return None, None
    left, top, right, bottom = map(float, found.boxes[0])
    return (left, top, right, bottom), None if found.keypoints is None else found.keypoints[0]


def _paths_of(table: Path) -> dict[int, str]:
    """Return the photos of a run by their row in split.csv; empty where the bundle came without it."""
    if not table.is_file():
        return {}
    with table.open(newline="", encoding="utf-8") as stream:
        return {row: line["path"] for row, line in enumerate(csv.DictReader(stream))}


def as_stored(photo: Uint8Array, orientation: int | None) -> Uint8Array | None:
    """Return an upright photo as its file stores it; `None` where EXIF does not turn it."""
    if orientation not in _AS_STORED:
        return None
    turns, mirrored = _AS_STORED[orientation]
    turned = np.rot90(photo[..., :3], turns)
    return np.ascontiguousarray(turned[:, ::-1] if mirrored else turned)


def _channels(values: Float32Array) -> tuple[Channel, ...]:
    return tuple(Channel(float(one.min()), float(one.max()), float(one.mean()), float(one.std())) for one in values.T)
