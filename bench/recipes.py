"""Train each recipe of a table with several seeds, side by side, and print what each reached as Markdown.

What is there already is read, so that a table can be stopped and gone on with.
"""

import argparse
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import mean
from typing import Any

import unseen
from bench.photosets import parser
from unseen.api import resume
from unseen.errors import UnseenError
from unseen.evaluation.results import Results, read_results
from unseen.progress import Silent
from unseen.records import PARTS
from unseen.runs import RunFolder


@dataclass(frozen=True, slots=True)
class Recipe:
    """A row of the table. settings: of `unseen.train`, besides those that all rows share. table: which photos."""

    name: str
    settings: Mapping[str, Any]
    table: str = "photos"


@dataclass(frozen=True, slots=True)
class Job:
    """One training: photos, settings and where the run goes."""

    photos: Path
    out: Path
    settings: Mapping[str, Any]


def train(job: Job) -> str:
    """Train and return nothing, or what went wrong: a recipe that cannot be trained is a row, too."""
    run = RunFolder(job.out)
    if run.finished():
        return ""
    started = time.perf_counter()
    try:
        if run.config.exists():
            resume(run.root)
        else:
            shutil.rmtree(run.root, ignore_errors=True)  # stopped before it had learnt anything
            unseen.train(job.photos, run.root, progress=Silent(), **job.settings)
    except UnseenError as error:
        return f"{job.out.name}: {error}"
    print(f"{job.out.name} {time.perf_counter() - started:.0f} s", flush=True)
    return ""


def flags(text: str) -> argparse.ArgumentParser:
    """Return a parser with the flags of such a bench."""
    made = parser(text)
    made.add_argument("--out", type=Path, default=Path("runs/recipes"), help="where the runs go")
    made.add_argument("--seeds", type=int, default=3)
    made.add_argument("--first", type=int, default=0, help="the first seed")
    made.add_argument("--jobs", type=int, default=2, help="trainings at once")
    made.add_argument("--device", default="auto")
    made.add_argument("--only", default="", help="rows whose name has this in it")
    return made


def run_all(
    recipes: Sequence[Recipe], tables: Callable[[str, int], Path], given: argparse.Namespace
) -> dict[str, list[Results]]:
    """Train what is asked for; return what was measured of each recipe, a result a seed.

    tables: name of a table and seed to its file.
    """
    jobs: list[tuple[str, Job]] = []
    for place, recipe in enumerate(recipes):
        for seed in range(given.first, given.first + given.seeds if given.only in recipe.name else 0):
            run = given.out / f"{place:02d}-{seed}"
            jobs.append((recipe.name, Job(tables(recipe.table, seed), run, {**recipe.settings, "seed": seed})))
    # not ProcessPoolExecutor: with `max_tasks_per_child` it may wait for ever (python/cpython#115634)
    with get_context("spawn").Pool(given.jobs, maxtasksperchild=8) as pool:
        for said in pool.imap(train, [job for _, job in jobs]):
            if said:
                print(said, flush=True)
    found: dict[str, list[Results]] = {}
    for name, job in jobs:
        if RunFolder(job.out).finished():
            found.setdefault(name, []).append(read_results(RunFolder(job.out).metrics))
    return found


def accuracies(results: Sequence[Results]) -> list[str]:
    """Return accuracy on training, validation and test photos, and how far the test ones differ by seed."""
    cells = [f"{mean(one.accuracy[part].value or 0.0 for one in results):.3f}" for part in PARTS]
    tests = [one.accuracy["test"].value or 0.0 for one in results]
    return [*cells, f"{min(tests):.3f} to {max(tests):.3f}"]


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
