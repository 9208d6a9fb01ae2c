"""Say why a run answers as it does: `unseen explain RUN PHOTOS...`."""

import click

from unseen.api import explain
from unseen.cli.parsing import asked_hand
from unseen.cli.streams import print_json
from unseen.explanation.cause_wording import first_thing, summary
from unseen.records import AskedHand
from unseen.text import printable


@click.command(name="explain", short_help="Say why a trained run says what it says of photos, and what to do.")
@click.argument("run")
@click.argument("photos", nargs=-1, required=True)
@click.option("--label", metavar="CLASS", help="The right answer; by default a folder named like a class says it.")
@asked_hand
@click.option("--thorough", is_flag=True, help="Try every change, not only those that the photo makes likely.")
@click.option("--page", metavar="FILE", help="Write an HTML page with pictures.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(
    run: str, photos: tuple[str, ...], label: str | None, hand: AskedHand | None, thorough: bool, page: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Say why the model of RUN answers as it does for PHOTOS (files and folders), and what to do about it.

    Each photo is measured beside training's, and changed in one thing at a time: turned, relit, put before another
    background. What is unusual of it and the smallest change that gives the right answer name the cause.
    """
    explained = explain(run, photos, label=label, hand=hand, thorough=thorough, page=page)
    if as_json:
        print_json(explained.as_dict())
        return
    for row in explained.rejected:
        click.echo(printable(f"unseen: {row.path}: {row.reason}"), err=True)
    for photo in explained.photos:
        click.echo(printable(f"{photo.path}: {summary(photo)}"))
    if len(explained.photos) > 1:
        click.echo(printable(first_thing(explained)))
    if page:
        click.echo(f"page: {page}", err=True)
