"""What every stage of a run shares: its folder, recipe, device, clock and progress."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from unseen.config import TrainConfig
from unseen.progress import Progress
from unseen.recipe import Recipe
from unseen.runs import RunFolder
from unseen.runtime import Runtime


class Clock:
    """Starts when made. spent: seconds an interrupted earlier part of the run took already."""

    def __init__(self, minutes: float, spent: float = 0.0) -> None:
        self._started = time.perf_counter() - spent
        self._limit = minutes * 60
        self.stages: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the block's seconds under `name`."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.stages[name] = self.stages.get(name, 0.0) + time.perf_counter() - started

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self._started

    @property
    def left(self) -> float:
        """Seconds until the limit; negative once it has passed."""
        return self._limit - self.elapsed

    @property
    def share_left(self) -> float:
        """Share of the limit until it is reached."""
        return self.left / self._limit


@dataclass(frozen=True, slots=True)
class RunContext:
    """What every step of a run shares."""

    run: RunFolder
    recipe: Recipe
    runtime: Runtime
    clock: Clock
    progress: Progress

    @property
    def config(self) -> TrainConfig:
        """The resolved settings."""
        return self.recipe.config
