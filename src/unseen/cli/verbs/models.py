"""List the networks, or the layers of one: `unseen models [NAME]`."""

from typing import Any

import click
from rich.console import Console
from rich.table import Table

from unseen.cli.parsing import settings_of
from unseen.cli.streams import print_json

WIDTHS = (0.35, 0.5, 1.0, 1.4)


@click.command(name="models", short_help="List the networks, or the layers of one.")
@click.argument("name", required=False)
@click.option("--width", default=1.0, show_default=True, help="Width multiplier of MobileNetV2.")
@click.option("--hidden", "hidden_layers", default="auto", show_default=True, help="linear, or widths such as 512,128.")
@click.option("--norm", default="auto", show_default=True, help="none, batch or batch-renorm.")
@click.option("--image-size", type=int, help="Side of the square that the network sees, in pixels.")
@click.option("--classes", "class_count", default=10, show_default=True, help="Number of classes.")
@click.option("--unfreeze", default="all", show_default=True, help="none, last, all or a number of stages.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(name: str | None, as_json: bool, **flags: Any) -> None:
    """List the networks with parameters, multiply-adds and published weights.

    With NAME, show that network layer by layer: output shape, trainable and frozen parameters, multiply-adds. The
    flags describe the network of NAME.
    """
    if name:
        _show_layers(name, as_json, settings_of(flags))
    else:
        _show_models(as_json)


def _show_models(as_json: bool) -> None:
    from unseen.model_tables import list_models

    rows = list_models(WIDTHS)
    if as_json:
        print_json({"models": [row.as_dict() for row in rows]})
        return
    table = Table(box=None)
    table.add_column("model")
    for heading in ("width", "image size", "parameters", "multiply-adds", "features"):
        table.add_column(heading, justify="right")
    table.add_column("ImageNet weights")
    for row in rows:
        table.add_row(
            row.name, f"{row.width:g}" if row.has_width else "", f"{row.side_px} px", f"{row.parameters:,}",
            f"{row.multiply_adds / 1e6:,.0f} M", f"{row.features:,}", row.weights or "none published",
        )  # fmt: skip
    Console().print(table)


def _show_layers(name: str, as_json: bool, settings: dict[str, Any]) -> None:
    from unseen.model_tables import describe

    rows = describe(name, **settings)
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
