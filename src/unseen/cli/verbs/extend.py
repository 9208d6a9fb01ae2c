"""Teach a trained run more: `unseen extend RUN PHOTOS`."""

from pathlib import Path

import click

from unseen.api import extend
from unseen.cli.finished import show_finished
from unseen.cli.parsing import reading
from unseen.cli.screen import Screen
from unseen.config import Layout
from unseen.paths import extended_path
from unseen.records import HANDS, Hand


@click.command(name="extend", short_help="Teach a trained run more photos or more classes, in a minute or two.")
@click.argument("run")
@click.argument("photos", required=False)
@click.option("--out", help="New run folder; the first free RUN-2, RUN-3, ... by default.")
@click.option("--adapt", metavar="FOLDER", help="Photos without labels whose batch-norm statistics are mixed in.")
@reading
@click.option("--groups", help="CSV of path,group of PHOTOS, or a pattern such as '(person[0-9]+)'.")
@click.option("--hand", type=click.Choice(HANDS), help="Of two hands in a photo, the one that signs, else RUN's own.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu or cuda.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(
    run: str,
    photos: str | None,
    out: str | None,
    adapt: str | None,
    labels_from: str | None,
    layout: Layout,
    groups: str | None,
    hand: Hand | None,
    device: str,
    as_json: bool,
) -> None:
    """Teach RUN the new PHOTOS, and report what that gains on photos that are held out.

    PHOTOS has class folders as for `unseen train`: more photos of classes that RUN knows, or new classes, or both.
    RUN stays as it is; the new run is written beside it.
    """
    screen = Screen()
    folder = Path(out) if out else extended_path(Path(run))
    try:
        finished = extend(
            run,
            photos,
            folder,
            adapt=adapt,
            layout=layout,
            labels_from=labels_from,
            groups=groups,
            hand=hand,
            device=device,
            progress=screen,
        )
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"stopped: {folder} was not written, {run} is as it was") from None
    show_finished(finished, screen, as_json=as_json)
