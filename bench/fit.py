"""How a photo should become square: frozen features and a linear probe across people and rooms, fit by fit.

Prints a Markdown table of accuracies. `python -m bench.fit --data DIR --weights FILE`
"""

import numpy as np
import torch

from bench.photosets import LabelledPhotos, open_set, parser
from unseen.config import TrainConfig
from unseen.dataset.load import decode_side_px
from unseen.features.extract import extract
from unseen.features.feature_set import FeatureSet
from unseen.models.head import Head
from unseen.photos.fit import FITS
from unseen.progress import Silent
from unseen.recipe import build, resolve
from unseen.records import Fit, Float32Array, Int64Array
from unseen.split.folds import group_folds
from unseen.training.linear_probe import ProbeOptions, fitted_copy

SEEDS = (0, 1, 2)


def features_of(data: LabelledPhotos, fit: Fit, weights: str) -> Float32Array:
    """Extract frozen MobileNetV2 features of every photo."""
    recipe = resolve(TrainConfig(photos="", out="", weights=weights, fit=fit))
    everything = np.arange(len(data.labels))
    model = build(recipe, len(data.photos.classes), data.pixels, everything)
    return extract(model.preprocess, model.backbone, data.pixels, everything, torch.device("cpu"), Silent())


def probe_accuracy(train: FeatureSet, test: FeatureSet, classes: int, seed: int) -> float:
    """Fit a linear head on `train` and return the share of `test` it gets right."""
    options = ProbeOptions(seed, "weights", weight_decay=0.02, label_smoothing=0.05)
    torch.manual_seed(seed)
    head = fitted_copy(Head(train.features.shape[1], classes), train, options, Silent())
    with torch.inference_mode():
        said = head(torch.from_numpy(test.features)).argmax(1).numpy()
    return float((said == test.labels).mean())


def across_groups(features: Float32Array, labels: Int64Array, groups: tuple[str, ...], seed: int) -> float:
    """Return the accuracy over five folds that keep groups apart."""
    folds = group_folds(labels, groups, 5, seed)
    right = 0.0
    for fold in range(5):
        train, test = folds != fold, folds == fold
        pair = FeatureSet(features[train], labels[train]), FeatureSet(features[test], labels[test])
        right += probe_accuracy(*pair, int(labels.max()) + 1, seed) * test.sum()
    return right / len(labels)


def main() -> None:
    """Measure and print."""
    arguments = parser(__doc__).parse_args()
    side_px = decode_side_px(160)
    names = ("rps_freeman", "rps_subhi", "fingers_subhi/train", "sign_digits")
    sets = {name: open_set(arguments.data / name, side_px) for name in names}
    print("| fit | rps_freeman to rps_subhi | rps_subhi to rps_freeman | fingers_subhi, sessions apart | mean |")
    print("|---|---|---|---|---|")
    for fit in FITS:
        features = {name: features_of(sets[name], fit, arguments.weights) for name in names[:3]}
        whole = {name: FeatureSet(features[name], sets[name].labels) for name in features}
        fingers = sets["fingers_subhi/train"]
        columns = [
            [probe_accuracy(whole["rps_freeman"], whole["rps_subhi"], 3, seed) for seed in SEEDS],
            [probe_accuracy(whole["rps_subhi"], whole["rps_freeman"], 3, seed) for seed in SEEDS],
            [across_groups(features["fingers_subhi/train"], fingers.labels, fingers.groups, seed) for seed in SEEDS],
        ]
        cells = [f"{np.mean(c):.3f} (seeds {min(c):.3f} to {max(c):.3f})" for c in columns]
        print(f"| {fit} | {' | '.join(cells)} | {np.mean(columns):.3f} |", flush=True)


if __name__ == "__main__":
    main()
