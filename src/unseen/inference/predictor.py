"""Predict photos with a bundle: ONNX Runtime, NumPy and Pillow alone, never torch."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from unseen.batches import same_shape_batches
from unseen.errors import BadBundle, UnreadablePhoto, UnseenError
from unseen.export.bundle import GRAPH, INPUT, OUTPUTS, RESTORE, find_bundle, read_facts
from unseen.onnx_session import cpu_session
from unseen.photos.decode import decode
from unseen.records import Float32Array, Rejected, Uint8Array

Array = npt.NDArray[Any]

if TYPE_CHECKING:
    from PIL import Image

    Photo = str | Path | bytes | Uint8Array | Image.Image

# More photos a call bring nothing on a CPU (docs/performance.md), fewer keep memory low.
BATCH = 16
# Photos decoded ahead of the network.
WINDOW = 64


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model says of one photo; `probabilities` are in the order of the classes and sum to 1."""

    label: str
    probability: float
    probabilities: tuple[float, ...]
    classes: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """Return a JSON-ready copy."""
        by_class = dict(zip(self.classes, self.probabilities, strict=True))
        return {"label": self.label, "probability": self.probability, "probabilities": by_class}


@dataclass(frozen=True, slots=True)
class Outputs:
    """The graph's outputs for N photos: probabilities and logits (N, C), features (N, D), all float32."""

    probabilities: Float32Array
    logits: Float32Array
    features: Float32Array


class Predictor:
    """A loaded bundle. Safe to call from several threads: ONNX Runtime sessions are."""

    def __init__(self, path: str | Path, threads: int = 0) -> None:
        """Load the bundle of the run folder, or bundle folder, `path`; `threads` 0 uses every core."""
        folder = find_bundle(Path(path))
        self.facts = read_facts(folder)
        try:
            self._session = cpu_session(folder / GRAPH, threads)
        except Exception as error:  # ONNX Runtime's exceptions share no base of their own
            raise BadBundle(f"{folder / GRAPH} cannot be loaded ({error}): {RESTORE}") from error
        self._check_graph(folder)

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in the order of the outputs."""
        return self.facts.classes

    def _check_graph(self, folder: Path) -> None:
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        found = [(i.name, i.type, len(i.shape), i.shape[3:]) for i in inputs]
        if found != [(INPUT, "tensor(uint8)", 4, [3])] or tuple(o.name for o in outputs) != OUTPUTS:
            raise BadBundle(f"{folder / GRAPH} is not a graph of unseen: {RESTORE}")
        if outputs[0].shape[1] != len(self.facts.classes):
            counts = f"{outputs[0].shape[1]} classes, {len(self.facts.classes)} named"
            raise BadBundle(f"{folder / GRAPH} has {counts}: {RESTORE}")

    def run(self, photos: Sequence[Uint8Array]) -> Outputs:
        """Run the graph on decoded photos, (H, W, 3 or 4) uint8 each, of any shapes; outputs in the same order."""
        shapes = (len(self.classes),), (len(self.classes),), (self.facts.features,)
        return Outputs(*self._fill(photos, OUTPUTS[:3], [np.empty((len(photos), *s), np.float32) for s in shapes]))

    def predict_proba(self, images: Sequence[Uint8Array]) -> Float32Array:
        """Return probabilities (N, C) float32 of decoded photos, (H, W, 3 or 4) uint8 each."""
        return self.run(images).probabilities

    def logits(self, images: Sequence[Uint8Array]) -> Float32Array:
        """Return logits (N, C) float32 of decoded photos."""
        return self.run(images).logits

    def features(self, images: Sequence[Uint8Array]) -> Float32Array:
        """Return the backbone's features (N, D) float32 of decoded photos."""
        return self.run(images).features

    def preprocess(self, photos: Sequence[Uint8Array]) -> Uint8Array:
        """Return the pixels that the network is given of decoded photos, (N, side_px, side_px, 3) uint8."""
        side_px = self.facts.side_px
        return self._fill(photos, OUTPUTS[3:], [np.empty((len(photos), side_px, side_px, 3), np.uint8)])[0]

    def _fill(self, photos: Sequence[Uint8Array], names: Sequence[str], wholes: list[Array]) -> list[Array]:
        """Run the graph on photos of one shape at a time and lay the outputs `names` into `wholes`."""
        for chunk in same_shape_batches(photos, BATCH):
            batch = np.stack([photos[i][:, :, :3] for i in chunk])
            for whole, part in zip(wholes, self._session.run(names, {INPUT: batch}), strict=True):
                whole[chunk] = part
        return wholes

    @overload
    def predict(self, photo: "Photo") -> Prediction: ...  # type: ignore[overload-overlap]  # text is a sequence, too

    @overload
    def predict(self, photo: "Sequence[Photo]") -> list[Prediction]: ...

    def predict(self, photo: "Photo | Sequence[Photo]") -> Prediction | list[Prediction]:
        """Predict one photo, or a list of photos.

        A photo is a path, the bytes of a file, an array (H, W, 3) uint8 RGB, or a Pillow image.
        """
        if isinstance(photo, list | tuple):
            return self._predictions([self._open(one) for one in photo])
        return self._predictions([self._open(photo)])[0]  # type: ignore[arg-type]  # a sequence was handled above

    def predict_paths(self, paths: Sequence[Path]) -> Iterator[tuple[Path, Prediction | Rejected]]:
        """Predict files in order; one that cannot be used yields `Rejected` with its reason."""
        with ThreadPoolExecutor() as pool:
            coming = pool.map(self._try_open, paths[:WINDOW])
            for start in range(0, len(paths), WINDOW):
                window, opened = paths[start : start + WINDOW], list(coming)
                # the next window is decoded while the network works on this one
                coming = pool.map(self._try_open, paths[start + WINDOW : start + 2 * WINDOW])
                usable = [photo for photo in opened if not isinstance(photo, Rejected)]
                said = iter(self._predictions(usable))
                for path, photo in zip(window, opened, strict=True):
                    yield path, photo if isinstance(photo, Rejected) else next(said)

    def _predictions(self, photos: Sequence[Uint8Array]) -> list[Prediction]:
        probabilities = self.run(photos).probabilities
        return [
            Prediction(self.classes[int(row.argmax())], float(row.max()), tuple(map(float, row)), self.classes)
            for row in probabilities
        ]

    def _try_open(self, path: Path) -> Uint8Array | Rejected:
        try:
            return decode(path, self.facts.decode_side_px)
        except UnreadablePhoto as error:
            return Rejected(str(path), str(error))

    def _open(self, photo: "Photo") -> Uint8Array:
        if isinstance(photo, np.ndarray):
            if photo.dtype != np.uint8 or photo.ndim != 3 or photo.shape[2] not in (3, 4) or 0 in photo.shape:
                raise UnseenError(f"array of {photo.dtype} {photo.shape} given: pass (H, W, 3) uint8 RGB, 0 to 255")
            return photo
        if isinstance(photo, str | Path):
            return decode(Path(photo), self.facts.decode_side_px)
        if isinstance(photo, bytes):
            return decode(photo, self.facts.decode_side_px)
        return self._open_image(photo)

    def _open_image(self, image: "Image.Image") -> Uint8Array:
        """Take the pixels of a Pillow image as they are, at full size, upright by its EXIF tag."""
        from PIL import Image, ImageOps

        if not isinstance(image, Image.Image):
            raise UnseenError(f"{type(image).__name__} given: give a path, bytes, an array or a Pillow image")
        upright = ImageOps.exif_transpose(image).convert("RGB")
        return np.asarray(upright, dtype=np.uint8)
