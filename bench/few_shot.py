"""How many photos are needed: a photo set in; how models learnt from a few photos a class fare on another set, out.

`python -m bench.few_shot --data DIR --weights FILE` draws photos of each class at random, trains by `unseen.train`
(as by default where photos show hands, and as tutorials do with ImageNet weights), measures by `unseen.evaluate` on
people and rooms that neither saw, and prints a Markdown table. Runs that are there already are not repeated.
"""

import argparse
from pathlib import Path
from statistics import mean

import numpy as np

from bench.cached_runs import Cell, ours
from bench.pairs import Pair, Trial, pairs_asked
from bench.photosets import labelled, parser
from unseen.runs import write_rows
from unseen.seeds import generator

PHOTOS = (5, 10, 20, 40)


def draw(pair: Pair, data: Path, photos: int, seed: int, out: Path) -> Trial:
    """Write a table of `photos` of each class of the pair's training set, drawn at random; a smaller one is in it."""
    found = labelled(data / pair.train, pair.classes)
    rows = []
    for label, name in enumerate(found.classes):
        drawn = generator(seed, "few", name).permutation(np.flatnonzero(found.labels == label))[:photos].tolist()
        rows += [(str(found.photos[i].file.resolve()), name) for i in drawn]
    trial = f"{pair.train.replace('/', '-')}-{photos}-draw{seed}"
    table = out / "tables" / f"{trial}.csv"
    write_rows(table, ("path", "label"), rows)  # no groups: somebody with a few photos states none
    return Trial(trial, table, data / pair.test, pair.classes)


def accuracy(cell: Cell) -> float:
    """Return the share of the other set's photos that is told right."""
    return mean(right for right, _ in cell.answers.values())


def line(pair: Pair, photos: int, given: argparse.Namespace) -> str:
    """Return a row: mean of the draws, and the least and most of them, for both networks."""
    trials = [draw(pair, given.data, photos, seed, given.out) for seed in range(given.draws)]
    cells = []
    for model, weights, recipe in (("mobilenetv2", given.weights, "tutorial"), ("handnet", "auto", "default")):
        settings = {"model": model, "weights": weights, "seed": 0}
        found = [accuracy(ours(trial, recipe, settings, given.out)) for trial in trials]
        cells.append(f"{mean(found):.3f} ({min(found):.3f} to {max(found):.3f})")
    return f"| {pair.name} | {photos} | {' | '.join(cells)} |"


def main() -> None:
    """Measure and print."""
    made = parser(__doc__ or "")
    made.add_argument("--out", type=Path, default=Path("runs/few"), help="where the runs go")
    made.add_argument("--pairs", default="1,2,3", help="which pairs of bench.generalise, by number")
    made.add_argument("--photos", default=",".join(map(str, PHOTOS)), help="photos of each class")
    made.add_argument("--draws", type=int, default=3, help="how often photos are drawn")
    given = made.parse_args()
    lines = [line(pair, int(photos), given) for pair in pairs_asked(given.pairs) for photos in given.photos.split(",")]
    print("| trained on, measured on | photos of each class | ImageNet MobileNetV2 frozen, new head | `unseen train` |")
    print("|---|---|---|---|")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
