"""Generate photos like those of a set: `unseen generate PHOTOS OUT`."""

from collections.abc import Callable
from typing import Any

import click

from unseen.api import generate
from unseen.cli.parsing import settings_of
from unseen.cli.screen import Screen
from unseen.cli.streams import print_json
from unseen.generating.generate_config import GenerateConfig


def option(name: str, text: str, **more: Any) -> Callable[[click.Command], click.Command]:
    """Declare a flag for a field of `GenerateConfig`, with the field's default."""
    default = GenerateConfig.__dataclass_fields__[name].default
    return click.option(f"--{name.replace('_', '-')}", name, help=text, default=default, show_default=True, **more)


OPTIONS = (
    option("per_class", "How many photos of each class to generate."),
    option("time_limit", "Minutes that all of it may take; how long is said once the first steps are timed."),
    option("image_size", "Side of a generated photo in pixels: 16 to 96 in steps of 16."),
    option("steps", "Steps to train for, where the time suffices."),
    option("batch_size", "Batch size."),
    option("width", "Channels of the GAN's largest planes: more take longer."),
    option("seed", "The same seed gives the same split and the same photos."),
    option("groups", "CSV of path,group of PHOTOS, or a pattern such as '(person[0-9]+)'."),
    option("split", "auto (by groups), random (photo by photo), or a split.csv."),
    option("classes", "Generate these classes only, separated by commas."),
    option("labels_from", "Read labels from file names by a pattern: '^(?P<label>[A-Z]+)_'."),
    option("layout", "Which folder level of PHOTOS is the class: auto, class/group, group/class; or boxes."),
    option("device", "auto, cpu or cuda."),
    option("precision", "auto, fp32 or bf16."),
)


@click.command(name="generate", short_help="Generate photos like yours, and say whether they are new and any good.")
@click.argument("photos")
@click.argument("out")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(photos: str, out: str, *, as_json: bool, **flags: Any) -> None:
    """Train a small GAN on PHOTOS, or on those of a finished run, and write photos of each class into OUT.

    It is trained on the training part alone, on a GPU in minutes and on a CPU in an hour or more. OUT says how far its
    photos are from held-out ones, and whether they are copies. `unseen train PHOTOS --generated OUT` uses them only
    where they help. Stopped half way, the same command goes on.
    """
    screen = Screen()
    try:
        made = generate(photos, out, progress=screen, **settings_of(flags))
    except KeyboardInterrupt:
        raise KeyboardInterrupt("stopped: the same command goes on") from None
    if as_json:
        print_json({"out": str(made.folder.root), "photos": made.photos, "summary": made.summary, **made.record})
        return
    screen.say(f"{made.photos:,} photos generated into {made.folder.root}")
    for sentence in made.checks.sentences:
        screen.say(sentence)
    screen.say(f"sheet:  {made.folder.sheet}")


for _add in OPTIONS:
    _add(command)
command.params = [*command.params[:2], *command.params[3:], command.params[2]]  # in the order they are written
