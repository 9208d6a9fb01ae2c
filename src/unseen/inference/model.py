"""Define what a model is to evaluation, audit and explanations: a bundle, a foreign ONNX file or a function."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from unseen.errors import UnseenError
from unseen.records import Float32Array, Uint8Array
from unseen.runs import RunFolder

# Where a probability of 0 is taken for this: its logarithm is a number.
SMALLEST = 1e-12


class Model(Protocol):
    """Anything that predicts photos. `Predictor` also has `features` and `preprocess`."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in the order of the probabilities."""
        ...

    def predict_proba(self, images: Sequence[Uint8Array]) -> Float32Array:
        """Return probabilities (N, C) float32, rows that sum to 1, of decoded photos (H, W, 3 or 4) uint8 each."""
        ...


@dataclass(frozen=True, slots=True)
class CallableModel:
    """A Python function as a `Model`.

    function: takes N decoded photos, (H, W, 3) uint8 RGB each, and returns probabilities (N, C).
    """

    classes: tuple[str, ...]
    function: Callable[[Sequence[Uint8Array]], Float32Array]

    def predict_proba(self, images: Sequence[Uint8Array]) -> Float32Array:
        """Return what the function does; raise `UnseenError` where that is not probabilities of these classes."""
        found = np.asarray(self.function([image[..., :3] for image in images]), np.float32)
        if found.shape != (len(images), len(self.classes)) or not np.isfinite(found).all():
            raise UnseenError(
                f"the function returned {found.shape} for {len(images)} photos and {len(self.classes)} classes: "
                "return one row of finite probabilities a photo"
            )
        if len(found) and (found.min() < 0 or np.abs(found.sum(axis=1) - 1).max() > 1e-3):
            raise UnseenError(
                "the function did not return probabilities: rows of 0 to 1 that sum to 1 (softmax logits)"
            )
        return found


def can_be_extended(model: Model) -> bool:
    """Say whether `unseen extend` can teach it more: the model of a run, whose photos are known.

    What is wrapped, ready or a function is only taught more by training anew.
    """
    path: Path | None = getattr(model, "path", None)
    if path is None:
        return False
    within = RunFolder(path.parent)  # the bundle of a run may be named instead of the run
    return RunFolder(path).config.is_file() or (within.model == path and within.config.is_file())


@runtime_checkable
class HasLogits(Protocol):
    """A model that also gives logits, which are finer than probabilities near 0 and 1."""

    def logits(self, images: Sequence[Uint8Array]) -> Float32Array:
        """Return logits (N, C) float32, natural-log scale."""
        ...


def logits_of(model: Model, images: Sequence[Uint8Array]) -> Float32Array:
    """Return logits (N, C) float32, natural-log scale: the model's own, or the logarithm of its probabilities."""
    if isinstance(model, HasLogits):
        return model.logits(images)
    logs: Float32Array = np.log(np.maximum(model.predict_proba(images), SMALLEST), dtype=np.float32)
    return logs
