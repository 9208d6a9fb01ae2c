"""Compare two runs on the same photos: `unseen compare RUN RUN [PHOTOS]`."""

from typing import Any

import click

from unseen.api import compare
from unseen.cli.parsing import reading
from unseen.cli.screen import Screen
from unseen.cli.streams import print_json

# Photos named on the screen; all are in the JSON.
SHOWN = 20


@click.command(name="compare", short_help="Say which of two runs is better, on the same photos.")
@click.argument("first")
@click.argument("second")
@click.argument("photos", required=False)
@reading
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(first: str, second: str, photos: str | None, as_json: bool, **how: Any) -> None:
    """Say whether the run SECOND is better than FIRST on labelled PHOTOS, or on the test photos of both."""
    screen = Screen()
    found = compare(first, second, photos, progress=screen, **how)
    if as_json:
        print_json(found.as_dict())
        return
    screen.say(found.summary)
    for one in found.changed[:SHOWN]:
        screen.say(f"{one.path}: {one.true}, before {one.before}, now {one.after}")
    if len(found.changed) > SHOWN:
        screen.say(f"and {len(found.changed) - SHOWN:,} more: --json lists all")
