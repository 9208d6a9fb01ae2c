"""Predict photos with a bundle: ONNX Runtime, NumPy and Pillow alone, never torch."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, overload

import numpy as np
import numpy.typing as npt

from unseen.batches import same_shape_batches
from unseen.errors import BadBundle, UnreadablePhoto, UnseenError
from unseen.export.bundle import GRAPH, INPUT, OUTPUTS, REGIONS, RESTORE, find_bundle, read_facts
from unseen.inference.asked_hand import asked_session
from unseen.inference.label_sets import label_sets, least_probability
from unseen.inference.reference import Reference, read_reference
from unseen.inference.unknown import Unknown, builtin_unknown_model, limit_of, unknown_signals
from unseen.onnx_session import Session, cpu_session
from unseen.paths import READY
from unseen.photos.any_photo import is_batch, open_any
from unseen.photos.working_size import reduce_photo
from unseen.records import AskedHand, Columns, Float32Array, Regions, Rejected, Uint8Array

Array = npt.NDArray[Any]

if TYPE_CHECKING:
    from PIL import Image

    Photo = str | Path | bytes | BinaryIO | Array | Image.Image

# More photos a call bring nothing on a CPU (docs/performance.md), fewer keep memory low.
BATCH = 16
NO_ANSWER = "the model's answer is not a number: leave this photo out"
WINDOW = 64  # photos decoded ahead of the network


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model says of one photo; `probabilities` are in the order of the classes and sum to 1.

    label: `None` where the photo shows nothing that the model knows. probability: the highest. unknown: how probable it
    is that the photo shows nothing that the model knows, `None` where that was not asked.
    """

    label: str | None
    probability: float
    probabilities: tuple[float, ...]
    classes: tuple[str, ...]
    unknown: float | None = None

    def as_dict(self) -> dict[str, object]:
        """Return a JSON-ready copy."""
        by_class = dict(zip(self.classes, self.probabilities, strict=True))
        said = {"label": self.label, "probability": self.probability, "unknown": self.unknown}
        return {**said, "probabilities": by_class}


@dataclass(frozen=True, slots=True)
class Outputs(Columns):
    """The graph's outputs for N photos: probabilities and logits (N, C), features (N, D), all float32.

    regions: what the locator found, `None` where the graph has none or does not say. pixels: see `preprocess`, `None`
    where they were not asked for.
    """

    probabilities: Float32Array
    logits: Float32Array
    features: Float32Array
    regions: Regions | None = None
    pixels: Uint8Array | None = None


