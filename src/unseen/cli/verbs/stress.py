"""Measure what a run withstands: `unseen stress RUN PHOTOS`."""

from typing import Any

import click

from unseen.api import stress
from unseen.cli.parsing import reading
from unseen.cli.screen import Screen
from unseen.cli.streams import print_json
from unseen.explanation.stress.stress_wording import lines


@click.command(name="stress", short_help="Measure what a trained run withstands.")
@click.argument("run")
@click.argument("photos")
@click.option("--photos", "most", default=48, show_default=True, help="How many photos to use.")
@click.option("--page", metavar="FILE", help="Write an HTML page with a picture of each.")
@reading
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(run: str, photos: str, most: int, page: str | None, as_json: bool, **how: Any) -> None:
    """Measure the model of RUN on labelled PHOTOS that are made worse, one way at a time.

    The 15 corruptions of Hendrycks and Dietterich (2019) in 5 severities, and what hands before cameras meet: other
    rooms, distance, light, the other hand, 28 pixels, a face, another skin tone.
    """
    screen = Screen()
    found = stress(run, photos, most=most, page=page, progress=screen, **how)
    if as_json:
        print_json(found.as_dict())
        return
    for line in lines(found):
        click.echo(line)
    if page:
        screen.say(f"page: {page}")
