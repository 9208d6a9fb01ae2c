"""Draw the batches of photos that a GAN is trained on."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from unseen import seeds
from unseen.generating.gan import GanOptions
from unseen.records import BoolArray, Int64Array, Uint8Array


@dataclass(frozen=True, slots=True)
class GanPhotos:
    """What is trained on; classes are drawn equally often, whatever their number of photos.

    pixels: (N, 3, S, S) uint8, all in memory. labels: (N,). flips: (C,) bool, the classes that may be flipped.
    """

    pixels: Uint8Array
    labels: Int64Array
    flips: BoolArray

    def batch(self, options: GanOptions, step: int) -> tuple[Tensor, Tensor]:
        """Return the photos (B, 3, S, S) in -1..1 and labels (B,) of `step`, a function of the seed and the step."""
        rng = seeds.generator(options.seed, "gan photos", step)
        present = np.unique(self.labels)
        labels = present[rng.permutation(np.arange(options.batch_size) + rng.integers(len(present))) % len(present)]
        chosen = np.array([rng.choice(np.flatnonzero(self.labels == label)) for label in labels.tolist()])
        pixels = self.pixels[chosen]
        flipped = (rng.random(len(chosen)) < 0.5) & self.flips[labels]
        pixels[flipped] = pixels[flipped][..., ::-1]
        return torch.from_numpy(pixels).float() / 127.5 - 1, torch.from_numpy(labels)
