"""Say what is wrong around somebody else's model: `unseen doctor MODEL PHOTOS`."""

from pathlib import Path
from typing import Any

import click

from unseen.api import doctor
from unseen.cli.parsing import reading, settings_of
from unseen.cli.screen import Screen
from unseen.cli.streams import print_json
from unseen.diagnosing.answer import screen_lines
from unseen.paths import doctor_path


@click.command(name="doctor", short_help="Find what is wrong around a model that somebody trained elsewhere.")
@click.argument("model")
@click.argument("photos")
@click.option("--against", help="Photos of your own, on which the model is wrong: in class folders, or without labels.")
@click.option("--as", "as_", metavar="WAY", help="How you prepare photos: 'size=224,scale=1/255,order=bgr,fit=squash'.")
@click.option("--classes", help="The model's classes in the order of its outputs, separated by commas.")
@click.option("--arch", help="The network that a .safetensors file is for: timm/NAME.")
@click.option("--wrap", metavar="OUT", help="Also write the model, with its preprocessing inside, as a run to OUT.")
@click.option("--fix", is_flag=True, help="Also train ours on PHOTOS, and compare both on what it held out.")
@click.option("--time-limit", type=float, default=10.0, show_default=True, help="Minutes of training, with --fix.")
@click.option("--out", help="Folder for doctor.html, answer.md and doctor.json; runs/NAME-doctor by default.")
@reading
@click.option("--groups", help="CSV of path,group, or a pattern on the path such as '(person[0-9]+)'.")
@click.option("--seed", default=0, show_default=True, help="The same seed gives the same result.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(model: str, photos: str, out: str | None, as_json: bool, **flags: Any) -> None:
    """Find how MODEL wants its photos prepared, and what doing it differently costs, on labelled PHOTOS.

    MODEL is an .onnx, .keras, .h5, .tflite, TorchScript .pt or torch.export .pt2 file, a SavedModel folder, or
    weights with --arch.
    """
    screen = Screen()
    result = doctor(model, photos, out or doctor_path(Path(model)), progress=screen, **settings_of(flags))
    found = result.diagnosis
    if as_json:
        print_json({"folder": str(result.folder.root), "summary": result.summary, **found.as_dict()})
        return
    screen.say("")
    screen.say(result.summary)
    for line in screen_lines(found):
        screen.say(line)
    screen.say(f"page: {result.folder.page}")
    screen.say(f"answer to share: {result.folder.answer}")
    if result.wrapped:
        screen.say(f"answers as the model does: unseen predict {result.wrapped} photo.jpg")
