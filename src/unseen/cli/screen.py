"""Progress on the screen: bars with time left on a terminal, plain lines elsewhere; always stderr."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Task as RichTask
from rich.table import Column
from rich.text import Text

from unseen.progress import Task
from unseen.text import printable


class Speed(ProgressColumn):
    """Photos, steps or epochs a second."""

    def render(self, task: RichTask) -> Text:
        """Show the speed once it is known."""
        if not task.speed:
            return Text("")
        digits = 0 if task.speed >= 10 else 1
        return Text(f"{task.speed:.{digits}f} {task.fields['unit']}/s", style="cyan")


class _Bar:
    def __init__(self, bars: Progress, task: TaskID) -> None:
        self._bars, self._task = bars, task

    def advance(self, steps: int = 1, note: str = "") -> None:
        """Move the bar; `note` replaces the text beside it."""
        self._bars.update(self._task, advance=steps)
        if note:
            self._bars.update(self._task, note=note)


class Screen:
    """The `Progress` of the command line."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)

    @contextmanager
    def task(self, name: str, total: int | None, unit: str) -> Iterator[Task]:
        """Show a bar while the block runs; away from a terminal, nothing but what is said."""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.completed}/{task.total}"),
            Speed(table_column=Column(no_wrap=True)),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}", style="dim"),
        )
        with Progress(*columns, console=self._console, transient=True, disable=not self._console.is_terminal) as bars:
            yield _Bar(bars, bars.add_task(name, total=total, unit=unit, note=""))

    def say(self, text: str) -> None:
        """Print one line."""
        self._console.print(printable(text), soft_wrap=True, markup=False, emoji=False)
