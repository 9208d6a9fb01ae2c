"""Train a GAN as far as the time allows, from wherever its folder of checkpoints stands."""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from torch import Tensor

from unseen.errors import UnseenError
from unseen.generating.gan import Gan
from unseen.generating.gan_photos import GanPhotos
from unseen.generating.gan_plan import GanPlan, plan_gan
from unseen.progress import Progress
from unseen.runs import read_json, write_json
from unseen.training.checkpoint import Checkpoint, load_checkpoint, restore_states, save_checkpoint, state_tensors

MEASURED_STEPS, SAID_EVERY = 8, 8  # steps that are timed before the plan, the first left out; and between losses
CHECKPOINT_SECONDS = 60.0
PLAN = "plan.json"


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
    plan = plan_gan(wanted, step, (time.perf_counter() - started) / max(1, step - 1), seconds_left())
    write_json(folder / PLAN, asdict(plan))
    save_gan(gan, folder, step)
    return step, plan


def _require_finite(losses: tuple[Tensor, Tensor], step: int) -> None:
    if not all(math.isfinite(float(loss)) for loss in losses):
        raise UnseenError(f"the GAN's losses are no numbers by step {step}: use another --seed")


def save_gan(gan: Gan, folder: Path, step: int) -> None:
    """Write a checkpoint that `restore_gan` reads."""
    save_checkpoint(folder, Checkpoint(state_tensors(gan.parts), {"step": step, **asdict(gan.shape)}))


def restore_gan(gan: Gan, folder: Path) -> int:
    """Read the latest checkpoint of `folder`; return how many steps were taken, 0 where there is none."""
    found = load_checkpoint(folder)
    if found is None:
        return 0
    restore_states(gan.parts, found.tensors)
    return int(found.facts["step"])
