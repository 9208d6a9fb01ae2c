"""How well accuracy is told without labels: for strangers, and on photos of theirs; fit the model, or print the tables.

`python -m bench.know READINGS` asks heads of one photo set about others that share classes (`bench/know_heads.py`),
fits the lines of `src/unseen/estimation/shift_model.json` with every set left out in turn, and prints how far they are
off, beside published rules alone. `--fit FILE` writes the lines fitted on all sets. `--kept DIR` is where heads lie:
with them it takes a minute.
"""

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from bench.know_heads import heads
from bench.know_shifts import Shift, on_others
from bench.photosets import parser
from pretrain.signs import read_sets
from unseen.estimation.shift_model import Line, ShiftModel
from unseen.estimation.signals import logit
from unseen.records import Float64Array
from unseen.runs import write_json

# Signals of either line, how far weights are held back, and the most that is promised from so many classes on: nearly
# all pairs below 0.6 have that many (docs/know.md).
STRANGERS, KNOWN_SIGNS = ("own", "apart", "views"), ("signs_apart", "photos")
ESTIMATE = ("own", "atc", "doc", "cot", "sure", "nuclear", "agreed", "both", "away", "beyond", "even", "classes")
RIDGES = {"strangers": 0.1, "known_signs": 0.1, "estimate": 0.03}
ABOVE_OWN = {"strangers": False, "known_signs": True, "estimate": True}
MOST = {"strangers": (0.8, 5), "known_signs": (1.0, 2), "estimate": (1.0, 2)}
TAIL = 0.05
RULES = ("atc", "doc", "cot", "agreed")


def fit_line(found: Sequence[Shift], kind: str, spread: tuple[float, float]) -> Line:
    """Fit one line by weighted ridge regression; every pair of sets weighs the same."""
    names = names_of(kind)
    x, y, weights = matrix(found, kind), odds(found), pair_weights(found)
    centre, deviation = np.average(x, axis=0, weights=weights), x.std(axis=0) + 1e-6
    z, bias = (x - centre) / deviation, float(np.average(y, weights=weights))
    gram = (z * weights[:, None]).T @ z / weights.sum() + RIDGES[kind] * np.eye(len(names))
    weighted = np.linalg.solve(gram, (z * weights[:, None]).T @ (y - bias) / weights.sum())
    means, scales, slopes, lowest, highest = (
        tuple(round(float(value), 6) for value in column)
        for column in (centre, deviation, weighted, x.min(axis=0), x.max(axis=0))
    )
    return Line(names, means, scales, slopes, lowest, highest, round(bias, 6), spread, *MOST[kind], ABOVE_OWN[kind])


def names_of(kind: str) -> tuple[str, ...]:
    """Return the signals of a line."""
    return {"strangers": STRANGERS, "known_signs": KNOWN_SIGNS, "estimate": ESTIMATE}[kind]


def signals_of(shift: Shift, kind: str) -> dict[str, float]:
    """Return what a line is given of a shift."""
    return shift.seen if kind == "estimate" else shift.own


def matrix(found: Sequence[Shift], kind: str) -> Float64Array:
    """Return signals (N, K)."""
    return np.array([[signals_of(shift, kind)[name] for name in names_of(kind)] for shift in found])


def odds(found: Sequence[Shift]) -> Float64Array:
    """Return the truth in log odds, (N,)."""
    return np.array([logit(shift.truth) for shift in found])


def pair_weights(found: Sequence[Shift]) -> Float64Array:
    """Return (N,) weights that add up to 1 for each pair of sets."""
    sizes = Counter((shift.source, shift.target) for shift in found)
    return np.array([1 / sizes[shift.source, shift.target] for shift in found])


def left_out(found: Sequence[Shift], kind: str) -> list[tuple[float, float, float]]:
    """Return (value, low, high) of each shift by lines that saw nothing of its target, nor of its source for strangers.

    The spread comes from the errors that lines made on the sets they in turn left out, without this target's.
    """
    errors, lines = np.zeros(len(found)), []
    for i, shift in enumerate(found):
        lines.append(_line_without(tuple(found), kind, shift.source, shift.target))
        errors[i] = logit(shift.truth) - logit(lines[i].at(signals_of(shift, kind))[0])
    results = []
    for i, shift in enumerate(found):
        others = np.array([other.target != shift.target for other in found])
        results.append(_with_spread(lines[i], spread_of(errors[others])).at(signals_of(shift, kind)))
    return results


def spread_of(errors: Float64Array) -> tuple[float, float]:
    """Return how far the truth lies below and above a line for all but a tail on either side, log odds."""
    low, high = np.quantile(errors, (TAIL, 1 - TAIL))
    return round(max(0.05, -float(low)), 4), round(max(0.05, float(high)), 4)


_LINES: dict[tuple[str, str, str], Line] = {}


