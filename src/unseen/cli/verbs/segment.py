"""Show the foreground of photos: `unseen segment PHOTOS`."""

from pathlib import Path
from typing import Any

import click

from unseen.api import segment
from unseen.cli.parsing import reading, settings_of
from unseen.cli.screen import Screen
from unseen.cli.streams import print_json
from unseen.paths import segment_path
from unseen.records import not_measured


@click.command(name="segment", short_help="Show the foreground that training cuts out of photos.")
@click.argument("photos")
@click.option("--out", help="The sheet, a PNG; runs/NAME-segments.png by default.")
@reading
@click.option("--classes", help="Photos of these classes only, separated by commas.")
@click.option("--groups", help="CSV of path,group: photos of one group may share a standing camera.")
@click.option("--image-size", default=160, show_default=True, help="Image size of the training to come, in pixels.")
@click.option("--seed", default=0, show_default=True, help="Which photos the sheet shows.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(
    photos: str, out: str | None, groups: str | None, image_size: int, seed: int, as_json: bool, **how: Any
) -> None:
    """Show the foreground of PHOTOS: training puts other backgrounds behind it.

    Photos whose foreground is uncertain are shown whole; their background is left alone.
    """
    screen = Screen()
    found = segment(
        photos,
        out or segment_path(Path(photos)),
        groups=groups,
        image_size=image_size,
        seed=seed,
        progress=screen,
        **settings_of(how),
    )
    if as_json:
        known = int(found.masks.usable)
        said = {"sheet": str(found.sheet), "photos": len(found.masks), "sure": known, "summary": found.summary}
        print_json({**said, "not_measured": not_measured(found.rejected)})
        return
    screen.say(found.summary)
    screen.say(f"sheet: {found.sheet}")
