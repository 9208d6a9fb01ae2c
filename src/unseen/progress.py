"""Report the progress of a long job: stages call `Progress`, the command line draws it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Protocol


class Task(Protocol):
    """One progress bar."""

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


class PrintProgress(Silent):
    """Passes each message to `write`, which prints it by default; draws no bars."""

    def __init__(self, write: Callable[[str], object] | None = None) -> None:
        self._write = write or partial(print, flush=True)

    def say(self, text: str) -> None:
        """Write one message."""
        self._write(text)
