"""`unseen train PHOTOS`: flags in, a finished run out."""

from pathlib import Path
from typing import Any

import click

from unseen.api import default_out, resume, train_config
from unseen.cli.finished import show_finished
from unseen.cli.screen import Screen
from unseen.config import TrainConfig, config_from
from unseen.errors import UnseenError
from unseen.runs import RunFolder


def parse_fractions(text: str) -> tuple[float, ...]:
    """Read `70/15/15` (train, validation, test; any unit)."""
    try:
        shares = tuple(float(share) for share in text.split("/"))
    except ValueError:
        shares = ()
    if len(shares) != 3:
        raise UnseenError(f"--fractions {text} asked: give train/validation/test such as 70/15/15 or 50/25/25")
    return shares


def option(name: str, field: str, text: str, **more: Any) -> Any:
    """Declare a flag for a field of `TrainConfig`, with the field's default."""
    default = TrainConfig.__dataclass_fields__[field].default
    shown = not (default is None or default == "")
    more = {"default": default, "show_default": shown} | more
    return click.option(name, field, help=text, **more)


SAFE = "where that turns no class into another"
OPTIONS = (
    option("--layout", "layout", "Which folder level is the class: auto, class/group or group/class."),
    option("--classes", "classes", "Only these classes, separated by commas."),
    option("--groups", "groups", "CSV of path,group, or a pattern on the path such as '(person[0-9]+)'."),
    option("--split", "split", "auto (by groups), random (photo by photo), or a split.csv."),
    option("--fractions", "fractions", "Train/validation/test shares.", default="70/15/15", show_default=True),
    option("--seed", "seed", "Same seed, same result."),
    option("--audit/--no-audit", "audit", "Look first what is wrong with the photos, as `unseen audit` does."),
    option("--model", "model", "See `unseen models`; auto is handnet where most photos show a hand, else mobilenetv2."),
    option("--width", "width", "Width of MobileNetV2: 0.35 is the smallest usual one."),
    option("--weights", "weights", "none, builtin, imagenet (from the hub), or a file; auto is what the model has."),
    option("--hidden", "hidden_layers", "linear, or hidden widths such as 100 or 512,128."),
    option("--dropout", "dropout", "Dropout before each dense layer.", type=float),
    option("--norm", "norm", "none, batch or batch-renorm."),
    option("--image-size", "image_size", "Side of the square the network sees, in pixels.", type=int),
    option("--fit", "fit", "How a photo becomes square: crop keeps the centre, squash distorts, letterbox pads."),
    option(
        "--focus",
        "focus",
        "What photos are cropped to: hand, or whole for no crop; auto crops where most photos show one.",
    ),
    option("--normalise", "normalise", "pretrained, unit, centre or standardise."),
    option("--unfreeze", "unfreeze", "Stages that fine-tuning trains: none, last, all or a number."),
    option("--augment", "augment", "none, basic, strong or unseen; auto is unseen with weights, basic without."),
    option("--flip", "flip", f"Mirror photos: yes, no, or auto, {SAFE}; by class: auto,left=no."),
    option("--rotate", "rotate", f"Turn photos any way round: yes, no, or auto, {SAFE}; by class: auto,6=no,9=no."),
    option("--backgrounds", "backgrounds", "Folder of photos to put behind subjects, beside drawn ones."),
    option("--imbalance", "imbalance", "none, weights or sampling; auto weighs classes that differ in size."),
    option("--weight-decay", "weight_decay", "Weight decay."),
    option("--label-smoothing", "label_smoothing", "Share of certainty taken from the label."),
    option("--mixup", "mixup", "Mix photos two by two in fine-tuning: 0 never, 0.2 lightly, 1 by any share."),
    option("--batch-size", "batch_size", "Photos a step."),
    option("--learning-rate", "learning_rate", "Peak rate of the head; earlier stages learn slower.", type=float),
    option("--epochs", "epochs", "Most passes of fine-tuning.", type=int),
    option("--patience", "patience", "Passes without a better validation loss before it stops, in the second half."),
    option("--time-limit", "time_limit", "Limit on the whole run."),
    option("--device", "device", "auto, cpu or cuda."),
    option("--precision", "precision", "auto, fp32 or bf16."),
)


@click.command(name="train", short_help="Train a classifier on your photos and say honestly how good it is.")
@click.argument("photos", required=False)
@click.option("--out", help="Run folder; runs/NAME by default.")
@click.option("--resume", "resumed", metavar="RUN", help="Go on with a run that was stopped.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(photos: str | None, out: str | None, resumed: str | None, as_json: bool, **settings: Any) -> None:
    """Train a classifier on PHOTOS and say honestly how good it is.

    PHOTOS is a folder with one folder a class, a folder with train/ validation/ test/ folders, a CSV of
    path,label[,group][,part], a zip of any of these, or a pixel CSV in the manner of Sign MNIST.
    """
    screen = Screen()
    if resumed:
        if photos:
            raise UnseenError(f"--resume {resumed} knows its photos: leave {photos} out")
        finished = _guarded(lambda: resume(resumed, progress=screen), Path(resumed))
    else:
        if not photos:
            raise UnseenError("no photos named: unseen train PHOTOS, or unseen train --resume RUN")
        settings["fractions"] = parse_fractions(settings["fractions"])
        folder = Path(out) if out else default_out(Path(photos))
        config = config_from({"photos": photos, "out": str(folder), **settings})
        finished = _guarded(lambda: train_config(config, screen), folder)
    show_finished(finished, screen, as_json=as_json)


for _option in OPTIONS:
    command = _option(command)


def _guarded(job: Any, folder: Path) -> Any:
    """Run `job`; on Ctrl-C say how to go on."""
    try:
        return job()
    except KeyboardInterrupt:
        if not RunFolder(folder).config.exists():
            raise KeyboardInterrupt("stopped before anything was learnt: start again") from None
        raise KeyboardInterrupt(f"stopped: go on with unseen train --resume {folder}") from None
