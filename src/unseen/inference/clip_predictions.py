"""Predict photos and clips: a clip gives a row for each chosen frame, and one for all of them together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from unseen.clips.clip_photos import frames_of
from unseen.clips.read_frames import is_clip
from unseen.errors import UnreadablePhoto
from unseen.inference.model import SMALLEST
from unseen.inference.predictor import Prediction, Predictor
from unseen.records import Rejected


@dataclass(frozen=True, slots=True)
class ClipPrediction(Prediction):
    """What the model says of `frames` frames of one clip together; it is unknown where most of them are."""

    frames: int = 1

    def as_dict(self) -> dict[str, object]:
        """Return a JSON-ready copy."""
        return {**Prediction.as_dict(self), "frames": self.frames}


def predict_files(predictor: Predictor, paths: Sequence[Path]) -> Iterator[tuple[Path, Prediction | Rejected]]:
    """Predict photos and clips in order; one that cannot be used yields `Rejected` with its reason.

    A frame is called CLIP/SECONDSs.jpg; the `ClipPrediction` comes after the frames of its clip.
    """
    for are_clips, some in groupby(paths, is_clip):
        if not are_clips:
            yield from predictor.predict_paths(list(some))
            continue
        for clip in some:
            yield from _predict_clip(predictor, clip)


def stated_clip(photo: object) -> Path | None:
    """Return the path of a clip, `None` where `photo` is none."""
    return Path(photo) if isinstance(photo, str | Path) and is_clip(Path(photo)) else None


def predict_one_clip(predictor: Predictor, clip: Path) -> ClipPrediction:
    """Return what all chosen frames of a clip say together; raise `UnreadablePhoto` where none can be used."""
    *_, (_, said) = _predict_clip(predictor, clip)
    if not isinstance(said, ClipPrediction):
        raise UnreadablePhoto(said.reason if isinstance(said, Rejected) else f"{clip} has no frame that can be used")
    return said


def _predict_clip(predictor: Predictor, clip: Path) -> Iterator[tuple[Path, Prediction | Rejected]]:
    try:
        frames = frames_of(clip)
    except UnreadablePhoto as error:
        yield clip, Rejected(str(clip), str(error))
        return
    usable = []
    predicted = predictor.predict_paths([frame.file for frame in frames])
    for frame, (_, said) in zip(frames, predicted, strict=True):
        yield clip / frame.path, said
        if isinstance(said, Prediction):
            usable.append(said)
    if usable:
        yield clip, together(usable)


def together(predictions: Sequence[Prediction]) -> ClipPrediction:
    """Return what predictions of the same thing say together: the mean of their log-probabilities, normalised.

    So one frame that a class is certain not to be on counts, where the mean of probabilities would drown it.
    """
    logs = np.log(np.maximum([said.probabilities for said in predictions], SMALLEST)).mean(axis=0)
    shares = np.exp(logs - logs.max())
    shares /= shares.sum()
    classes = predictions[0].classes
    best = int(shares.argmax())
    doubts = [said.unknown for said in predictions if said.unknown is not None]
    mostly = sum(said.label is None for said in predictions) > len(predictions) / 2
    return ClipPrediction(
        None if mostly else classes[best],
        float(shares[best]),
        tuple(map(float, shares)),
        classes,
        float(np.mean(doubts)) if doubts else None,
        frames=len(predictions),
    )
