"""`unseen audit PHOTOS`: flags in, ranked findings on the screen and a page out."""

from pathlib import Path
from typing import Any

import click

from unseen.api import audit, default_audit_out
from unseen.cli.screen import Screen, print_json
from unseen.cli.train import parse_fractions
from unseen.report.audit_wording import level, split_row
from unseen.text import percent

SHOWN = 12


@click.command(name="audit", short_help="Say what is wrong with photos before anyone trains on them.")
@click.argument("photos")
@click.option("--against", default="", help="A second set, such as photos of your own hand: how does it differ?")
@click.option("--out", help="Folder for audit.html, audit.json and split.csv; runs/NAME-audit by default.")
@click.option("--html", help="Write the page to this file instead.")
@click.option("--layout", default="auto", show_default=True, help="auto, class/group or group/class.")
@click.option("--classes", default="", help="Only these classes, separated by commas.")
@click.option("--groups", default="", help="CSV of path,group, or a pattern on the path such as '(person[0-9]+)'.")
@click.option("--split", default="auto", show_default=True, help="A split.csv to judge; auto judges stated parts.")
@click.option("--fractions", default="70/15/15", show_default=True, help="Shares of the repaired split.")
@click.option("--seed", default=0, show_default=True, help="Same seed, same result.")
@click.option("--model", default="mobilenetv2", show_default=True, help="The network that looks at the photos.")
@click.option("--width", default=1.0, show_default=True, help="Its width.")
@click.option(
    "--weights", default="auto", show_default=True,
    help="Its weights: none, imagenet (from the hub), or a .safetensors file; auto takes imagenet if it is here.",
)  # fmt: skip
@click.option("--device", default="auto", show_default=True, help="auto, cpu or cuda.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(photos: str, out: str | None, html: str | None, as_json: bool, **settings: Any) -> None:
    """Say what is wrong with PHOTOS, worst first: copies, leaks, poor photos, wrong labels, shortcuts.

    PHOTOS is anything that `unseen train` takes. The page shows the photos behind every finding.
    """
    screen = Screen()
    settings["fractions"] = parse_fractions(settings["fractions"])
    found = audit(photos, out or default_audit_out(Path(photos)), progress=screen, **settings)
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
        screen.say(f"{row['name']}: {percent(row['accuracy']['value'])} ({row['leaks']})")
    screen.say(f"page: {page}")


def _made(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    return file
