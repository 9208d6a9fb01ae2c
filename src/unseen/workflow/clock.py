"""Where the time of a run goes: stages in, seconds by stage out, and how much of the limit is left."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


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
