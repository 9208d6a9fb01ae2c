"""One cell of the table of `bench.generalise`: a trial and a recipe in; which photos were told right out.

What is there already is read, so that a table can be stopped and gone on with.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import unseen
from bench.pairs import Trial
from unseen.api import resume
from unseen.errors import UnseenError
from unseen.evaluation.results import read_results
from unseen.progress import PrintProgress
from unseen.runs import RunFolder, read_json, read_rows

RECIPES: dict[str, dict[str, Any]] = {
    "tutorial": {"epochs": 0, "augment": "none", "focus": "whole"},
    "plain": {"augment": "none", "focus": "whole"},
    "classic": {"augment": "strong", "flip": "no", "rotate": "no", "focus": "whole"},
    "frozen": {"epochs": 0},
    "default": {},
}


@dataclass(frozen=True, slots=True)
class Cell:
    """answers: path of each test photo to whether it was told right, and its group. own: accuracy on the test part of
    the photos trained on. seconds: of the whole run.
    """

    answers: Mapping[str, tuple[bool, str]]
    own: float
    seconds: float


def ours(trial: Trial, recipe: str, settings: Mapping[str, Any], out: Path) -> Cell:
    """Train and test by `unseen`; settings: model, weights, seed, minutes."""
    name = f"{trial.name}_{settings['model']}_{recipe}_{settings['seed']}".replace("/", "-")
    run = RunFolder(out / name)
    wanted = {**settings, "audit": False, "classes": trial.classes, **RECIPES[recipe]}
    tested = run.root / "tested" / trial.test.name  # several sets may be asked of one run
    if not (tested / "metrics.json").exists():
        print(name, flush=True)
        if run.finished():
            require_same(run, wanted)
        elif run.config.exists():
            require_same(run, wanted)
            resume(run.root, progress=PrintProgress())
        else:
            shutil.rmtree(run.root, ignore_errors=True)  # stopped before it had learnt anything
            unseen.train(trial.train, run.root, progress=PrintProgress(), **wanted)
        unseen.evaluate(run.root, trial.test, out=tested)
    require_same(run, wanted)
    own = read_results(run.metrics)
    return Cell(read_answers(tested), own.accuracy["test"].value or 0.0, own.seconds["total"])


def require_same(run: RunFolder, wanted: Mapping[str, Any]) -> None:
    """Raise `UnseenError` where the run was made with other settings than are asked for now."""
    had = read_json(run.config)["config"]
    for name, value in wanted.items():
        # a weight file may be named from another folder
        if Path(str(had[name])).name != Path(str(value)).name:
            raise UnseenError(f"{run.root} was made with {name} {had[name]}, {value} requested: use another --out")


def read_answers(tested: Path) -> dict[str, tuple[bool, str]]:
    """Read which photos of a finished evaluation were classified correctly."""
    rows = read_rows(tested / "predictions.csv")
    return {row["path"]: (row["true"] == row["predicted"], row["group"]) for row in rows}
