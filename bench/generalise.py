"""What each recipe reaches on people, rooms and cameras it never saw: pairs of sets and recipes in, a table out.

`python -m bench.generalise --data DIR --weights FILE` trains every recipe on every pair by `unseen.train`, measures by
`unseen.test`, and prints a Markdown table of mean and worst, with every number in `--out`/results.json. Runs that are
there already are not repeated, so it can be stopped and started again. A whole table takes hours on two cores:
`--recipes`, `--pairs`, `--seeds` and `--minutes` say how much of it.
"""

import json
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import unseen
from bench.photosets import parser
from unseen.progress import Silent
from unseen.runs import read_json

# B, C, E, J and O of asl_kept/test look like the training person's.
LETTERS = "A,D,F,G,H,I,K,L,M,N,P,Q,R,S,T,U,V,W,X,Y,Z,Del,Nothing,Space"


@dataclass(frozen=True, slots=True)
class Pair:
    """Train on one set, test on another. classes: those in both that say something, '' for all."""

    train: str
    test: str
    classes: str = ""

    @property
    def name(self) -> str:
        """What the table calls it."""
        return f"{self.train} to {self.test}"


PAIRS = (
    Pair("rps_freeman", "rps_subhi"),
    Pair("rps_subhi", "rps_freeman"),
    Pair("asl_kept/train", "asl_kept/test", LETTERS),
)
RECIPES: dict[str, dict[str, Any]] = {
    "tutorial": {"epochs": 0, "augment": "none"},
    "plain": {"augment": "none"},
    "classic": {"augment": "strong", "flip": "no", "turn": "no"},
    "default": {},
}


class Spoken(Silent):
    """Says what a run says; no bars."""

    def say(self, text: str) -> None:
        """Print one line."""
        print(f"    {text}", flush=True)


def measured(pair: Pair, recipe: str, seed: int, minutes: float, data: Path, weights: str, out: Path) -> dict[str, Any]:
    """Train and test one cell of the table, unless its numbers are there."""
    run = out / f"{pair.train.replace('/', '-')}_{recipe}_{seed}"
    result = run / "elsewhere" / "metrics.json"
    if not result.exists():
        print(f"{pair.name}, {recipe}, seed {seed}", flush=True)
        settings = {"weights": weights, "seed": seed, "minutes": minutes, "audit": False, "classes": pair.classes}
        if not (run / "manifest.json").exists():
            unseen.train(data / pair.train, run, progress=Spoken(), **{**settings, **RECIPES[recipe]})
        unseen.test(run, data / pair.test, out=run / "elsewhere")
    own, elsewhere = read_json(run / "metrics.json"), read_json(result)
    return {
        "pair": pair.name,
        "recipe": recipe,
        "seed": seed,
        "own": own["test"]["accuracy"]["value"],
        "elsewhere": elsewhere["test"]["accuracy"]["value"],
        "seconds": own["seconds"]["total"],
    }


def table(rows: list[dict[str, Any]], pairs: list[Pair], recipes: list[str]) -> str:
    """Return mean (and range) over seeds of each recipe on each pair, and the worst pair's mean."""
    lines = ["| recipe | " + " | ".join(pair.name for pair in pairs) + " | worst | own test | minutes |"]
    lines.append("|---|" + "---|" * (len(pairs) + 3))
    for recipe in recipes:
        mine = [row for row in rows if row["recipe"] == recipe]
        cells, means = [], []
        for pair in pairs:
            values = [row["elsewhere"] for row in mine if row["pair"] == pair.name]
            means.append(statistics.mean(values))
            spread = f" ({min(values):.3f} to {max(values):.3f})" if len(values) > 1 else ""
            cells.append(f"{means[-1]:.3f}{spread}")
        own = statistics.mean(row["own"] for row in mine)
        minutes = statistics.mean(row["seconds"] for row in mine) / 60
        lines.append(f"| {recipe} | {' | '.join(cells)} | {min(means):.3f} | {own:.3f} | {minutes:.1f} |")
    return "\n".join(lines)


def main() -> None:
    """Read the flags, fill the table, print it."""
    flags = parser(__doc__ or "")
    flags.add_argument("--out", type=Path, default=Path("runs/generalise"), help="where the runs and results.json go")
    flags.add_argument("--minutes", type=float, default=10.0, help="limit of each training run")
    flags.add_argument("--seeds", type=int, default=3, help="how many seeds")
    flags.add_argument("--recipes", default=",".join(RECIPES), help="which recipes, separated by commas")
    flags.add_argument("--pairs", default="1,2,3", help="which pairs, by number")
    given = flags.parse_args()
    pairs = [PAIRS[int(number) - 1] for number in given.pairs.split(",")]
    recipes = given.recipes.split(",")
    rows = [
        measured(pair, recipe, seed, given.minutes, given.data, given.weights, given.out)
        for seed in range(given.seeds)
        for pair in pairs
        for recipe in recipes
    ]
    (given.out / "results.json").write_text(json.dumps(rows, indent=2))
    print(table(rows, pairs, recipes))


if __name__ == "__main__":
    main()
