"""Show or clear the cache of decoded photos: `unseen cache`."""

import click

from unseen.cli.streams import print_json
from unseen.store import folder as cachedir
from unseen.text import printable


@click.command(name="cache", short_help="Show or clear the cache of decoded photos.")
@click.option("--clear", is_flag=True, help="Delete everything in it; the next run decodes again.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(clear: bool, as_json: bool) -> None:
    """Show where the cache of decoded photos lies and how much it holds, or clear it."""
    if clear:
        cachedir.clear()
    root, held = cachedir.cache_root(None), cachedir.cache_size()
    if as_json:
        print_json({"folder": str(root), "bytes": held})
    else:
        click.echo(printable(f"{held / 1e6:,.1f} MB in {root}"))
