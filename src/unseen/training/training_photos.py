"""The photos that fine-tuning reads: decoded pixels, labels and parts in; those of a batch out."""

from dataclasses import dataclass

import numpy as np

from unseen.records import Images, Int64Array, Uint8Array


@dataclass(frozen=True, slots=True)
class TrainingPhotos:
    """Decoded photos, the class index of each (N,), and which of them train and validate.

    plain: the same photos cut to the hand, where they are looked at so, or `None`: those that judge are cut by the
    preprocessing itself. varied: the same with alpha saying what is subject, or `None`; a photo is read from there
    `varied_share` of the time, else as it is: colours beside a matte are made for another background and would show.
    """

    pixels: Images
    labels: Int64Array
    train: Int64Array
    validation: Int64Array
    varied: Images | None = None
    varied_share: float = 1.0
    plain: Images | None = None

    def read(self, positions: Int64Array, rng: np.random.Generator) -> list[Uint8Array]:
        """Return the photos at `positions` as training varies them."""
        chosen = rng.random(len(positions)) < self.varied_share
        plain = self.pixels if self.plain is None else self.plain
        varied = plain if self.varied is None else self.varied
        return [(varied if use else plain)[i] for i, use in zip(positions.tolist(), chosen, strict=True)]
