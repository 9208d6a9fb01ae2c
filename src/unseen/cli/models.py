"""`unseen models`: the registry in, a table of networks out."""

import click
from rich.console import Console
from rich.table import Table

from unseen.cli.screen import print_json

WIDTHS = (0.35, 0.5, 1.0, 1.4)


@click.command(name="models", short_help="List the networks there are, with parameters, cost and weights.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(as_json: bool) -> None:
    """List the networks there are: parameters and multiply-adds without the head, input side, published weights."""
    from unseen.model_tables import list_models

    rows = list_models(WIDTHS)
    if as_json:
        print_json({"models": [row.as_dict() for row in rows]})
        return
    table = Table(box=None)
    table.add_column("model")
    for heading in ("width", "side", "parameters", "multiply-adds", "features"):
        table.add_column(heading, justify="right")
    table.add_column("ImageNet weights")
    for row in rows:
        table.add_row(
            row.name, f"{row.width:g}" if row.has_width else "", f"{row.side_px} px", f"{row.parameters:,}",
            f"{row.multiply_adds / 1e6:,.0f} M", f"{row.features:,}", row.weights or "none published",
        )  # fmt: skip
    Console().print(table)
