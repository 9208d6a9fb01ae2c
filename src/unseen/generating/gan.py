"""Hold a generator, its discriminator and their optimisers; take training steps, and draw samples.

Hinge loss, a gradient penalty on real photos every few steps (R1: Mescheder et al., 2018, arXiv:1801.04406), and the
average of the generator's weights over steps.
"""

import copy
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen import seeds
from unseen.generating.diff_augment import diff_augment
from unseen.generating.gan_network import NOISE, Discriminator, GanShape, Generator
from unseen.records import Int64Array, Uint8Array
from unseen.runtime import Runtime
from unseen.training.average import follow

BETAS = (0.0, 0.99)
DISCRIMINATOR_FASTER = 2.0  # its learning rate over the generator's (Heusel et al., 2017, arXiv:1706.08500)
PENALTY_EVERY = 8
MOST_DECAY = 0.999
SAMPLED_TOGETHER = 64


@dataclass(frozen=True, slots=True)
class GanOptions:
    """steps: how many are wanted; the time may be too short for them. penalty: weight of the gradient penalty."""

    steps: int = 12_000
    batch_size: int = 32
    seed: int = 0
    learning_rate: float = 2e-4
    penalty: float = 0.05


class Gan:
    """Both networks, the generator's average and the optimisers."""

    def __init__(self, shape: GanShape, options: GanOptions, runtime: Runtime) -> None:
        torch.manual_seed(seeds.derive(options.seed, "gan"))
        device = runtime.device
        self.shape, self.options, self.runtime = shape, options, runtime
        self.generator, self.discriminator = Generator(shape).to(device), Discriminator(shape).to(device)
        self.average = copy.deepcopy(self.generator).eval().requires_grad_(False)
        rates = ((self.generator, 1.0), (self.discriminator, DISCRIMINATOR_FASTER))
        self.optimisers = [
            torch.optim.Adam(net.parameters(), lr=options.learning_rate * rate, betas=BETAS) for net, rate in rates
        ]

    def step(self, pixels: Tensor, labels: Tensor, step: int) -> tuple[Tensor, Tensor]:
        """Take `step` on photos (B, 3, S, S) in -1..1 and their classes; return the discriminator's loss and the other.

        Chance is a function of the seed and the step.
        """
        pixels, labels = pixels.to(self.runtime.device), labels.to(self.runtime.device)
        torch.manual_seed(seeds.derive(self.options.seed, "gan step", step))
        with self.runtime.autocast():
            fake = self.generator(self._noise(len(labels)), labels)
        judged = self._judge_loss(pixels, fake.detach(), labels)
        if step % PENALTY_EVERY == 0:
            judged = judged + self._penalty(pixels, labels)
        self._update(1, judged)
        self.discriminator.requires_grad_(False)
        with self.runtime.autocast():
            made = -self.discriminator(diff_augment(fake), labels).mean()
        self._update(0, made)
        self.discriminator.requires_grad_(True)
        follow(self.average, self.generator, 1 - min(MOST_DECAY, (1 + step) / (10 + step)))
        return judged.detach(), made.detach()

    def _noise(self, photos: int) -> Tensor:
        return torch.randn(photos, NOISE, device=self.runtime.device)

    def _judge_loss(self, real: Tensor, fake: Tensor, labels: Tensor) -> Tensor:
        with self.runtime.autocast():
            found = self.discriminator(diff_augment(torch.cat([real, fake])), torch.cat([labels, labels]))
        of_real, of_fake = found.chunk(2)
        return F.relu(1 - of_real).mean() + F.relu(1 + of_fake).mean()

    def _penalty(self, real: Tensor, labels: Tensor) -> Tensor:
        real = diff_augment(real).requires_grad_(True)
        found = self.discriminator(real, labels).sum()  # float32: a gradient of gradients
        (slope,) = torch.autograd.grad(found, real, create_graph=True)
        return self.options.penalty / 2 * PENALTY_EVERY * slope.square().sum(dim=(1, 2, 3)).mean()

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
