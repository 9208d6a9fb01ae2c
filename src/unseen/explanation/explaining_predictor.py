"""Load a bundle that also says why: `Predictor` with `explain`."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from unseen.explanation.explain_photo import Known, explain_logits, replayed, see
from unseen.explanation.explained import Channel, Explanation, Input
from unseen.inference.predictor import Predictor
from unseen.photos.any_photo import open_any
from unseen.photos.decode import decode_with_header
from unseen.photos.header import Header
from unseen.records import Float32Array, Uint8Array

if TYPE_CHECKING:
    from unseen.inference.predictor import Photo

# Turns of EXIF, undone: counter-clockwise quarter turns, then mirrored.
_AS_STORED = {2: (0, True), 3: (2, False), 4: (2, True), 5: (1, True), 6: (1, False), 7: (3, True), 8: (3, False)}


class ExplainingPredictor(Predictor):
    """A loaded bundle. Everything of it works as in `Predictor`."""

    def explain(self, photo: "Photo", label: str | None = None) -> Explanation:
        """Explain the answer for one photo in any form; label: the right answer, where it is known."""
        pixels, header = self._open_with_header(photo)
        stored = as_stored(pixels, header.orientation) if header else None
        known = self._known()
        seen = see(pixels, known.usual, None, stored, min(header.width, header.height) if header else None)
        changed = replayed(seen)
        logits = self.logits([seen.photo, *(changed_pixels for _, changed_pixels in changed)])
        found = explain_logits(self.classes, seen, changed, logits, label, known)
        return replace(found, path=str(photo) if isinstance(photo, str | Path) else "", given=self._given(seen.photo))

    def _known(self) -> Known:
        return Known()

    def _open_with_header(self, photo: object) -> tuple[Uint8Array, Header | None]:
        side_px = self.facts.decode_side_px
        if isinstance(photo, str | Path):
            return decode_with_header(Path(photo), side_px)
        if isinstance(photo, bytes):
            return decode_with_header(photo, side_px)
        return open_any(photo, side_px), None

    def _given(self, photo: Uint8Array) -> Input:
        pixels = self.preprocess([photo])[0]
        values = pixels.reshape(-1, 3).astype(np.float32)
        after = (values - np.array(self.facts.mean, np.float32)) / np.array(self.facts.std, np.float32)
        return Input(pixels, _channels(values), _channels(after))


def as_stored(photo: Uint8Array, orientation: int | None) -> Uint8Array | None:
    """Return an upright photo as its file stores it; `None` where EXIF does not turn it."""
    if orientation not in _AS_STORED:
        return None
    turns, mirrored = _AS_STORED[orientation]
    turned = np.rot90(photo[..., :3], turns)
    return np.ascontiguousarray(turned[:, ::-1] if mirrored else turned)


def _channels(values: Float32Array) -> tuple[Channel, ...]:
    return tuple(Channel(float(one.min()), float(one.max()), float(one.mean()), float(one.std())) for one in values.T)
