"""Train on photos: `unseen train PHOTOS`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from unseen.api import resume, train_config
from unseen.cli.finished import show_finished
from unseen.cli.parsing import settings_of
from unseen.cli.screen import Screen
from unseen.cli.streams import print_json
from unseen.config import TrainConfig, config_from
from unseen.dataset.load import Selection, named_photos, with_stated_groups
from unseen.errors import CannotWrite, UnseenError
from unseen.paths import run_path
from unseen.records import HANDS
from unseen.runs import RunFolder
from unseen.sources.reading import describe_reading, reading_as_dict

# What stands in the help and on the command line for a default that is not text.
DEFAULT_TEXTS = {
    "fractions": "70/15/15",
    "hidden_layers": "auto",
    "flip": "auto",
    "rotate": "auto",
    "classes": None,
    "also": None,
}


class TwoGroups(click.Command):
    """Lists the flags that most people need first, and the others under a heading of their own."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write both groups."""
        groups: dict[str, list[tuple[str, str]]] = {"Options": [], "Advanced": []}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record:
                groups["Advanced" if parameter.name in ADVANCED else "Options"].append(record)
        for heading, records in groups.items():
            with formatter.section(heading):
                formatter.write_dl(records)


def option(name: str, field: str, text: str, **more: Any) -> Callable[[click.Command], click.Command]:
    """Declare a flag for a field of `TrainConfig`, with the field's default."""
    default = DEFAULT_TEXTS.get(field, TrainConfig.__dataclass_fields__[field].default)
    more = {"default": default, "show_default": default is not None} | more
    return click.option(name, field, help=text, **more)


SAFE = "where that turns no class into another"
USUAL = (
    option("--time-limit", "time_limit", "Minutes that the whole run may take: the one dial to turn."),
    option("--layout", "layout", "Which folder level is the class: auto, class/group, group/class; or boxes."),
    option("--labels-from", "labels_from", "Read labels from file names by a pattern: '^(?P<label>[A-Z]+)_'."),
    option(
        "--classes",
        "classes",
        "Train on these classes only, separated by commas: a,b or 'a,\"b, left\"'.",
    ),
    option("--groups", "groups", "CSV of path,group, or a pattern on the path such as '(person[0-9]+)'."),
    option("--split", "split", "auto (by groups), random (photo by photo), or a split.csv."),
    option("--audit/--no-audit", "audit", "Audit the photos first."),
    option("--model", "model", "See `unseen models`; auto is handnet where most photos show a hand, else mobilenetv2."),
    option("--weights", "weights", "none, builtin, imagenet (from the hub), or a file; auto is what the model has."),
    option(
        "--from",
        "known_signs",
        "Known signs to build on: signs:letters, signs:digits, signs:counting, signs:rps; "
        "auto asks whether the photos agree; none.",
    ),
    option(
        "--also",
        "also",
        "Signs of --from that the model is to know without photos of yours: all, or names separated by commas.",
    ),
    option("--flip", "flip", f"Flip photos left to right: yes, no, or auto, {SAFE}; by class: auto,left=no."),
    option("--rotate", "rotate", f"Rotate photos by any angle: yes, no, or auto, {SAFE}; by class: auto,6=no,9=no."),
    option("--seed", "seed", "The same seed gives the same result."),
)
MORE = (
    option("--fractions", "fractions", "Training/validation/test shares."),
    option("--image-size", "image_size", "Side of the square that the network sees, in pixels.", type=int),
    option("--width", "width", "Width multiplier of MobileNetV2; 0.35 is the smallest with published weights."),
    option("--hidden", "hidden_layers", "Hidden layers of the head: linear for none, or widths such as 512,128."),
    option("--dropout", "dropout", "Dropout before each dense layer.", type=float),
    option("--norm", "norm", "Normalisation layers: none, batch or batch-renorm."),
    option("--fit", "fit", "How a photo becomes square: crop keeps the centre, squash distorts, letterbox pads."),
    option(
        "--focus",
        "focus",
        "hand: crop to what this locator finds, add its pose to the features; whole: neither; or auto.",
    ),
    option(
        "--hand",
        "hand",
        "Of two hands in a photo, the one that signs: left or right.",
        type=click.Choice(HANDS),
    ),
    option("--normalise", "normalise", "pretrained, unit, centre or standardise."),
    option("--unfreeze", "unfreeze", "Stages to fine-tune: none, last, all or a number of stages."),
    option(
        "--augment",
        "augment",
        "none, basic, strong or unseen; auto is unseen with weights, basic without; search looks for a better one, "
        "judged by held-out groups; or the policy.json of such a run.",
    ),
    option("--backgrounds", "backgrounds", "Folder of photos to put behind the foreground, besides drawn ones."),
    option("--generated", "generated", "Folder of unseen generate: its photos join scarce classes, if that helps."),
    option(
        "--copies",
        "copies",
        "Rendered people who show each sign of yours that is not a known one, copied from your photos; 0 for none.",
    ),
    option("--imbalance", "imbalance", "none, weights, sampling or focal; auto weights classes that differ in size."),
    option("--batch-size", "batch_size", "Batch size."),
    option(
        "--learning-rate", "learning_rate", "Peak learning rate of the head; earlier stages learn slower.", type=float
    ),
    option("--weight-decay", "weight_decay", "Weight decay."),
    option("--label-smoothing", "label_smoothing", "Label smoothing."),
    option("--mixup", "mixup", "MixUp strength: 0 off, 0.2 mild, 1 strong."),
    option("--epochs", "epochs", "Most epochs of fine-tuning.", type=int),
    option("--patience", "patience", "Epochs without a better validation loss before fine-tuning stops early."),
    option(
        "--keep-thumbnails/--no-keep-thumbnails",
        "keep_thumbnails",
        "Keep small pictures of training photos in the model: unseen explain shows them, and so can whoever gets it.",
    ),
    option("--device", "device", "auto, cpu or cuda."),
    option("--precision", "precision", "auto, fp32 or bf16."),
)


