"""Plan how many epochs and steps fit in the time, and schedule the learning rate."""

import math
from dataclasses import asdict, dataclass, replace

from unseen.text import count


@dataclass(frozen=True, slots=True)
class Plan:
    """The fine-tuning schedule, fixed before its first step and saved, so that a resumed run keeps it.

    epoch_steps: steps from one validation to the next, one pass over the training photos or several. steps: in all;
    they may end inside the last epoch where there is no time for more. seconds_a_step, validation_seconds: as measured,
    on photos of the whole side. small_cost: what a step on smaller photos takes of that, 1 where none are smaller.
    """

    epochs: int
    epoch_steps: int
    steps: int
    seconds_a_step: float
    validation_seconds: float = 0.0
    small_cost: float = 1.0

    def as_dict(self) -> dict[str, int | float]:
        """Return a JSON-ready copy."""
        return asdict(self)

    def small(self, step: int) -> bool:
        """Say whether `step` is one of the first ones, on smaller photos."""
        return self.small_cost < 1 and step < SMALL_STEPS * self.steps

    def describe(self, epochs: int) -> str:
        """Say how many of the wanted `epochs` fit in the time."""
        if self.steps == epochs * self.epoch_steps:
            steps = count(self.epoch_steps, "step")
            return f"{count(epochs, 'epoch', 'epochs')} of {steps} {'fits' if epochs == 1 else 'fit'} in the time"
        whole = self.steps / self.epoch_steps
        return f"{whole:.1f} of {epochs} epochs fit in the time: use a longer --time-limit for more"

    @property
    def least_steps(self) -> int:
        """Fewest steps that are worth leaving a fitted head for: an epoch, of very many photos a part of one.

        The learning rate rises to its peak and falls again, however few steps there are: five of them took a head that
        classified 99.7% of its photos correctly to 72% (docs/log.md).
        """
        return min(self.epoch_steps, LEAST_EPOCH_STEPS)


# Share of the steps that see smaller photos first, by this factor, and about what such a step takes of a whole one: it
# has half
# of the pixels, and the same augmentation. Large photos matter most when the learning rate is low.
SMALL_STEPS, SMALL_SIDE, SMALL_COST = 0.6, 0.7, 0.55


def small_side(side_px: int) -> int:
    """Return the side of the smaller photos, a multiple of what a network halves photos down by."""
    return max(32, round(SMALL_SIDE * side_px / 32) * 32)


# Share of the remaining time that is planned; the rest is for a machine that slows down.
PLANNED_SHARE = 0.9


# Fewest steps of an epoch of augmented photos: a thousand steps in 12 epochs, however few the photos. Trained on 10
# photos of each of 24 letters, accuracy on another person was 81% after 144 steps, 93% after 1,200 (docs/log.md).
LEAST_EPOCH_STEPS = 84


def steps_of_epoch(pass_steps: int, augmented: bool) -> int:
    """Return the steps of an epoch where one pass over the training photos takes `pass_steps`.

    augmented: whether each pass shows other views. More passes over the same pixels gain little.
    """
    return max(pass_steps, LEAST_EPOCH_STEPS) if augmented else pass_steps


def plan_steps(
    epochs: int,
    epoch_steps: int,
    seconds_a_step: float,
    validation_seconds: float,
    seconds_left: float,
    small_cost: float = 1.0,
) -> Plan:
    """Fit up to `epochs` epochs of `epoch_steps` steps into `seconds_left`."""
    wanted = Plan(epochs, epoch_steps, epochs * epoch_steps, seconds_a_step, validation_seconds, small_cost)
    return shorten(wanted, 0, seconds_a_step, max(0.0, seconds_left * PLANNED_SHARE))


def shorten(plan: Plan, step: int, seconds_a_step: float, seconds_left: float) -> Plan:
    """Shorten `plan`, which stands at `step`, to the whole epochs that fit in `seconds_left`, else to part of one.

    On a machine that turns out slower than measured the learning rate then still decays in time, instead of being cut
    off near its peak. seconds_a_step: as it is now; validation slows down alike.
    """
    validation_seconds = plan.validation_seconds * max(1.0, seconds_a_step / max(plan.seconds_a_step, 1e-9))
    begun = step // plan.epoch_steps

    def needed(epochs: int, steps: int) -> float:
        small = max(0.0, SMALL_STEPS * steps - step)
        whole = steps - step - small * (1 - plan.small_cost)
        return whole * seconds_a_step + (epochs - begun) * validation_seconds

    if needed(plan.epochs, plan.steps) <= seconds_left:
        return plan
    for epochs in range(plan.steps // plan.epoch_steps, begun, -1):
        if needed(epochs, epochs * plan.epoch_steps) <= seconds_left:
            return replace(plan, epochs=epochs, steps=epochs * plan.epoch_steps)
    # part of an epoch is worth a validation only where there is no whole one
    part = int(max(0.0, seconds_left - validation_seconds) // max(seconds_a_step, 1e-9))
    steps = min(plan.steps, step + part)
    return replace(plan, epochs=-(-steps // plan.epoch_steps), steps=steps)


def warmup_cosine(step: int, steps: int, warmup_share: float = 0.1) -> float:
    """Return the share of the learning rate at `step`: linear up over the warm-up, then half a cosine to 0.

    Loshchilov and Hutter, 2017, arXiv:1608.03983; warm-up as in Goyal et al., 2017, arXiv:1706.02677.
    """
    warmup = max(1, round(steps * warmup_share))
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))
