"""Serve a trained run to browsers and programs: `unseen serve RUN`."""

from collections.abc import Callable
from pathlib import Path

import click

from unseen.cli.parsing import asked_hand
from unseen.errors import UnseenError
from unseen.records import AskedHand


@click.command(name="serve", short_help="Answer over HTTP, and show the page to try a run on.")
@click.argument("run", required=False)
@click.option("--project", metavar="FOLDER", help="Record photos on the page into FOLDER, and teach models from them.")
@asked_hand
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0: all. See --token.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0: any that is free.")
@click.option("--token", envvar="UNSEEN_TOKEN", help="What whoever asks must know; needed where others can reach HOST.")
@click.option("--name", "names", multiple=True, help="A further name that this machine is asked by (may be repeated).")
@click.option("--certificate", metavar="FILE", help="Certificate for https, which a phone's camera needs.")
@click.option("--key", metavar="FILE", help="Key of the certificate.")
def command(
    run: str | None,
    project: str | None,
    hand: AskedHand | None,
    host: str,
    port: int,
    token: str | None,
    names: tuple[str, ...],
    certificate: str | None,
    key: str | None,
) -> None:
    """Answer what is on photos with the model of RUN, and show a page to try it on: photos, or the camera.

    With --project, photos are recorded on the page and models taught from them; RUN may be left out then.

    Only this machine can ask, unless --host says otherwise; then --token says who may. Photos stay on this machine.
    Ctrl-C stops: what was taken is answered first.
    """
    if run is None and project is None:
        raise UnseenError("nothing to serve: name a run, or where to begin one with --project FOLDER")
    try:
        from unseen.serve.server import Address, serve
    except ModuleNotFoundError as error:
        raise UnseenError(f'{error.name} is not installed: pip install "unseen[serve]"') from None
    address = Address(host, port, token, names, certificate, key)
    serve(run, address, _say_where(run or str(project)), Path(project) if project else None, hand=hand)


def _say_where(run: str) -> Callable[[str], object]:
    return lambda url: click.echo(f"{run} is served at {url} (Ctrl-C stops)", err=True)
