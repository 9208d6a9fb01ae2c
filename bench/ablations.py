"""What single parts of the training recipe are worth: pairs of photo sets in; accuracy elsewhere with and without out.

`python -m bench.ablations --data DIR --weights FILE` fine-tunes as `unseen train --focus whole` does, and prints, as a
Markdown table, what becomes of the other set's photos with the last weights instead of their moving average, with
weights between those before and after fine-tuning (WiSE-FT, arXiv:2109.01903), with a head fitted anew (DFR,
arXiv:2204.02937), at larger sides than trained at (arXiv:1906.06423), with mixed photos (arXiv:1710.09412), and with
groups drawn equally often. What is done is kept in `--out`, so that it can be stopped and started again.
"""

import argparse
import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean

import numpy as np
import torch
from torch import Tensor

from bench.pairs import Pair, Trial, pairs_asked, trials
from bench.photosets import LabelledPhotos, open_set, parser
from unseen import seeds
from unseen.config import TrainConfig
from unseen.context import Clock
from unseen.features.extract import extract
from unseen.features.feature_set import FeatureSet, pooled
from unseen.features.views import varied_features
from unseen.models.classifier import Classifier
from unseen.models.head import Head
from unseen.models.preprocess import Preprocess
from unseen.pipelines.stages.fine_tune import make_tuner
from unseen.pipelines.stages.fit_head import VIEWS, fit_new_head
from unseen.pipelines.stages.training_setup import TrainingSetup
from unseen.pipelines.train import set_up
from unseen.progress import Silent
from unseen.records import Float32Array, Int64Array
from unseen.runs import RunFolder, read_json, write_json
from unseen.training.average import follow
from unseen.training.checkpoint import load_checkpoint, under_prefix
from unseen.training.finetune import FineTuner
from unseen.training.history import EpochRow
from unseen.training.linear_probe import ProbeOptions, fit_head
from unseen.training.refit import head_logits
from unseen.training.schedule import Plan, steps_of_epoch

MIXES = (0.25, 0.5, 0.75)
LARGER = (1.17, 1.33)
MIXUP = 0.2
READ_FROM = 2.0  # sides that photos are read at: larger views are measured too


@dataclass(frozen=True, slots=True)
class Start:
    """A run whose head is fitted: everything that fine-tuning begins with. weights: of the whole network then."""

    setup: TrainingSetup
    history: list[EpochRow]
    weights: dict[str, Tensor]


def start_run(trial: Trial, given: argparse.Namespace, seed: int, folder: Path) -> Start:
    """Do what `unseen train` does before it fine-tunes."""
    config = TrainConfig(
        str(trial.train), str(folder), classes=trial.classes, seed=seed, audit=False, model=given.model,
        weights=given.weights, focus="whole", unfreeze="all", image_size=given.image_size,
        epochs=given.epochs, time_limit=1e4,
    )  # fmt: skip
    setup = set_up(config, RunFolder(folder), Silent(), Clock(config.time_limit))
    history, _ = fit_new_head(setup)
    return Start(setup, history, copy.deepcopy(setup.model.state_dict()))


def tune(start: Start, name: str, *, mixup: float = 0.0, train: Int64Array | None = None) -> FineTuner:
    """Fine-tune from the fitted head, leaving the best average in the model, and checkpoints under `name`."""
    setup = start.setup
    setup.model.load_state_dict(start.weights)
    context = replace(
        setup.context, recipe=replace(setup.context.recipe, config=replace(setup.context.config, mixup=mixup))
    )
    tuner = make_tuner(replace(setup, context=context), start.history)
    if train is not None:
        tuner.data = replace(tuner.data, train=train)
    assert context.config.epochs is not None
    steps = steps_of_epoch(tuner.pass_steps, augmented=True)
    plan = Plan(context.config.epochs, steps, context.config.epochs * steps, 0.0)
    tuner.fit(plan, setup.context.run.root / name, lambda: float("inf"), Silent(), lambda _: None)
    return tuner


def groups_alike(train: Int64Array, labels: Int64Array, groups: Sequence[str], seed: int) -> Int64Array:
    """Return as many positions of each class as `train` holds of it, its groups drawn equally often.

    labels, groups: of all photos.
    """
    rng = seeds.generator(seed, "groups alike")
    drawn = []
    for label in np.unique(labels[train]):
        members = train[labels[train] == label]
        _, group, sizes = np.unique([groups[i] for i in members], return_inverse=True, return_counts=True)
        share = 1 / sizes[group]
        drawn.append(rng.choice(members, len(members), p=share / share.sum()))
    return np.concatenate(drawn)


def told(model: Classifier, elsewhere: LabelledPhotos, head: Head | None = None) -> float:
    """Return the share of the other set's photos that is told right."""
    every = np.arange(len(elsewhere.labels))
    features = extract(model.preprocess, model.backbone, elsewhere.pixels, every, torch.device("cpu"), Silent())
    return float((head_logits(head or model.head, features).argmax(1) == elsewhere.labels).mean())


