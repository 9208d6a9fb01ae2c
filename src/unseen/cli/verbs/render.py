"""Render photos of hands: `unseen render OUT`."""

import os
from pathlib import Path
from typing import Unpack

import click

from unseen.api import render
from unseen.cli.parsing import reading
from unseen.cli.screen import Screen
from unseen.cli.streams import print_json
from unseen.records import not_measured
from unseen.settings import RenderSettings
from unseen.synth.poses import SIGNS
from unseen.synth.shots import RenderConfig

USUAL = RenderConfig()


@click.command(name="render", short_help="Render photos of hands that show signs: something to try everything on.")
@click.argument("out")
@click.option(
    "--signs", default=USUAL.signs, show_default=True, type=click.Choice(list(SIGNS)),
    help="Digits 0-9 and letters of American sign language, fingers 0-5, or rock-paper-scissors.",
)  # fmt: skip
@click.option("--copy", help="Class folders of your own photos: render the signs that they show, whatever these are.")
@reading
@click.option("--people", default=USUAL.people, show_default=True, help="How many people show them.")
@click.option("--rooms", default=USUAL.rooms, show_default=True, help="How many rooms they are in.")
@click.option("--photos", default=USUAL.photos, show_default=True, help="How many photos, over all classes.")
@click.option("--image-size", default=USUAL.image_size, show_default=True, help="Side of a photo in pixels.")
@click.option("--seed", default=USUAL.seed, show_default=True, help="The same seed gives the same photos.")
@click.option("--workers", default=os.cpu_count() or 1, show_default="one a core", help="Processes that render.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(out: str, workers: int, as_json: bool, **settings: Unpack[RenderSettings]) -> None:
    """Render photos of hands into class folders in OUT, with a table of who, where and how: photos.csv.

    With --copy PHOTOS the signs are your own: the pose of each hand is read off your photos and shown by other people.

    People and rooms of one group never appear in another, so `unseen train OUT` measures on people and rooms that
    the network never saw. Stopped half way, the same command goes on.
    """
    screen = Screen()
    try:
        made = render(out, progress=screen, workers=workers, **settings)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("stopped: the same command goes on") from None
    classes = len({shot.label for shot in made.shots})
    if as_json:
        counts = {"photos": len(made.shots), "rendered": made.rendered, "classes": classes, "groups": made.groups}
        lost = {"not_measured": not_measured(made.rejected)}
        print_json({"out": str(made.folder), **settings, **counts, **lost, "seconds": round(made.seconds, 2)})
        return
    screen.say(
        f"{len(made.shots)} photos of {classes} classes in {made.folder}, {made.rendered} rendered now"
        f" in {made.seconds:.0f} s; {made.groups} groups of people and rooms in {Path(made.folder) / 'photos.csv'}"
    )
