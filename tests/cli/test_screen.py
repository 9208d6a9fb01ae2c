import io
import time

import pytest
from rich.console import Console

from unseen.cli.screen import Screen


@pytest.mark.parametrize("width", [60, 80])
def test_a_bar_with_speed_and_note_stays_on_one_line(width: int) -> None:
    shown, screen = io.StringIO(), Screen()
    screen._console = Console(file=shown, force_terminal=True, width=width)
    with screen.task("views", 75, "epochs") as bar:
        for _ in range(4):
            bar.advance(1, "validation 1.000")
            time.sleep(0.15)  # slow enough for a decimal, which makes the speed longest
    assert "epochs/s" in shown.getvalue()
    assert shown.getvalue().count("\x1b[1A") == 1  # up one line, once, to take the bar away