def _line_without(found: tuple[Shift, ...], kind: str, source: str, target: str) -> Line:
    key = (kind, "" if kind == "estimate" else source, target)
    if key not in _LINES:
        hidden = {target} | (set() if kind == "estimate" else {source})
        rest = [shift for shift in found if not hidden & {shift.source, shift.target}]
        _LINES[key] = fit_line(rest, kind, (0.0, 0.0))
    return _LINES[key]


def _with_spread(line: Line, spread: tuple[float, float]) -> Line:
    return Line(**{**asdict(line), "spread": spread})


def table(found: Sequence[Shift], results: dict[str, list[tuple[float, float, float]]]) -> str:
    """Return error, coverage and flattery of both lines and of the published rules, in Markdown."""
    truth, weights = np.array([shift.truth for shift in found]), pair_weights(found)
    rows = [
        "| by | mean error, points | worst | in its 90% interval | above 0.8 where the truth is under 0.6 |",
        "|---|---|---|---|---|",
    ]

    def row(name: str, values: Float64Array, covered: str) -> str:
        off = np.abs(values - truth)
        flattered = int(((values > 0.8) & (truth < 0.6)).sum())
        mean = np.average(off, weights=weights)
        return f"| {name} | {mean * 100:.1f} | {off.max() * 100:.0f} | {covered} | {flattered} |"

    for kind, found_by in results.items():
        value, low, high = np.array(found_by).T
        inside = np.average((low <= truth) & (truth <= high), weights=weights)
        rows.append(row(kind, value, f"{inside:.0%}"))
    alone = {rule: 1 / (1 + np.exp(-np.array([shift.seen[rule] for shift in found]))) for rule in RULES}
    rows += [row(f"{rule} alone", values, "") for rule, values in alone.items()]
    return "\n".join(rows)


def by_set(found: Sequence[Shift], results: dict[str, list[tuple[float, float, float]]]) -> str:
    """Return the mean error on each set that was left out."""
    rows = ["| set left out | shifts | truth | strangers off by | estimate off by |", "|---|---|---|---|---|"]
    for name in sorted({shift.target for shift in found}):
        chosen = [i for i, shift in enumerate(found) if shift.target == name]
        off = [np.mean([abs(values[i][0] - found[i].truth) for i in chosen]) for values in results.values()]
        truth = np.mean([found[i].truth for i in chosen])
        rows.append(f"| {name} | {len(chosen)} | {truth:.2f} | {off[0]:.2f} | {off[1]:.2f} |")
    return "\n".join(rows)


def of_kind(found: Sequence[Shift], kind: str) -> list[Shift]:
    """Return the shifts that a line is fitted on: of heads that knew signs from other people, or did not.

    That of the estimate is fitted on the latter: few of the former go wrong, and with them it took planted strangers
    for own people.
    """
    return [shift for shift in found if shift.known_signs == (kind == "known_signs")]


def model_of(found: Sequence[Shift], command: str) -> ShiftModel:
    """Fit all lines, each with the spread of its errors on sets left out."""
    lines, errors = {}, {}
    for kind in RIDGES:
        mine = of_kind(found, kind)
        values = np.array([value for value, _, _ in left_out(mine, kind)])
        off = odds(mine) - np.array([logit(float(value)) for value in values])
        lines[kind] = fit_line(mine, kind, spread_of(off))
        truth = np.array([shift.truth for shift in mine])
        errors[kind] = round(float(np.average(np.abs(values - truth), weights=pair_weights(mine))), 4)
    sets = len({shift.target for shift in found})
    return ShiftModel(lines["strangers"], lines["known_signs"], lines["estimate"], command, len(found), sets, errors)


def main() -> None:
    """Make the shifts, print the tables, write the lines."""
    made = parser(__doc__ or "")
    made.add_argument("readings", type=Path, help="what pretrain.sign_sets wrote")
    made.add_argument("--kept", type=Path, default=Path("runs/know"), help="where heads are kept")
    made.add_argument("--fit", type=Path, help="write the lines fitted on all sets to this file")
    given: argparse.Namespace = made.parse_args()
    torch.set_num_threads(1)
    sets = {one.name: one for one in read_sets(given.readings)}
    asked = heads(sets, given.kept)
    report([shift for one in asked for shift in on_others(one.fitted, one.targets)], given.fit)


def report(found: Sequence[Shift], fit: Path | None) -> None:
    """Print how far each line is off on sets left out; write the lines to `fit`."""
    for kinds in (("strangers", "estimate"), ("known_signs", "estimate")):
        mine = of_kind(found, kinds[0])
        results = {kind: left_out(mine, kind) for kind in kinds}
        _LINES.clear()
        print(f"{len(mine)} shifts, {kinds[0]}\n\n{table(mine, results)}\n\n{by_set(mine, results)}\n")
    if fit:
        write_json(fit, asdict(model_of(found, f"python -m bench.know READINGS --fit {fit.name}")))


if __name__ == "__main__":
    main()
