"""`unseen segment PHOTOS`: flags in, a sheet of cut-out subjects out."""

from pathlib import Path

import click

from unseen.api import default_segment_out, segment
from unseen.cli.screen import Screen, print_json


@click.command(name="segment", short_help="Show what is taken for the subject of photos, and what for background.")
@click.argument("photos")
@click.option("--out", help="The sheet, a PNG; runs/NAME-segments.png by default.")
@click.option("--groups", default="", help="CSV of path,group: photos of one group may share a standing camera.")
@click.option("--image-size", default=160, show_default=True, help="Side that training would see, in pixels.")
@click.option("--seed", default=0, show_default=True, help="Which photos the sheet shows.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(photos: str, out: str | None, groups: str, image_size: int, seed: int, as_json: bool) -> None:
    """Show what is taken for the subject of PHOTOS: training puts other backgrounds behind it.

    Photos whose subject is not sure are shown whole; their background is left alone.
    """
    screen = Screen()
    found = segment(
        photos,
        out or default_segment_out(Path(photos)),
        groups=groups,
        image_size=image_size,
        seed=seed,
        progress=screen,
    )
    if as_json:
        known = int(found.mattes.usable)
        print_json({"sheet": str(found.sheet), "photos": len(found.mattes), "sure": known, "sentence": found.sentence})
        return
    screen.say(found.sentence)
    screen.say(f"sheet: {found.sheet}")
