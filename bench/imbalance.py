"""Measure what helps where classes differ 1 to 50 in size and photos are poor: sign digits in; a table out.

`python -m bench.imbalance --data DIR --weights FILE [--rendered DIGITS] [--generated STEPS]` trains on up to
150 photos of a digit, three of the scarcest, a quarter of them dark, blurred or tiny. It prints macro-F1 and the recall
of the worst class on students held out, where every digit is as frequent. DIGITS are class folders, as `unseen render`
writes them; the scarce digits are filled up from them, or with photos by a GAN that so many steps on the same training
photos have taught, whatever the gate of `unseen train --generated` would say.
"""

import argparse
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Any

from PIL import Image

from bench.digit_tables import write_table
from bench.learnt_pairs import made_photos
from bench.recipes import Recipe, flags, markdown, run_all
from unseen.evaluation.results import Results

# photos of each digit, the scarcest 1 to 50 of the most frequent
PHOTOS = {"0": 150, "1": 3, "2": 97, "3": 5, "4": 62, "5": 8, "6": 40, "7": 12, "8": 26, "9": 17}
POOR = 0.25
FILLED_TO = 40  # photos of a scarce digit, with those that were rendered or generated
SHARED: dict[str, Any] = {"audit": False, "time_limit": 60.0}
WHOLE: dict[str, Any] = {**SHARED, "model": "mobilenetv2", "image_size": 96, "focus": "whole", "epochs": 10}
WAYS: dict[str, dict[str, Any]] = {
    "nothing": {"imbalance": "none"},
    "weights": {"imbalance": "weights"},
    "sampling": {"imbalance": "sampling"},
    "focal loss": {"imbalance": "focal"},
    "MixUp 0.2": {"imbalance": "none", "mixup": 0.2},
    "weights and MixUp 0.2": {"imbalance": "weights", "mixup": 0.2},
}
RECIPES = [
    *(Recipe(f"frozen: {name}", {**WHOLE, **way, "epochs": 0}) for name, way in WAYS.items()),
    *(Recipe(f"fine-tuned: {name}", {**WHOLE, **way}) for name, way in WAYS.items()),
]


def more(folder: Path) -> list[tuple[Path, str]]:
    """Return what fills up the scarce digits."""
    return [
        (file, digit)
        for digit, photos in PHOTOS.items()
        for file in sorted((folder / digit).iterdir())[: max(0, FILLED_TO - photos)]
    ]


def table(out: Path, data: Path, given: argparse.Namespace, name: str, seed: int) -> Path:
    """Write the photos of `seed`; name: what is added, if anything."""
    write = partial(write_table, data=data / "sign_digits", seed=seed, training=PHOTOS, poor=POOR)
    photos = write(out / f"photos-{seed}.csv")
    if name == "rendered":
        return write(out / f"{name}-{seed}.csv", more=more(given.rendered))
    if name == "generated":
        made = made_photos(photos, out / f"made-{seed}", given.generated, seed)
        return write(out / f"{name}-{seed}.csv", more=more(unmarked(made, out / f"unmarked-{seed}")))
    return photos


def unmarked(made: Path, out: Path) -> Path:
    """Copy generated photos without the mark by which training leaves them out."""
    for file in made.glob("*/*.png"):
        copy = out / file.relative_to(made)
        copy.parent.mkdir(parents=True, exist_ok=True)
        Image.open(file).convert("RGB").save(copy)
    return out


def measures(results: list[Results]) -> list[str]:
    """Return macro-F1 and the worst class's recall: the mean of the seeds, the least and the most."""
    macro, worst = [], []
    for one in results:
        if one.test is None:
            continue
        macro.append(one.test.macro_f1.value or 0.0)
        worst.append(min(one_class.recall.value or 0.0 for one_class in one.test.per_class.values()))
    return [f"{mean(values):.3f} ({min(values):.3f} to {max(values):.3f})" for values in (macro, worst)]


def main() -> None:
    """Measure and print."""
    made = flags(__doc__ or "")
    made.add_argument("--rendered", type=Path, help="class folders of rendered digits")
    made.add_argument("--generated", type=int, help="steps of a GAN a seed")
    given = made.parse_args()
    recipes = [Recipe(one.name, {**one.settings, "weights": given.weights}) for one in RECIPES]
    for name in ("rendered", "generated"):
        if getattr(given, name):
            settings = {**WHOLE, "imbalance": "weights", "weights": given.weights}
            recipes += [
                Recipe(f"frozen: weights and {name} photos", {**settings, "epochs": 0}, name),
                Recipe(f"fine-tuned: weights and {name} photos", settings, name),
            ]
    recipes.append(Recipe("unseen train, as it is", SHARED))
    recipes = [Recipe(one.name, {**one.settings, "device": given.device}, one.table) for one in recipes]
    results = run_all(recipes, partial(table, given.out, given.data, given), given)
    print(
        markdown(["recipe", "macro-F1", "recall of the worst class"], [[n, *measures(f)] for n, f in results.items()])
    )


if __name__ == "__main__":
    main()
