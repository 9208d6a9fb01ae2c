"""Estimate the accuracy of a run on photos without labels: `unseen estimate RUN PHOTOS`."""

import click

from unseen.api import estimate
from unseen.cli.screen import Screen
from unseen.cli.streams import print_json


@click.command(name="estimate", short_help="Estimate how right a run is on photos without labels.")
@click.argument("run")
@click.argument("photos")
@click.option("--label-first", type=click.IntRange(min=0), default=0, help="Name so many photos to label first.")
@click.option("--labels", metavar="FILE", help="CSV of path,label: go on with what you have labelled.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(run: str, photos: str, label_first: int, labels: str | None, as_json: bool) -> None:
    """Estimate the accuracy of RUN on PHOTOS (a file or a folder), whose labels are not needed and not looked at."""
    screen = Screen()
    found = estimate(run, photos, label_first=label_first, labels=labels, progress=screen)
    if as_json:
        print_json(found.as_dict())
        return
    screen.say(found.summary)
    for path in found.label_first:
        click.echo(path)
