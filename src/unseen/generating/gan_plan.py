"""Plan how many steps of a GAN there is time for, and say how long they take."""

import math
from dataclasses import dataclass

from unseen.text import count, duration
from unseen.training.schedule import PLANNED_SHARE


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


def plan_gan(wanted: int, taken: int, seconds_a_step: float, seconds_left: float) -> GanPlan:
    """Plan `wanted` steps, or as many as there is time for after those that were `taken` to time them."""
    possible = taken + max(0, int(seconds_left * PLANNED_SHARE / seconds_a_step))
    return GanPlan(min(wanted, possible), seconds_a_step, wanted)