def measured(trial: Trial, given: argparse.Namespace, seed: int, folder: Path) -> Iterator[tuple[str, float]]:
    """Yield (what was done, accuracy on the other set)."""
    start = start_run(trial, given, seed, folder)
    setup, model = start.setup, start.setup.model
    elsewhere = open_set(trial.test, round(READ_FROM * given.image_size), trial.classes)
    yield "the head alone", told(model, elsewhere)
    tuner = tune(start, "shipped")
    shipped = copy.deepcopy(model.state_dict())
    whole_way = told(model, elsewhere)
    yield "as it ships", whole_way
    checkpoint = load_checkpoint(folder / "shipped")
    assert checkpoint is not None
    model.load_state_dict(under_prefix("model", checkpoint.tensors))
    yield "the last weights", told(model, elsewhere)
    yield from mixes(start, tuner, shipped, elsewhere, whole_way)
    model.load_state_dict(shipped)
    for name, head in fresh_heads(setup):
        yield name, told(model, elsewhere, head)
    whole = model.preprocess
    fit = setup.context.config.fit
    for factor in LARGER:
        model.preprocess = Preprocess(round(factor * given.image_size), fit, whole.normalisation)
        yield f"seen at {factor:g} times the side", told(model, elsewhere)
    model.preprocess = whole
    tune(start, "mixed", mixup=MIXUP)
    yield f"photos mixed (--mixup {MIXUP:g})", told(model, elsewhere)
    data = setup.data
    alike = groups_alike(data.split.positions("train"), data.labels, data.split.groups, seed)
    tune(start, "grouped", train=alike)
    yield "groups drawn equally often", told(model, elsewhere)


def mixes(
    start: Start, tuner: FineTuner, tuned: Mapping[str, Tensor], elsewhere: LabelledPhotos, whole_way: float
) -> Iterator[tuple[str, float]]:
    """Yield weights between those before and those after fine-tuning, and the mix that held-out groups would choose.

    whole_way: what the tuned weights tell.
    """
    model = start.setup.model
    model.load_state_dict(tuned)
    after = copy.deepcopy(model)
    losses, right = {1.0: held_out_loss(tuner)}, {1.0: whole_way}
    for mix in MIXES:
        model.load_state_dict(start.weights)
        follow(model, after, mix)
        losses[mix], right[mix] = held_out_loss(tuner), told(model, elsewhere)
    for mix in MIXES:
        yield f"{mix:.0%} of the way from the head alone", right[mix]
    yield "the mix that held-out groups choose", right[min(losses, key=lambda mix: losses[mix])]


def held_out_loss(tuner: FineTuner) -> float:
    """Return the loss that epochs are chosen by."""
    loss = tuner.judge(tuner.model).selection_loss
    assert loss is not None
    return loss


def fresh_heads(setup: TrainingSetup) -> Iterator[tuple[str, Head]]:
    """Yield heads fitted on features of the tuned network: of the photos it learnt from, and of others held out."""
    config, model = setup.context.config, setup.model
    options = ProbeOptions(config.seed, "sampling", config.weight_decay, config.label_smoothing)
    none = FeatureSet(np.zeros((0, model.backbone.features), np.float32), np.zeros(0, np.int64))
    for part, name in (("train", "the photos learnt"), ("validation", "photos held out")):
        torch.manual_seed(options.seed)
        head = Head(model.backbone.features, model.head.classes, config.hidden_layers or (), config.dropout or 0.0)
        fit_head(head, _seen(setup, setup.data.split.positions(part)), none, options, Silent())  # type: ignore[arg-type]
        yield f"a new head on {name}, before other backgrounds", head


def _seen(setup: TrainingSetup, positions: Int64Array) -> FeatureSet:
    """Return features of the photos at `positions` and of varied views of them."""
    data, model, images, device = setup.data, setup.model, setup.images, setup.context.runtime.device
    plain: Float32Array = extract(model.preprocess, model.backbone, data.images, positions, device, Silent())
    views = varied_features(
        model,
        images.augment,
        images.for_views,
        data.labels,
        positions,
        VIEWS,
        setup.context.config.seed,
        device,
        Silent(),
    )
    return pooled(FeatureSet(plain, data.labels[positions]), views)


def accuracies(pair: Pair, given: argparse.Namespace, seed: int) -> dict[str, float]:
    """Return what `measured` yields for a pair, from the file that an earlier call left where there is one."""
    trial = trials(pair, given.data, given.out)[0]
    folder = given.out / f"{trial.name}-{seed}"
    kept = folder / "parts.json"
    if not kept.exists():
        found = {}
        for name, accuracy in measured(trial, given, seed, folder):
            found[name] = accuracy
            print(f"{pair.name}, seed {seed}: {name} {accuracy:.3f}", flush=True)
        write_json(kept, found)
    return read_json(kept)


def main() -> None:
    """Measure and print."""
    made = parser(__doc__ or "")
    made.add_argument("--out", type=Path, default=Path("runs/parts"), help="where the runs go")
    made.add_argument("--model", default="mobilenetv2", help="a model as of `unseen train`")
    made.add_argument("--image-size", type=int, default=96, help="side of what the network sees, in pixels")
    made.add_argument("--epochs", type=int, default=12, help="epochs of fine-tuning")
    made.add_argument("--pairs", default="1,2,3", help="which pairs of bench.generalise, by number")
    made.add_argument("--seeds", type=int, default=3, help="how many seeds")
    given = made.parse_args()
    asked = pairs_asked(given.pairs)
    # seed by seed, so that an unfinished table has every pair at least once
    by_seed = [[accuracies(pair, given, seed) for pair in asked] for seed in range(given.seeds)]
    print(f"| | {' | '.join(pair.name for pair in asked)} |")
    print("|---|" + "---|" * len(asked))
    for name in by_seed[0][0]:
        cells = [[seed[column][name] for seed in by_seed] for column in range(len(asked))]
        print(f"| {name} | {' | '.join(f'{mean(c):.3f} ({min(c):.3f} to {max(c):.3f})' for c in cells)} |")


if __name__ == "__main__":
    main()
