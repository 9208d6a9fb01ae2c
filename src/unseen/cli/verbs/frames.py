"""Show the frames that are taken from clips, or the photos of any source: `unseen frames CLIP`."""

from typing import Any

import click

from unseen.api import frames
from unseen.cli.parsing import reading, settings_of
from unseen.cli.screen import Screen
from unseen.cli.streams import print_json
from unseen.text import count, listed


@click.command(name="frames", short_help="Show the frames taken from clips, or the photos of any source.")
@click.argument("photos")
@click.option("--out", help="Folder for the frames and sheet.png; runs/NAME-frames by default.")
@reading
@click.option("--classes", help="Photos of these classes only, separated by commas.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(photos: str, out: str | None, as_json: bool, **how: Any) -> None:
    """Write the frames taken from PHOTOS into a folder, with a sheet to look at first.

    PHOTOS is a clip, a folder of clips, or anything that `unseen train` takes, such as tfds:NAME: its photos are
    written into class folders. Delete what is poor and train on the folder.
    """
    screen = Screen()
    shown = frames(photos, out, progress=screen, **settings_of(how))
    if as_json:
        print_json(
            {
                "folder": str(shown.folder),
                "sheet": str(shown.sheet),
                "photos": [path.relative_to(shown.folder).as_posix() for path in shown.photos],
                "rows": shown.rows,
                "rejected": [{"path": row.path, "reason": row.reason} for row in shown.rejected],
            }
        )
        return
    for row in shown.rejected:
        screen.say(f"{row.path}: {row.reason}")
    screen.say(f"{count(len(shown.photos), 'photo')} in {shown.folder}")
    screen.say(f"sheet: {shown.sheet} (a row each: {listed([f'{name} ({n})' for name, n in shown.rows.items()])})")