class Predictor:
    """A loaded bundle. Safe to call from several threads: ONNX Runtime sessions are."""

    def __init__(
        self, path: str | Path, threads: int = 0, unknown: Unknown = "auto", hand: AskedHand | None = None
    ) -> None:
        """Load the run or bundle folder `path`, or the ready model `signs:NAME`; the rest is as in `unseen.load`."""
        self.path = Path(path)
        if str(path).startswith(READY):
            from unseen.inference.ready import ready_model, ready_reference  # which read weights

            self.facts, graph = ready_model(str(path))
            reference: Reference | None = ready_reference(str(path))
            session = cpu_session(graph, threads)
        else:
            folder = find_bundle(Path(path))
            self.facts = read_facts(folder)
            try:
                session = cpu_session(folder / GRAPH, threads)
            except Exception as error:  # ONNX Runtime's exceptions share no base of their own
                raise BadBundle(f"{folder / GRAPH} cannot be loaded ({error}): {RESTORE}") from error
            self._check_graph(folder, session)
            reference = read_reference(folder)
        self._session = asked_session(session, hand or self.facts.hand)
        # per photo; a locator may have no keypoints
        self._region_shapes = {o.name: tuple(o.shape[1:]) for o in self._session.get_outputs() if o.name in REGIONS}
        self._reference = reference
        self._known, self.unknown_at = limit_of(reference, unknown)

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in the order of the outputs."""
        return self.facts.classes

    @property
    def known(self) -> Reference | None:
        """What is known of the run's own photos; `None` where no photo is unknown."""
        return self._known

    def _check_graph(self, folder: Path, session: Session) -> None:
        inputs, outputs = session.get_inputs(), session.get_outputs()
        found = [(i.name, i.type, len(i.shape), i.shape[3:]) for i in inputs]
        if found != [(INPUT, "tensor(uint8)", 4, [3])] or tuple(o.name for o in outputs[:4]) != OUTPUTS:
            raise BadBundle(f"{folder / GRAPH} is not a graph of unseen: {RESTORE}")
        if outputs[0].shape[1] != len(self.facts.classes):
            raise BadBundle(f"{folder / GRAPH} has {outputs[0].shape[1]} classes, {len(self.classes)} named: {RESTORE}")

    def run(self, photos: Sequence[Uint8Array], *, pixels: bool = False) -> Outputs:
        """Run the graph on decoded photos, (H, W, 3 or 4) uint8 each, of any shapes; outputs in the same order."""
        count, side_px = len(photos), self.facts.side_px
        shapes = (len(self.classes),), (len(self.classes),), (self.facts.features,), *self._region_shapes.values()
        wholes: list[Array] = [np.empty((count, *shape), np.float32) for shape in shapes]
        names = [*OUTPUTS[:3], *self._region_shapes]
        if pixels:
            names, wholes = [*names, OUTPUTS[3]], [*wholes, np.empty((count, side_px, side_px, 3), np.uint8)]
        found = dict(zip(names, self._fill(photos, names, wholes), strict=True))
        boxes, keypoints, scores = (found.get(name) for name in REGIONS)
        regions = None if boxes is None or scores is None else Regions(boxes, keypoints, scores)
        probabilities, logits, features = (found[name] for name in OUTPUTS[:3])
        return Outputs(probabilities, logits, features, regions, found.get(OUTPUTS[3]))

    def predict_proba(self, images: "Photo | Sequence[Photo]") -> Float32Array:
        """Return probabilities (N, C) float32 of photos in any form (see `predict`), (1, C) of a single one."""
        return _finite(self.run(self._open(images)).probabilities)

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
        """Run the graph on photos of one shape at a time and lay the outputs `names` into `wholes`.

        The graph would reduce larger photos to the same bytes, and take several times as long.
        """
        side_px = self.facts.decode_side_px
        for chunk in same_shape_batches(photos, BATCH):
            batch = np.stack([reduce_photo(photos[i][:, :, :3], side_px) for i in chunk])
            for whole, part in zip(wholes, self._session.run(names, {INPUT: batch}), strict=True):
                whole[chunk] = part
        return wholes

    @overload
    def predict(self, photo: "Photo") -> Prediction: ...  # type: ignore[overload-overlap]  # text is a sequence, too

    @overload
    def predict(self, photo: "Sequence[Photo]") -> list[Prediction]: ...

    def predict(self, photo: "Photo | Sequence[Photo]") -> Prediction | list[Prediction]:
        """Predict one photo, or several: a list, or an array (N, H, W, 3).

        A photo is a path, the bytes of a file, a file open for reading bytes, a Pillow image of any mode, or an array:
        (H, W, 3) RGB, (H, W, 4) RGBA, (H, W) or (H, W, 1) grey, of whole numbers to 255 or 65535, or floats 0 to 1.
        All of them get the answer of the file. The path of a video or animated GIF gets one answer for its frames, a
        `clip_predictions.ClipPrediction`.
        """
        from unseen.inference.clip_predictions import predict_one_clip, stated_clip

        many: list[Any] = list(photo) if is_batch(photo) else [photo]
        clips = {i: clip for i, one in enumerate(many) if (clip := stated_clip(one))}
        outputs = self.run(self._open([one for i, one in enumerate(many) if i not in clips]))
        _finite(outputs.probabilities)
        rows = iter(self._predictions(outputs))
        said = [predict_one_clip(self, clips[i]) if i in clips else next(rows) for i in range(len(many))]
        return said if is_batch(photo) else said[0]

    def predict_paths(self, paths: Sequence[Path]) -> Iterator[tuple[Path, Prediction | Rejected]]:
        """Predict files in order; one that cannot be used yields `Rejected` with its reason."""
        with ThreadPoolExecutor() as pool:
            coming = pool.map(self._try_open, paths[:WINDOW])
            for start in range(0, len(paths), WINDOW):
                window, opened = paths[start : start + WINDOW], list(coming)
                # the next window is decoded while the network works on this one
                coming = pool.map(self._try_open, paths[start + WINDOW : start + 2 * WINDOW])
                usable = [photo for photo in opened if not isinstance(photo, Rejected)]
                rows = iter(self.said(self.run(usable)))
                for path, photo in zip(window, opened, strict=True):
                    said = photo if isinstance(photo, Rejected) else next(rows)
                    yield path, replace(said, path=str(path)) if isinstance(said, Rejected) else said

    def said(self, outputs: Outputs) -> list[Prediction | Rejected]:
        """Return what the model says of photos that it was run on."""
        said = self._predictions(outputs)
        return [one if np.isfinite(one.probabilities).all() else Rejected("", NO_ANSWER) for one in said]

    def sets(self, photos: "Photo | Sequence[Photo]", level: float = 0.95) -> list[tuple[str, ...]]:
        """Return for each photo the likeliest classes, so many that the right one is among them for `level` of them."""
        return label_sets(self.predict_proba(photos), self.classes, self.least_probability(level))

    def least_probability(self, level: float) -> float:
        """Return how probable a class must be to be in a set, see `sets`."""
        return least_probability(self._reference, level, self.facts.temperature)

    def unknown(self, logits: Float32Array, features: Float32Array, scores: Float32Array | None) -> Float32Array | None:
        """Return how probable it is that photos show nothing that is known, (N,), from the graph's outputs for them.

        scores: of the locator, `None` without one. `None` where that is not asked, or the bundle cannot tell.
        """
        if self._known is None:
            return None
        return builtin_unknown_model().probability(unknown_signals(logits, features, scores, self._known))

    def _predictions(self, outputs: Outputs) -> list[Prediction]:
        scores = outputs.regions.scores if outputs.regions else None
        doubts = self.unknown(outputs.logits, outputs.features, scores) if len(outputs.logits) else None
        said = []
        for i, row in enumerate(outputs.probabilities):
            doubt = None if doubts is None else float(doubts[i])
            label = None if doubt is not None and doubt > self.unknown_at else self.classes[int(row.argmax())]
            said.append(Prediction(label, float(row.max()), tuple(map(float, row)), self.classes, doubt))
        return said

    def _open(self, photos: object) -> list[Uint8Array]:
        return [open_any(one, self.facts.decode_side_px) for one in (photos if is_batch(photos) else [photos])]

    def _try_open(self, path: Path) -> Uint8Array | Rejected:
        try:
            return open_any(path, self.facts.decode_side_px)
        except UnreadablePhoto as error:
            return Rejected(str(path), str(error))


def _finite(probabilities: Float32Array) -> Float32Array:
    """Return the probabilities; raise `UnseenError` where one is not a number."""
    broken = np.flatnonzero(~np.isfinite(probabilities).all(axis=1))
    if len(broken):
        raise UnseenError(f"photo {broken[0] + 1} of {len(probabilities)}: {NO_ANSWER}")
    return probabilities
