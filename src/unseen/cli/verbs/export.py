"""Export a trained run to another form: `unseen export RUN OUT --to web`."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from unseen.api import export
from unseen.cli.parsing import reading
from unseen.cli.screen import Screen
from unseen.cli.streams import print_json
from unseen.export.bundle import find_bundle, read_facts
from unseen.paths import READY
from unseen.serve.web_folder import WebFolder

if TYPE_CHECKING:
    from unseen.export.small_graph import Small
    from unseen.pipelines.export import Target

FORMS = {
    "web": "a page for any static server",
    "onnx": "any ONNX Runtime",
    "torch": "a torch.export program",
    "litert": "TensorFlow Lite, for Android",
    "coreml": "Core ML, for Apple's devices",
}


class FrameSize(click.ParamType[tuple[int, int]]):
    """Width and height, as in 640x480."""

    name = "WIDTHxHEIGHT"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Return (width, height)."""
        match = re.fullmatch(r"(\d{2,4})[x×](\d{2,4})", str(value))
        if not match:
            self.fail(f"{value} is no size: write it like 640x480", param, ctx)
        return int(match[1]), int(match[2])


@click.command(name="export", short_help="Write a trained run for browsers, phones and other runtimes.")
@click.argument("run")
@click.argument("out")
@click.option(
    "--to", "form", type=click.Choice(list(FORMS)), required=True, help=f"{'; '.join(map(': '.join, FORMS.items()))}."
)
@click.option(
    "--small",
    type=click.Choice(["fp16", "int8"]),
    help="Store weights in 16 or 8 bits (onnx, web); refused where half a point or more of accuracy is lost.",
)
@click.option(
    "--frame", type=FrameSize(), help="Size of the photos that litert and coreml files take; 640x480 by default."
)
@click.option(
    "--photos", metavar="FOLDER", help="Labelled photos to measure on; by default those that RUN was tested on."
)
@reading
@click.option(
    "--runtime", metavar="FILE", help="web: ONNX Runtime Web as npm packs it; by default npm fetches it once."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(
    run: str, out: str, form: str, small: "Small | None", frame: tuple[int, int] | None, photos: str | None,
    runtime: str | None, as_json: bool, **how: Any,
) -> None:  # fmt: skip
    """Write the model of RUN to the new folder OUT, with its preprocessing and what finds hands inside.

    Each file but the page is compared with PyTorch and measured on photos held out; OUT has a table of that, and a
    short program that recognises one photo. web: a page that recognises photos and the camera in any browser, a
    phone's too: nothing is sent anywhere, and once opened it works offline.
    """
    screen = Screen()
    more = {"photos": photos, "frame": frame, "small": small, "runtime": runtime, **how}
    written = export(run, out, cast("Target", form), progress=screen, **more)
    if not run.startswith(READY) and (hand := read_facts(find_bundle(Path(run))).hand):
        screen.say(f"of two hands in a photo, {out} reads the larger one: only unseen itself picks the {hand} one")
    if as_json:
        print_json(written.as_dict())
    if isinstance(written, WebFolder):
        size = f"{written.size_bytes / 2**20:.0f} MiB"
        screen.say(f"{out} is written ({size}): try it with python -m http.server -d {out}")
    elif not as_json:
        click.echo(written.table)
        screen.say(f"{out} is written: python {Path(out) / 'run.py'} photo.jpg")
