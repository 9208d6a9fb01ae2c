"""Let a foreign network with its preprocessing be asked like any other model."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from unseen.diagnosing.photo_reading import Reading
from unseen.diagnosing.scaling import pixels_of
from unseen.diagnosing.trial import BATCH, ask
from unseen.foreign.network import ForeignNetwork, answer_kind, log_probabilities
from unseen.records import Float32Array, Uint8Array


@dataclass(frozen=True, slots=True)
class ForeignModel:
    """A `Model`: the network, how photos are prepared for it, and the names of its outputs."""

    network: ForeignNetwork
    reading: Reading
    classes: tuple[str, ...]

    def logits(self, images: Sequence[Uint8Array]) -> Float32Array:
        """Return log probabilities (N, C) float32 of decoded photos."""
        rows = []
        for start in range(0, len(images), BATCH):
            pixels = np.stack([pixels_of(one, self.reading) for one in images[start : start + BATCH]])
            rows.append(ask(self.network, pixels, self.reading))
        found = np.concatenate(rows) if rows else np.zeros((0, len(self.classes)), np.float32)
        logs: Float32Array = log_probabilities(found, answer_kind(found)).astype(np.float32)
        return logs

    def predict_proba(self, images: Sequence[Uint8Array]) -> Float32Array:
        """Return probabilities (N, C) float32 of decoded photos."""
        shares: Float32Array = np.exp(self.logits(images))
        return shares
