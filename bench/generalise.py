"""What each recipe reaches on people, rooms and cameras it never saw: pairs of sets and recipes in, a table out.

`python -m bench.generalise --data DIR --weights FILE` trains every recipe on every pair by `unseen.train`, measures
by `unseen.evaluate`, prints a Markdown table with intervals; every number is in `--out`/results.json. Runs that are
there already are not repeated: it can be stopped and started again. A whole table takes hours: `--recipes`,
`--pairs`, `--seeds` and `--time-limit` say how much of it. `--model a,b --weights FILE,FILE` puts several networks into
one table, `--rival-python PYTHON` (with mediapipe==0.10.21) hand landmarks beside them, `--write PAGE` the table into a
page, between the two comments that name the `--table`.
"""

import argparse
import datetime
import os
import platform
from pathlib import Path

import torch

from bench.cached_runs import RECIPES, Cell, ours
from bench.generalise_table import Row, markdown, put_into, row_of
from bench.landmark_runs import LANDMARKS, LandmarkRival
from bench.pairs import Pair, pairs_asked, trials
from bench.photosets import parser
from unseen import __version__
from unseen.runs import write_json

LANDMARK_ROW = (LANDMARKS, "small network")


def flags() -> argparse.ArgumentParser:
    """Return the parser."""
    made = parser(__doc__ or "")
    made.add_argument("--out", type=Path, default=Path("runs/generalise"), help="where the runs and results.json go")
    made.add_argument("--model", default="mobilenetv2", help="models as of `unseen train`, separated by commas")
    made.add_argument("--time-limit", type=float, default=10.0, help="limit of each training run")
    made.add_argument("--seeds", type=int, default=3, help="how many seeds")
    made.add_argument("--recipes", default=",".join(RECIPES), help="which recipes, separated by commas; none for none")
    made.add_argument("--pairs", default="1,2,3,4", help="which pairs, by number")
    made.add_argument("--rival-python", type=Path, help="a Python with mediapipe==0.10.21")
    made.add_argument(
        "--image-size", type=int, help="side of what the networks see, in pixels; each its own if not given"
    )
    made.add_argument("--write", type=Path, help="the page to put the table into")
    made.add_argument("--table", default="all", help="which of the page's tables it is, as its comments name it")
    return made


def rows_of(given: argparse.Namespace, pairs: list[Pair]) -> list[Row]:
    """Fill the table, seed by seed, so that an unfinished one has every cell at least once."""
    cells: dict[tuple[str, str], dict[str, list[list[Cell]]]] = {}
    rival = LandmarkRival(given.rival_python, given.data, given.out) if given.rival_python else None
    for seed in range(given.seeds):
        for pair in pairs:
            parts = trials(pair, given.data, given.out)
            if rival:
                found = [rival.cell(part, pair.train, pair.test, seed) for part in parts]
                cells.setdefault(LANDMARK_ROW, {}).setdefault(pair.name, []).append(found)
            for model, weights, recipe in columns(given):
                settings = {"model": model, "weights": weights, "seed": seed, "time_limit": given.time_limit}
                settings |= {"image_size": given.image_size} if given.image_size else {}
                found = [ours(part, recipe, settings, given.out) for part in parts]
                cells.setdefault((model, recipe), {}).setdefault(pair.name, []).append(found)
    order = [
        *((model, recipe) for model, _, recipe in columns(given)),
        *([(LANDMARKS, "small network")] if rival else []),
    ]
    return [row_of(*name, cells[name]) for name in order]


def columns(given: argparse.Namespace) -> list[tuple[str, str, str]]:
    """Return (model, weights, recipe) of each row; frozen random weights are no recipe."""
    pairs = zip(given.model.split(","), given.weights.split(","), strict=True)
    recipes = [] if given.recipes == "none" else given.recipes.split(",")
    asked = [(model, weights, recipe) for model, weights in pairs for recipe in recipes]
    return [row for row in asked if not (row[1] == "none" and RECIPES[row[2]].get("epochs") == 0)]


def command(given: argparse.Namespace) -> str:
    """Return the command that makes the table, without this machine's paths."""
    weights = ",".join(Path(one).name for one in given.weights.split(","))
    said = f"python -m bench.generalise --data DIR --model {given.model} --weights {weights} --recipes {given.recipes}"
    said += f" --pairs {given.pairs} --seeds {given.seeds} --time-limit {given.time_limit:g}"
    said += f" --image-size {given.image_size}" if given.image_size else ""
    return said + (" --rival-python PYTHON" if given.rival_python else "")


def heading(given: argparse.Namespace) -> str:
    """Return what stands above the table: how, when and where it was made."""
    seeds = "one seed" if given.seeds == 1 else f"mean of {given.seeds} seeds"
    drawn = "groups" if given.seeds == 1 else "seeds and groups"
    limit = f"{given.time_limit:g} minute{'' if given.time_limit == 1 else 's'}"
    text = (
        f"{datetime.date.today().isoformat()}, unseen {__version__}, Python {platform.python_version()}, "
        f"torch {torch.__version__}, {platform.machine()}, {len(os.sched_getaffinity(0))} cores; "
        f"at most {limit} a run; {seeds}; in parentheses the 95% interval over {drawn} (bootstrap)."
    )
    rival = (
        f"\n\n{LANDMARKS}: a network of two hidden layers on 21 joints, in the photo and in space, moved, scaled, "
        "mirrored and turned alike; a photo without a hand found is an error; the minutes are of the network alone."
    )
    return f"    {command(given)}\n\n{text}" + (rival if given.rival_python else "")


def main() -> None:
    """Read the flags, fill the table, print it."""
    made = flags()
    given = made.parse_args()
    if len(given.model.split(",")) != len(given.weights.split(",")):
        made.error(f"--model {given.model} needs as many --weights, separated by commas: {given.weights} given")
    unknown = [name for name in given.recipes.split(",") if name not in {*RECIPES, "none"}]
    if unknown:
        made.error(f"--recipes {unknown[0]} asked: use {', '.join(RECIPES)} or none")
    rows = rows_of(given, pairs_asked(given.pairs))
    write_json(given.out / "results.json", {"command": command(given), "rows": [row.as_dict() for row in rows]})
    text = f"{heading(given)}\n\n{markdown(rows)}"
    print(text)
    if given.write:
        put_into(given.write, given.table, text)


if __name__ == "__main__":
    main()
