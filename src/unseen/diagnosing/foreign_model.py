"""Let a foreign network with its preprocessing be asked like any other model."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from unseen.diagnosing.photo_reading import Reading
from unseen.diagnosing.scaling import pixels_of
from unseen.diagnosing.trial import BATCH, ask
from unseen.foreign.network import Answer, ForeignNetwork, log_probabilities
from unseen.records import Float32Array, Uint8Array


@dataclass(frozen=True, slots=True)
class ForeignModel:
    """A `Model`: the network, how photos are prepared for it, what its outputs are, and their names."""

    network: ForeignNetwork
    reading: Reading
    answers: Answer
    classes: tuple[str, ...]

    def outputs(self, images: Sequence[Uint8Array]) -> Float32Array:
        """Return what the network itself gives (N, C), or (N, 1), of decoded photos."""
        rows = []
        for start in range(0, len(images), BATCH):
            pixels = np.stack([pixels_of(one, self.reading) for one in images[start : start + BATCH]])
            rows.append(ask(self.network, pixels, self.reading))
        return np.concatenate(rows) if rows else np.zeros((0, len(self.classes)), np.float32)

    def logits(self, images: Sequence[Uint8Array]) -> Float32Array:
        """Return log probabilities (N, C) float32 of decoded photos."""
        found = self.outputs(images)
        logs: Float32Array = log_probabilities(found, self.answers).astype(np.float32)
        return logs

    def predict_proba(self, images: Sequence[Uint8Array]) -> Float32Array:
        """Return probabilities (N, C) float32 of decoded photos."""
        shares: Float32Array = np.exp(self.logits(images))
        return shares


def output_names(
    folders: Sequence[str], outputs: Sequence[int], names: Sequence[str] | None, count: int
) -> tuple[str, ...]:
    """Return a name for each of `count` outputs: that of the folder that it stands for, else its own, else its number.

    outputs: for each folder, the position of its output.
    """
    known = dict(zip(outputs, folders, strict=True))
    own = names if names is not None and len(names) == count else [f"output {place}" for place in range(count)]
    return tuple(known.get(place, f"output {place}" if own[place] in folders else own[place]) for place in range(count))
