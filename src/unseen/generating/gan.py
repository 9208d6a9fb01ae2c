"""Hold a generator, its discriminator and their optimisers; take training steps, and draw samples.

Hinge loss, and the average of the generator's weights over steps. Spectral norms bound the discriminator; a gradient
penalty (R1) would have to go through the frozen network, twice the time, and those who judge by one use none.
"""

import copy
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen import seeds
from unseen.generating.diff_augment import diff_augment
from unseen.generating.gan_network import NOISE, GanShape, Generator
from unseen.generating.projected import Discriminator, FrozenEyes
from unseen.records import Int64Array, Uint8Array
from unseen.runtime import Runtime
from unseen.training.average import follow
from unseen.training.checkpoint import Stateful

BETAS = (0.0, 0.99)
STYLE_SLOWER = 0.05
MOST_DECAY = 0.998
SAMPLED_TOGETHER = 64


@dataclass(frozen=True, slots=True)
class GanOptions:
    """steps: how many are wanted; the time may be too short for them."""

    steps: int = 12_000
    batch_size: int = 32
    seed: int = 0
    learning_rate: float = 2e-3


class Gan:
    """Both networks, the generator's average and the optimisers."""

    def __init__(self, shape: GanShape, options: GanOptions, runtime: Runtime) -> None:
        device = runtime.device
        self.shape, self.options, self.runtime = shape, options, runtime
        self.eyes = FrozenEyes(device)
        torch.manual_seed(seeds.derive(options.seed, "gan"))
        self.generator, self.discriminator = Generator(shape).to(device), Discriminator(shape.classes).to(device)
        for net in (self.generator, self.discriminator):  # the order that convolutions on CPUs are fastest with
            net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.generator).eval().requires_grad_(False)
        rate = options.learning_rate
        groups = self.generator.by_pace(rate, rate * STYLE_SLOWER), list(self.discriminator.parameters())
        self.optimisers = [torch.optim.Adam(group, lr=rate, betas=BETAS, fused=True) for group in groups]
        self.parts: dict[str, Stateful] = {  # what a checkpoint holds
            "generator": self.generator, "discriminator": self.discriminator, "average": self.average,
            "making": self.optimisers[0], "judging": self.optimisers[1],
        }  # fmt: skip

    def step(self, pixels: Tensor, labels: Tensor, step: int) -> tuple[Tensor, Tensor]:
        """Take `step` on photos (B, 3, S, S) in -1..1 and their classes; return the discriminator's loss and the other.

        Chance is a function of the seed and the step.
        """
        pixels, labels = pixels.to(self.runtime.device), labels.to(self.runtime.device)
        torch.manual_seed(seeds.derive(self.options.seed, "gan step", step))
        with self.runtime.autocast():
            with torch.no_grad():
                real = self.eyes(diff_augment(pixels))
            fake = self.eyes(diff_augment(self.generator(self._noise(len(labels)), labels)))
            judged = F.relu(1 - self.discriminator(real, labels)).mean()
            judged = judged + F.relu(1 + self.discriminator([planes.detach() for planes in fake], labels)).mean()
        self._update(1, judged)
        self.discriminator.requires_grad_(False)
        with self.runtime.autocast():
            made = -self.discriminator(fake, labels).mean()
        self._update(0, made)
        self.discriminator.requires_grad_(True)
        follow(self.average, self.generator, 1 - min(MOST_DECAY, (1 + step) / (10 + step)))
        return judged.detach(), made.detach()

    def _noise(self, photos: int) -> Tensor:
        return torch.randn(photos, NOISE, device=self.runtime.device)

    def _update(self, which: int, loss: Tensor) -> None:
        self.optimisers[which].zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimisers[which].step()

    def sample(self, labels: Int64Array, seed: int) -> Uint8Array:
        """Return photos (n, S, S, 3) uint8 of classes (n,), by the averaged generator; the same seed, the same ones."""
        made = []
        for start in range(0, len(labels), SAMPLED_TOGETHER):
            some = torch.from_numpy(labels[start : start + SAMPLED_TOGETHER]).to(self.runtime.device)
            torch.manual_seed(seeds.derive(seed, "sample", start))
            with torch.inference_mode():
                photos = self.average(self._noise(len(some)), some)
            made.append(((photos + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy())
        return np.concatenate(made)
