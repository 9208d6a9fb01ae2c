"""Measured seconds and a limit in, a plan of epochs and steps out; and the course of the learning rate."""

import math
from dataclasses import asdict, dataclass, replace


@dataclass(frozen=True, slots=True)
class Plan:
    """The fine-tuning schedule, fixed before its first step and saved, so that a resumed run keeps it.

    epoch_steps: from one validation to the next: a pass over the training photos, or more where they are few. steps may
    end inside the last epoch where the time allows no more.
    """

    epochs: int
    epoch_steps: int
    steps: int
    seconds_a_step: float
    reason: str

    def as_dict(self) -> dict[str, int | float | str]:
        """Return a JSON-ready copy."""
        return asdict(self)


# Of the time that is left, this much is planned; the rest absorbs a machine that slows down.
PLANNED_SHARE = 0.9


# Steps of an epoch of varied photos at least: with 12 epochs a thousand steps, however few the photos. 24 letters of
# another person, learnt from 10 photos each: 0.81 after 144 steps, 0.93 after 1,200 (docs/log.md).
LEAST_EPOCH_STEPS = 84


def steps_of_epoch(pass_steps: int, varied: bool) -> int:
    """Return the steps of an epoch where one pass over the training photos takes `pass_steps`.

    varied: whether each pass shows other views. Where it shows the same pixels, more of them teach little.
    """
    return max(pass_steps, LEAST_EPOCH_STEPS) if varied else pass_steps


def plan_steps(
    epochs: int, epoch_steps: int, seconds_a_step: float, validation_seconds: float, seconds_left: float
) -> Plan:
    """Fit up to `epochs` epochs of `epoch_steps` steps into `seconds_left`."""
    epoch_seconds = epoch_steps * seconds_a_step + validation_seconds
    usable = max(0.0, seconds_left * PLANNED_SHARE)
    if epochs * epoch_seconds <= usable:
        return Plan(
            epochs,
            epoch_steps,
            epochs * epoch_steps,
            seconds_a_step,
            f"{epochs} epochs of {epoch_steps} steps fit in the time",
        )
    whole = int(usable // epoch_seconds)
    rest = int(max(0.0, usable - whole * epoch_seconds - validation_seconds) // seconds_a_step)
    steps = whole * epoch_steps + min(rest, epoch_steps - 1)
    # a part of an epoch is only worth its validation where there is no whole one
    if whole >= 1:
        steps = whole * epoch_steps
    reason = f"{steps / epoch_steps:.1f} of {epochs} epochs fit in the time: more --time-limit would train longer"
    return Plan(max(1, -(-steps // epoch_steps)) if steps else 0, epoch_steps, steps, seconds_a_step, reason)


def shorten(plan: Plan, step: int, epoch_seconds: float, seconds_left: float) -> Plan:
    """Cut `plan` after `step`, at the end of an epoch, to the whole epochs that still fit; keep it if all do.

    A machine that turns out slower than it was measured then anneals its learning rate in time, instead of being cut
    off at full speed. epoch_seconds: what the last epoch took.
    """
    epochs_to_come = (plan.steps - step) / plan.epoch_steps
    if epochs_to_come * epoch_seconds <= seconds_left:
        return plan
    epochs = max(1, int(seconds_left // epoch_seconds))
    steps = min(plan.steps, step + epochs * plan.epoch_steps)
    return replace(plan, epochs=-(-steps // plan.epoch_steps), steps=steps)


def warmup_cosine(step: int, steps: int, warmup_share: float = 0.1) -> float:
    """Return the share of the learning rate at `step`: linear up over the warm-up, then half a cosine to 0.

    Loshchilov and Hutter, 2017, arXiv:1608.03983; warm-up as in Goyal et al., 2017, arXiv:1706.02677.
    """
    warmup = max(1, round(steps * warmup_share))
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))