@click.command(name="train", cls=TwoGroups, short_help="Train a classifier on your photos and measure how good it is.")
@click.argument("photos", required=False)
@click.option("--out", help="Run folder; runs/NAME by default.")
@click.option("--resume", "resumed", metavar="RUN", help="Go on with a run that was stopped.")
@click.option("--boxes", is_flag=True, help="PHOTOS is a detection export: crop each box to a photo (--layout boxes).")
@click.option("--dry-run", is_flag=True, help="Print how the folders or tables are understood, and stop.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(
    photos: str | None, out: str | None, resumed: str | None, *, boxes: bool, dry_run: bool, as_json: bool, **flags: Any
) -> None:
    """Train a classifier on PHOTOS and measure how good it is on photos it has never seen.

    PHOTOS is a folder with one folder a class, a folder with train/ validation/ test/ folders, a CSV of
    path,label[,group][,part], a zip of any of these, a pixel CSV in the manner of Sign MNIST, X.npy with Y.npy beside
    it, a Parquet file, tfds:NAME or hf:USER/NAME. docs/sources.md shows them all.
    """
    screen = Screen()
    if resumed:
        if photos:
            raise UnseenError(f"--resume {resumed} knows its photos: leave {photos} out")
        finished = _resumable(lambda: resume(resumed, progress=screen), Path(resumed))
    else:
        if not photos:
            raise UnseenError("no photos named: unseen train PHOTOS, or unseen train --resume RUN")
        folder = Path(out) if out else run_path(Path(photos))
        flags |= {"layout": "boxes"} if boxes else {}
        config = config_from({"photos": photos, "out": folder, **settings_of(flags)}, TrainConfig)
        if dry_run:
            show_reading(config, as_json=as_json)
            return
        finished = _resumable(lambda: train_config(config, screen), folder)
    show_finished(finished, screen, as_json=as_json)


def show_reading(config: Selection, *, as_json: bool) -> None:
    """Print how the photos of `config` are understood, without opening one."""
    named = with_stated_groups(named_photos(config), config.groups)
    if as_json:
        print_json(reading_as_dict(named))
    else:
        click.echo(describe_reading(config.photos, named))


def _add(options: tuple[Callable[[click.Command], click.Command], ...]) -> list[click.Parameter]:
    """Add `options` to the command; return them in the order they are written."""
    before = len(command.params)
    for add in options:
        add(command)
    return command.params[before:]


_own, _usual = command.params[1:], _add(USUAL)
_advanced = _add(MORE)
ADVANCED = {parameter.name for parameter in _advanced}
command.params = [command.params[0], *_usual[:1], *_own, *_usual[1:], *_advanced]


def _resumable(work: Callable[[], Any], folder: Path) -> Any:
    """Do `work`; on Ctrl-C or a full disk say how to go on."""
    try:
        return work()
    except CannotWrite as error:
        if not RunFolder(folder).config.exists():
            raise
        raise CannotWrite(error.what, f"{error.advice}, then unseen train --resume {folder}") from None
    except KeyboardInterrupt:
        if not RunFolder(folder).config.exists():
            raise KeyboardInterrupt("stopped before training began: start again") from None
        raise KeyboardInterrupt(f"stopped: go on with unseen train --resume {folder}") from None
