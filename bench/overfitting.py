"""Measure what helps against overfitting: 300 photos of sign digits in; accuracy on students held out, out.

`python -m bench.overfitting --data DIR --weights FILE` trains a plain network from scratch, and a pre-trained one, with
each normalisation of pixels, each normalisation layer, L2, dropout, smaller and larger networks and augmentation. It
prints a Markdown table of both and draws the curves into `--out/curves.html`.
"""

from functools import partial
from pathlib import Path
from typing import Any

from bench.digit_tables import write_table
from bench.recipes import Recipe, accuracies, flags, markdown, run_all
from unseen.report.curves import accuracy_curves, loss_curves
from unseen.runs import RunFolder
from unseen.training.history import read_history

PHOTOS = 30  # of each digit
EPOCHS = 40
SHARED: dict[str, Any] = {"audit": False, "time_limit": 60.0, "label_smoothing": 0.0, "patience": 1000}
SCRATCH: dict[str, Any] = {
    **SHARED, "model": "cnn-asl", "weights": "none", "image_size": 128, "focus": "whole", "epochs": EPOCHS,
    "augment": "none", "weight_decay": 0.0, "dropout": 0.0, "normalise": "unit",
}  # fmt: skip
PRETRAINED: dict[str, Any] = {
    **SHARED, "model": "mobilenetv2", "image_size": 96, "focus": "whole", "epochs": 10, "augment": "none",
    "weight_decay": 0.0, "dropout": 0.0,
}  # fmt: skip


def scratch(name: str, **changed: Any) -> Recipe:
    """Return a row that differs from the plain network in `changed`."""
    return Recipe(f"scratch: {name}", {**SCRATCH, **changed})


def pretrained(name: str, **changed: Any) -> Recipe:
    """Return a row that differs from the pre-trained network, fine-tuned whole, in `changed`."""
    return Recipe(f"pre-trained: {name}", {**PRETRAINED, **changed})


RECIPES = (
    scratch("pixels 0 to 1"),
    scratch("pixels centred (-1 to 1)", normalise="centre"),
    scratch("pixels standardised", normalise="standardise"),
    scratch("batch normalisation, batches of 32", norm="batch"),
    scratch("batch normalisation, batches of 4", norm="batch", batch_size=4),
    scratch("batch renormalisation, batches of 32", norm="batch-renorm"),
    scratch("batch renormalisation, batches of 4", norm="batch-renorm", batch_size=4),
    scratch("no normalisation, batches of 4", batch_size=4),
    scratch("L2 0.02", weight_decay=0.02),
    scratch("L2 0.5", weight_decay=0.5),
    scratch("dropout 0.5", dropout=0.5),
    scratch("L2 0.02 and dropout 0.5", weight_decay=0.02, dropout=0.5),
    scratch("smaller network (cnn-fingers)", model="cnn-fingers"),
    scratch("MobileNetV2, width 0.35", model="mobilenetv2", width=0.35),
    scratch("VGG16 of 64 px, 20 passes", model="vgg16", image_size=64, epochs=20),  # 128 px take an hour of a core
    scratch("augment basic", augment="basic"),
    scratch("augment strong", augment="strong"),
    scratch("batch normalisation, dropout 0.5, augment strong", norm="batch", dropout=0.5, augment="strong"),
    pretrained("frozen, normalised as the weights expect", epochs=0),
    pretrained("frozen, pixels 0 to 1", epochs=0, normalise="unit"),
    pretrained("frozen, pixels standardised by this set", epochs=0, normalise="standardise"),
    pretrained("frozen, dropout 0.5", epochs=0, dropout=0.5),
    pretrained("frozen, L2 0.5", epochs=0, weight_decay=0.5),
    pretrained("last stage un-frozen", unfreeze="last"),
    pretrained("all un-frozen"),
    pretrained("all un-frozen, pixels 0 to 1", normalise="unit"),
    pretrained("all un-frozen, augment strong", augment="strong"),
    pretrained("all un-frozen, L2 0.02, dropout 0.3, augment strong", augment="strong", weight_decay=0.02, dropout=0.3),
    Recipe("unseen train, as it is", SHARED),
)


def table(out: Path, data: Path, _: str, seed: int) -> Path:
    """Write the photos of `seed`."""
    photos = {str(digit): PHOTOS for digit in range(10)}
    return write_table(out / f"photos-{seed}.csv", data / "sign_digits", seed, photos)


def main() -> None:
    """Measure and print."""
    given = flags(__doc__ or "").parse_args()
    recipes = [
        Recipe(one.name, {**one.settings, "device": given.device, **weights_of(one, given.weights)}) for one in RECIPES
    ]
    results = run_all(recipes, partial(table, given.out, given.data), given)
    rows = [[name, *accuracies(found)] for name, found in results.items()]
    print(markdown(["recipe", "training", "validation", "test", "least and most of the seeds"], rows))
    draw_curves(given.out, [recipe.name for recipe in recipes])


def weights_of(recipe: Recipe, weights: str) -> dict[str, str]:
    """Return the weights of pre-trained rows."""
    return {"weights": weights} if recipe.name.startswith("pre-trained") else {}


def draw_curves(out: Path, names: list[str]) -> None:
    """Write a page of the curves of each row's first seed."""
    page = ["<!doctype html><meta charset=utf-8><title>Curves</title>"]
    for place, name in enumerate(names):
        run = RunFolder(out / f"{place:02d}-0")
        if run.finished():
            history = read_history(run.history)
            page.append(f"<h2>{name}</h2>{accuracy_curves(history)}{loss_curves(history)}")
    (out / "curves.html").write_text("\n".join(page), encoding="utf-8")


if __name__ == "__main__":
    main()
