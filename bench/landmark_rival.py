"""The rival that sees no pixels: landmarks of two photo sets in, its answers out (a small network on 21 joints).

What a person would build with MediaPipe today. A photo in which no hand is found is left out of its training, and is
an error where it is tested.
"""

import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen.records import Float32Array, Int64Array
from unseen.seeds import derive

EPOCHS, BATCH, LEARNING_RATE, WEIGHT_DECAY = 150, 64, 2e-3, 0.01
HIDDEN, DROPOUT, NOISE = 128, 0.3, 0.05
NO_ANSWER = -1


@dataclass(frozen=True, slots=True)
class Joints:
    """features: (N, D) float32. seen: (N,) bool, whether there was a hand. labels: (N,) int64."""

    features: Float32Array
    seen: npt.NDArray[np.bool_]
    labels: Int64Array

    def at(self, positions: Int64Array) -> "Joints":
        """Return some of them."""
        return Joints(self.features[positions], self.seen[positions], self.labels[positions])


class Rival:
    """A network of two hidden layers on joints."""

    def __init__(self, train: Joints, classes: int, seed: int) -> None:
        """Fit it on the photos with a hand, in a few seconds; `seconds` says in how many."""
        started = time.perf_counter()
        rows = train.features[train.seen]
        self.mean, self.deviation = rows.mean(axis=0), rows.std(axis=0) + 1e-6
        torch.manual_seed(derive(seed, "landmark rival"))
        self.network = nn.Sequential(
            nn.Linear(rows.shape[1], HIDDEN), nn.ReLU(), nn.Dropout(DROPOUT),
            nn.Linear(HIDDEN, HIDDEN), nn.ReLU(), nn.Dropout(DROPOUT), nn.Linear(HIDDEN, classes),
        )  # fmt: skip
        self._fit(torch.from_numpy((rows - self.mean) / self.deviation), torch.from_numpy(train.labels[train.seen]))
        self.seconds = time.perf_counter() - started

    def _fit(self, inputs: torch.Tensor, targets: torch.Tensor) -> None:
        optimiser = torch.optim.AdamW(self.network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        steps = EPOCHS * -(-len(inputs) // BATCH)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
        self.network.train()
        for _ in range(EPOCHS):
            for chosen in torch.split(torch.randperm(len(inputs)), BATCH):
                noisy = inputs[chosen] + NOISE * torch.randn(len(chosen), inputs.shape[1])
                loss = F.cross_entropy(self.network(noisy), targets[chosen], label_smoothing=0.05)
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
                schedule.step()
        self.network.eval()

    def answers(self, photos: Joints) -> Int64Array:
        """Return the class (N,) int64 of each photo, `NO_ANSWER` where there is none."""
        with torch.inference_mode():
            said = self.network(torch.from_numpy((photos.features - self.mean) / self.deviation)).argmax(1).numpy()
        return np.where(photos.seen, said, NO_ANSWER).astype(np.int64)
