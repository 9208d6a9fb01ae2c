"""Train a GAN as far as the time allows, from wherever its folder of checkpoints stands."""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from unseen import seeds
from unseen.errors import UnseenError
from unseen.generating.gan import Gan, GanOptions
from unseen.progress import Progress
from unseen.records import BoolArray, Int64Array, Uint8Array
from unseen.runs import read_json, write_json
from unseen.text import count, duration
from unseen.training.checkpoint import (
    Checkpoint,
    load_checkpoint,
    optimiser_tensors,
    restore_optimiser,
    save_checkpoint,
    under_prefix,
    with_prefix,
)
from unseen.training.schedule import PLANNED_SHARE

MEASURED_STEPS, SAID_EVERY = 8, 8  # steps that are timed before the plan, the first left out; and between losses
CHECKPOINT_SECONDS = 60.0
PLAN = "plan.json"
NETWORKS, OPTIMISERS = ("generator", "discriminator", "average"), ("making", "judging")


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


@dataclass(frozen=True, slots=True)
class GanPlan:
    """Steps in all, fixed once they were measured, and kept by a run that goes on."""

    steps: int
    seconds_a_step: float
    wanted: int

    @property
    def text(self) -> str:
        """Say how long it takes, and what time would do."""
        takes = f"{count(self.steps, 'step')} at {1 / self.seconds_a_step:.2g} a second take about "
        said = takes + duration(self.steps * self.seconds_a_step)
        if self.steps == self.wanted:
            return said
        minutes = math.ceil(self.wanted * self.seconds_a_step / PLANNED_SHARE / 60)
        return f"{said}; all {self.wanted:,} need --time-limit {minutes}"


def train_gan(
    gan: Gan, photos: GanPhotos, folder: Path, seconds_left: Callable[[], float], progress: Progress
) -> GanPlan:
    """Train as far as planned, say before how long that takes, and keep checkpoints in `folder`.

    Returns the plan with the steps taken: fewer than planned where `seconds_left()` passed on a slowed machine.
    Nothing is saved on Ctrl-C, which may come inside a step: at most a minute is lost.
    """
    step, saved_at = restore_gan(gan, folder), time.perf_counter()
    if not step:
        step, plan = _measured(gan, photos, folder, seconds_left)
        progress.say(f"GAN: {plan.text}")
    else:
        plan = GanPlan(**read_json(folder / PLAN))
        progress.say(f"GAN: goes on at step {step:,}; {plan.text} in all")
    with progress.task("GAN", plan.steps, "steps") as task:
        task.advance(step)
        while step < plan.steps and seconds_left() > 0:
            losses = gan.step(*photos.batch(gan.options, step), step)
            step += 1
            due = step == plan.steps or time.perf_counter() - saved_at > CHECKPOINT_SECONDS
            task.advance(1, "" if step % SAID_EVERY else f"losses {losses[0]:.2f} {losses[1]:.2f}")
            if due:
                _require_finite(losses, step)
                save_gan(gan, folder, step)
                saved_at = time.perf_counter()
    return replace(plan, steps=step)


def _measured(gan: Gan, photos: GanPhotos, folder: Path, seconds_left: Callable[[], float]) -> tuple[int, GanPlan]:
    """Take the first steps and plan by their time; return how many they were, and the plan, which is kept."""
    wanted, step, started = gan.options.steps, 0, time.perf_counter()
    while step < min(wanted, MEASURED_STEPS + 1):
        if step == 1:  # the first one warms up
            started = time.perf_counter()
        _require_finite(gan.step(*photos.batch(gan.options, step), step), step)
        step += 1
    seconds = (time.perf_counter() - started) / max(1, step - 1)
    possible = step + max(0, int(seconds_left() * PLANNED_SHARE / seconds))
    plan = GanPlan(min(wanted, possible), seconds, wanted)
    write_json(folder / PLAN, asdict(plan))
    save_gan(gan, folder, step)
    return step, plan


def _require_finite(losses: tuple[Tensor, Tensor], step: int) -> None:
    if not all(math.isfinite(float(loss)) for loss in losses):
        raise UnseenError(f"the GAN's losses are no numbers by step {step}: use another --seed")


def save_gan(gan: Gan, folder: Path, step: int) -> None:
    """Write a checkpoint that `restore_gan` reads."""
    tensors: dict[str, Tensor] = {}
    for name in NETWORKS:
        tensors |= with_prefix(name, getattr(gan, name).state_dict())
    for name, optimiser in zip(OPTIMISERS, gan.optimisers, strict=True):
        tensors |= with_prefix(name, optimiser_tensors(optimiser))
    save_checkpoint(folder, Checkpoint(tensors, {"step": step, **asdict(gan.shape)}))


def restore_gan(gan: Gan, folder: Path) -> int:
    """Read the latest checkpoint of `folder`; return how many steps were taken, 0 where there is none."""
    found = load_checkpoint(folder)
    if found is None:
        return 0
    for name in NETWORKS:
        getattr(gan, name).load_state_dict(under_prefix(name, found.tensors))
    for name, optimiser in zip(OPTIMISERS, gan.optimisers, strict=True):
        restore_optimiser(optimiser, under_prefix(name, found.tensors))
    return int(found.facts["step"])
