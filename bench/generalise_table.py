"""Cells of `bench.generalise` in; one row a recipe out, with intervals, as Markdown between the markers of a page."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.cached_runs import Cell
from unseen.errors import UnseenError
from unseen.evaluation.intervals import group_codes, resample_totals, summarise
from unseen.records import Interval
from unseen.runs import write_text
from unseen.seeds import generator

# About a table in a page, with its name.
START, END = "<!-- generalise {}: written by bench.generalise -->", "<!-- generalise {}: end -->"


@dataclass(frozen=True, slots=True)
class Row:
    """One recipe with one model. pairs: name to accuracy there. own: mean of the own tests. seconds: mean of a run."""

    model: str
    recipe: str
    pairs: Mapping[str, Interval]
    own: float
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-ready copy."""
        return asdict(self)


def row_of(model: str, recipe: str, cells: Mapping[str, Sequence[Sequence[Cell]]]) -> Row:
    """Make a row from the cells of each pair, one sequence of trials (folds) a seed."""
    everything = [cell for seeds in cells.values() for trials in seeds for cell in trials]
    return Row(
        model,
        recipe,
        {name: accuracy(seeds) for name, seeds in cells.items()},
        statistics.mean(cell.own for cell in everything),
        statistics.mean(cell.seconds for cell in everything),
    )


def accuracy(seeds: Sequence[Sequence[Cell]]) -> Interval:
    """Return the share told right over all photos of all trials, mean over seeds, with its interval."""
    answers = [{path: one for cell in trials for path, one in cell.answers.items()} for trials in seeds]
    paths = sorted(answers[0])
    if any(sorted(other) != paths for other in answers):
        raise UnseenError("the seeds were tested on different photos: give another --out")
    right = np.array([[one[path][0] for path in paths] for one in answers])
    return over_seeds_and_groups(right, [answers[0][path][1] for path in paths])


def over_seeds_and_groups(right: npt.NDArray[np.bool_], groups: Sequence[str]) -> Interval:
    """Return the mean of `right` (S seeds, N photos) with a 95% interval for other seeds and other groups.

    Seeds and groups are both drawn again, with replacement and apart from each other (Owen, "The pigeonhole bootstrap",
    Annals of Applied Statistics 1(2), 2007). One seed shows nothing of how seeds differ: then groups alone are drawn.
    """
    codes, count = group_codes(groups)
    sums = [np.bincount(codes, row, count) for row in right]
    drawn = resample_totals(np.stack([*sums, np.bincount(codes, minlength=count)], axis=1).astype(np.float64), seed=0)
    seeds = len(right)
    chosen = generator(0, "generalise", "seeds").integers(0, seeds, size=(len(drawn), seeds))
    values = np.take_along_axis(drawn[:, :seeds], chosen, axis=1).mean(axis=1) / drawn[:, seeds]
    return summarise(float(right.mean()), values, right.shape[1], count, proportion=True)


def markdown(rows: Sequence[Row]) -> str:
    """Return the table: accuracy and interval on each pair, mean and worst of the pairs, own test, minutes a run."""
    names = list(rows[0].pairs)
    lines = [
        f"| model | recipe | {' | '.join(names)} | mean | worst | own test | minutes |",
        "|---|---|" + "---|" * (len(names) + 4),
    ]
    for row in rows:
        values = [float(found.value) for found in row.pairs.values() if found.value is not None]
        cells = " | ".join(written(row.pairs[name]) for name in names)
        summary = f"{statistics.mean(values):.3f} | {min(values):.3f} | {row.own:.3f} | {row.seconds / 60:.1f}"
        lines.append(f"| {row.model} | {row.recipe} | {cells} | {summary} |")
    return "\n".join(lines)


def written(found: Interval) -> str:
    """Write an accuracy and, where there is one, its interval."""
    if found.value is None or found.low is None or found.high is None:
        return "none" if found.value is None else f"{found.value:.3f}"
    return f"{found.value:.3f} ({found.low:.2f} to {found.high:.2f})"


def put_into(page: Path, table: str, text: str) -> None:
    """Replace what is between the markers of `table` in `page`; raise `UnseenError` where they are not both there."""
    start, end = START.format(table), END.format(table)
    whole = page.read_text(encoding="utf-8")
    before, found, rest = whole.partition(start)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise UnseenError(f"{page} does not hold {start} and then {end}: put them where the table belongs")
    # only empty lines: the first line may be indented, as a block of code
    kept = text.strip("\n")
    write_text(page, f"{before}{start}\n\n{kept}\n\n{end}{after}")
