"""Export a trained run to another form: `unseen export RUN OUT --to web`."""

from pathlib import Path

import click

from unseen.serve.web_folder import write_web_folder


@click.command(name="export", short_help="Write a trained run as a static page that needs no server.")
@click.argument("run")
@click.argument("out")
@click.option("--to", "form", type=click.Choice(["web"]), required=True, help="web: a folder for any static server.")
@click.option("--runtime", metavar="FILE", help="ONNX Runtime Web as npm packs it; by default npm fetches it once.")
def command(run: str, out: str, form: str, runtime: str | None) -> None:
    """Write the model of RUN to the new folder OUT.

    web: a page that recognises photos and the camera in any browser, a phone's too, with the model inside: nothing is
    sent anywhere, and once opened it works offline. (The ONNX file itself is RUN/model/model.onnx.)
    """
    del form  # one so far
    written = write_web_folder(run, Path(out), Path(runtime) if runtime else None)
    click.echo(f"{out} is written ({written / 2**20:.0f} MiB): try it with python -m http.server -d {out}", err=True)
