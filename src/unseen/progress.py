"""The one way a long job tells how far it is: stages call `Progress`, the command line draws it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Task(Protocol):
    """One bar: moved on as work is done."""

    def advance(self, steps: int = 1, note: str = "") -> None:
        """Move the bar by `steps`; `note` (loss, accuracy) replaces the text beside it."""


class Progress(Protocol):
    """Where stages report; the command line draws bars with time left, tests and libraries pass `Silent`."""

    @contextmanager
    def task(self, name: str, total: int | None, unit: str) -> Iterator[Task]:
        """Open a bar of `total` steps (`None`: unknown), counted in `unit` (photos, steps)."""
        ...

    def say(self, text: str) -> None:
        """Print one line for the person at the screen (stderr, never stdout)."""


class _SilentTask:
    def advance(self, steps: int = 1, note: str = "") -> None:
        """Do nothing."""


class Silent:
    """Shows nothing; the default of the Python API."""

    @contextmanager
    def task(self, name: str, total: int | None, unit: str) -> Iterator[Task]:  # noqa: ARG002 - the protocol's
        """Yield a bar that nobody sees."""
        yield _SilentTask()

    def say(self, text: str) -> None:
        """Print nothing."""
