"""Predict photos with a trained run, without torch: `unseen predict RUN PHOTOS...`."""

import csv
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import chain
from pathlib import Path

import click
import numpy as np

from unseen.cli.parsing import asked_hand
from unseen.cli.streams import print_json, write_table
from unseen.errors import UnreadablePhoto, UnseenError
from unseen.inference.clip_predictions import ClipPrediction, predict_files
from unseen.inference.label_sets import label_sets
from unseen.inference.predictor import Prediction, Predictor
from unseen.inference.unknown import Unknown
from unseen.pipelines.stages.listed_photos import listed_photos
from unseen.records import AskedHand, Rejected
from unseen.text import count, printable

STDIN, UNKNOWN = "-", "(unknown)"
Row = tuple[Path, Prediction | Rejected]


def _unknown(_: click.Context, __: click.Parameter, value: str) -> Unknown:
    """Read what `--unknown` was given."""
    words: dict[str, Unknown] = {"auto": "auto", "on": "on", "off": "off"}
    with suppress(ValueError):
        if value in words or 0 <= float(value) <= 1:
            return words[value] if value in words else float(value)
    raise UnseenError(f"--unknown {value} is not known: use auto, on, off, or a probability from 0 to 1")


@click.command(name="predict", short_help="Say what is on photos, with a trained run.")
@click.argument("run")
@click.argument("photos", nargs=-1, required=True)
@click.option(
    "--unknown", default="auto", metavar="auto|on|off|PROBABILITY", callback=_unknown,
    help="Give photos that show nothing the model knows no label: where it was trained on hands (auto), always, never, "
    "or from which probability of that on.",
)  # fmt: skip
@asked_hand
@click.option("--sets", "level", type=float, help="Name all classes of which one is right in this share of photos.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
@click.option("--csv", "as_csv", is_flag=True, help="Print a CSV table on stdout, one row a photo.")
def command(
    run: str, photos: tuple[str, ...], unknown: Unknown, hand: AskedHand | None, level: float | None, as_json: bool,
    as_csv: bool,
) -> None:  # fmt: skip
    """Say what is on PHOTOS (files, clips, folders, zips and other sources, - for the bytes of a photo on stdin), with
    the model of RUN.

    A photo that shows nothing the model knows is called unknown; its label is null in JSON and empty in CSV.

    A clip gives a row a frame, and one for the clip: what its frames say together.

    A file that cannot be used is named on stderr with its reason; the exit code is 1 where none can be used.
    """
    if as_json and as_csv:
        raise UnseenError("--json and --csv exclude each other: use one of them")
    predictor = Predictor(run, unknown=unknown, hand=hand)
    paths, rejected = listed_photos([Path(photo) for photo in photos if photo != STDIN])
    unusable: Iterable[Row] = ((Path(row.path), row) for row in rejected)
    rows = chain(unusable, _called(predictor, paths), _of_stdin(predictor) if STDIN in photos else ())
    least = None if level is None else predictor.least_probability(level)
    if as_json:
        usable = _print_json(rows, least)
    elif as_csv:
        usable = _print_csv(rows, predictor.classes, least)
    else:
        usable = sum(_print_line(path, said, least) for path, said in _usable(rows))
    if not usable:
        raise UnseenError(
            f"none of the {len(paths) + len(rejected) + (STDIN in photos)} files can be used: name photos, or a folder "
            "of them"
        )


def _called(predictor: Predictor, paths: Mapping[Path, str]) -> Iterator[Row]:
    """Yield what the model says of `paths`, each by what it is called, a frame as CLIP/SECONDSs.jpg."""
    for path, said in predict_files(predictor, list(paths)):
        clip = path if path in paths else path.parent
        yield Path(paths[clip]) / path.relative_to(clip), said


def _of_stdin(predictor: Predictor) -> Iterator[Row]:
    try:
        yield Path(STDIN), predictor.predict(sys.stdin.buffer)
    except UnreadablePhoto as error:
        yield Path(STDIN), Rejected(STDIN, str(error))


def _usable(rows: Iterable[Row]) -> Iterator[tuple[Path, Prediction]]:
    """Yield the predictions; name what was rejected on stderr."""
    for path, said in rows:
        if isinstance(said, Rejected):
            click.echo(printable(f"unseen: {path}: {said.reason}"), err=True)
        else:
            yield path, said


def _set(said: Prediction, least: float | None) -> tuple[str, ...]:
    """Return the classes that `--sets` asks for, none where it was not given."""
    if least is None:
        return ()
    return label_sets(np.array([said.probabilities], np.float32), said.classes, least)[0]


def _print_line(path: Path, said: Prediction, least: float | None) -> int:
    together = f" ({count(said.frames, 'frame')} together)" if isinstance(said, ClipPrediction) else ""
    others = "".join(f" or {name}" for name in _set(said, least)[1:] if said.label)
    click.echo(printable(f"{said.probability:6.1%}  {said.label or UNKNOWN}{others}  {path}{together}"))
    return 1


def _print_csv(rows: Iterable[Row], classes: tuple[str, ...], least: float | None) -> int:
    write_table()
    writer = csv.writer(sys.stdout, lineterminator="\n")
    more = [] if least is None else ["set"]
    writer.writerow(["path", "label", "probability", *classes, *more])
    usable = 0
    for path, said in _usable(rows):
        shares = (f"{share:.6f}" for share in (said.probability, *said.probabilities))
        writer.writerow([path, said.label, *shares, *(";".join(_set(said, least)) for _ in more)])
        usable += 1
    return usable


def _print_json(rows: Iterable[Row], least: float | None) -> int:
    predictions: list[dict[str, object]] = []
    clips: list[dict[str, object]] = []
    rejected = []
    for path, said in rows:
        if isinstance(said, Rejected):
            rejected.append({"path": str(path), "reason": said.reason})
        else:
            listing = clips if isinstance(said, ClipPrediction) else predictions
            more = {} if least is None else {"set": list(_set(said, least))}
            listing.append({"path": str(path), **said.as_dict(), **more})
    print_json({"predictions": predictions, "clips": clips, "rejected": rejected})
    return len(predictions)
