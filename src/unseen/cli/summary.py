"""`unseen summary`: a model's settings in, its layers with trainable and frozen parameters out."""

import click
from rich.console import Console
from rich.table import Table

from unseen.cli.screen import print_json


@click.command(name="summary", short_help="Show a network layer by layer: trainable and frozen parameters.")
@click.option("--model", default="mobilenetv2", show_default=True, help="See `unseen models`.")
@click.option("--width", default=1.0, show_default=True, help="Width of MobileNetV2.")
@click.option(
    "--hidden", "head", default="auto", show_default=True, help="linear, or hidden widths such as 100 or 512,128."
)
@click.option("--norm", default="auto", show_default=True, help="none, batch or batch-renorm.")
@click.option("--image-size", "side_px", type=int, help="Side of the square the network sees, in pixels.")
@click.option("--classes", default=10, show_default=True, help="Number of classes.")
@click.option(
    "--unfreeze", "unfreeze_stages", default="all", show_default=True, help="none, last, all or a number of stages."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(as_json: bool, **choices: object) -> None:
    """Show a network layer by layer: output shape, trainable and frozen parameters, multiply-adds."""
    from unseen.model_tables import describe

    rows = describe(**choices)  # type: ignore[arg-type]
    trainable, frozen = sum(row.trainable for row in rows), sum(row.frozen for row in rows)
    if as_json:
        layers = [{"name": r.name, "kind": r.kind, "output": r.output, "trainable": r.trainable, "frozen": r.frozen,
                   "multiply_adds": r.multiply_adds} for r in rows]  # fmt: skip
        print_json({"layers": layers, "trainable": trainable, "frozen": frozen})
        return
    table = Table(box=None, show_footer=True)
    table.add_column("layer", "total")
    table.add_column("kind")
    table.add_column("output")
    table.add_column("trainable", f"{trainable:,}", justify="right")
    table.add_column("frozen", f"{frozen:,}", justify="right")
    table.add_column("multiply-adds", f"{sum(row.multiply_adds for row in rows):,}", justify="right")
    for row in rows:
        shape = " x ".join(map(str, row.output))
        table.add_row(row.name, row.kind, shape, f"{row.trainable:,}", f"{row.frozen:,}", f"{row.multiply_adds:,}")
    Console().print(table)
