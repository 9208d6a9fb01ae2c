"""Measure a trained run on new labelled photos: `unseen evaluate RUN PHOTOS`."""

from typing import Any

import click

from unseen.api import evaluate
from unseen.cli.parsing import asked_hand, reading
from unseen.cli.screen import Screen
from unseen.cli.streams import print_json
from unseen.records import AskedHand


@click.command(name="evaluate", short_help="Measure a trained run on new labelled photos.")
@click.argument("run")
@click.argument("photos")
@click.option("--out", help="Where the report goes; RUN/tests/NAME by default.")
@reading
@asked_hand
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(run: str, photos: str, out: str | None, hand: AskedHand | None, as_json: bool, **how: Any) -> None:
    """Measure the model of RUN on PHOTOS, which are given as for `unseen train`."""
    screen = Screen()
    tested = evaluate(run, photos, out=out, hand=hand, progress=screen, **how)
    if as_json:
        print_json({"folder": str(tested.folder), "summary": tested.summary, **tested.metrics})
        return
    screen.say(tested.summary)
    screen.say(f"report: {tested.folder / 'report.html'}")
