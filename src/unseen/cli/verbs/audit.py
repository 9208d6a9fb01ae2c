"""Find what is wrong with photos: `unseen audit PHOTOS`."""

from pathlib import Path
from typing import Any

import click

from unseen.api import audit
from unseen.cli.parsing import reading, settings_of
from unseen.cli.screen import Screen
from unseen.cli.streams import print_json
from unseen.paths import audit_path
from unseen.report.audit_wording import level, split_row
from unseen.text import percent

SHOWN = 12


@click.command(name="audit", short_help="Say what is wrong with photos before anyone trains on them.")
@click.argument("photos")
@click.option("--against", help="A second set, such as photos of your own hand: how does it differ?")
@click.option("--out", help="Folder for audit.html, audit.json and split.csv; runs/NAME-audit by default.")
@click.option("--html", help="Write the page to this file instead.")
@reading
@click.option("--classes", help="Audit these classes only, separated by commas.")
@click.option("--groups", help="CSV of path,group, or a pattern on the path such as '(person[0-9]+)'.")
@click.option("--split", default="auto", show_default=True, help="A split.csv to judge; auto judges stated parts.")
@click.option("--fractions", default="70/15/15", show_default=True, help="Shares of the repaired split.")
@click.option("--seed", default=0, show_default=True, help="The same seed gives the same result.")
@click.option("--model", default="mobilenetv2", show_default=True, help="The network that computes features.")
@click.option("--width", default=1.0, show_default=True, help="Width multiplier of that network.")
@click.option(
    "--weights", default="auto", show_default=True,
    help="Its weights: none, imagenet (from the hub), or a file; auto takes imagenet if it is here.",
)  # fmt: skip
@click.option("--device", default="auto", show_default=True, help="auto, cpu or cuda.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(photos: str, out: str | None, html: str | None, as_json: bool, **flags: Any) -> None:
    """Say what is wrong with PHOTOS, worst first: copies, leaks, poor photos, wrong labels, shortcuts.

    PHOTOS is anything that `unseen train` takes. The page shows the photos behind every finding.
    """
    screen = Screen()
    found = audit(photos, out or audit_path(Path(photos)), progress=screen, **settings_of(flags))
    page = found.folder.report
    if html:
        page = page.replace(_made(Path(html)))
    if as_json:
        print_json({"audit": str(found.folder.root), "summary": found.summary, **found.as_dict()})
        return
    screen.say("")
    if not found.findings:
        screen.say(found.summary)
    for number, finding in enumerate(found.findings[:SHOWN], 1):
        screen.say(f"{number:2}. [{level(finding.severity).word}] {finding.headline}")
        screen.say(f"    {finding.advice}")
    if len(found.findings) > SHOWN:
        screen.say(f"    and {len(found.findings) - SHOWN} more on the page")
    for row in map(split_row, found.splits):
        screen.say(f"{row['name']}: {percent(row['accuracy'].value)} ({row['leaks']})")
    screen.say(f"page: {page}")


def _made(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    return file
