"""What learnt augmentation gains before other people's cameras: a few photos of one set in, its score on others out.

`python -m bench.learnt_pairs --data DIR --weights FILE --out OUT` takes a few photos of a set, every second class with
a third of what the others have, and fits heads on frozen features as `unseen train` does: by the default augmentation,
without any, by a searched policy, and with generated and rendered hands beside them. All are judged on photos of other
people or rooms, which had no part in anything, whatever the gates of a run say; what those say, who know the own set
alone, stands beside it. Networks: `crop` (ImageNet weights of MobileNetV2 on the located hand, without joints: it knows
nobody's signs) and `handnet` (what runs take; it has seen some of these people). Rows go to `OUT`/rows.csv; what is
there already is not made again, so that it can be stopped and gone on with.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

import unseen
from bench.photosets import open_set, parser
from bench.recipes import markdown
from unseen import seeds
from unseen.config import TrainConfig, config_from
from unseen.context import Clock
from unseen.evaluation.gate import Gate, judge_gain
from unseen.evaluation.tried_ways import Way
from unseen.features.feature_set import pooled, subset
from unseen.features.views import varied_features
from unseen.generating.generated_folder import GeneratedFolder
from unseen.inputs.training_images import with_settings
from unseen.locate.hands import HandLocator
from unseen.locate.locator import LOCATORS
from unseen.models.backbone import Backbone
from unseen.models.preprocess import Normalisation
from unseen.photos.class_names import place_of_class
from unseen.pipelines.learnt.search_augmentation import settle_augmentation
from unseen.pipelines.learnt.try_generated import chosen_photos, joining_of, judged, ways_of
from unseen.pipelines.stages.fit_head import VIEWS, head_inputs, head_options
from unseen.pipelines.stages.training_setup import TrainingSetup
from unseen.pipelines.train import set_up
from unseen.progress import PrintProgress, Silent
from unseen.report.wording import WAY_NAMES
from unseen.runs import RunFolder, read_json, read_rows, write_rows
from unseen.searching.policy_search import Kept
from unseen.searching.policy_space import USUAL, policy_of
from unseen.searching.searched_policy import Outcome
from unseen.split.folds import group_folds
from unseen.training.judge_ways import judge_ways

FREQUENT, SCARCE, JUDGED, TESTED = 24, 8, 20, 40  # photos of a class, at most
HEADER = ("pair", "network", "trained on", "added", "balanced accuracy", "gain", "low", "high", "groups", "gate")
SEARCHED = "searched augmentation"


@dataclass(frozen=True, slots=True)
class Source:
    """Train on some classes of a set, test on these of others; several are told apart as people are."""

    train: str
    tests: tuple[str, ...]
    classes: tuple[str, ...]

    @property
    def name(self) -> str:
        """What the table calls it."""
        return f"{self.train} to {', '.join(self.tests)}"


SOURCES = (
    Source("rps_freeman", ("rps_subhi",), ("rock", "paper", "scissors")),
    Source("fingers_subhi/train", ("people/fingers_lebanese",), tuple("12345")),
    Source("asl_kept/train", ("people/asl_t32rahman", "people/asl_seeel", "people/asl_hawk"), tuple("ABCDEFGH")),
    Source("sign_digits", ("people/fingers_lebanese", "people/count_lionel"), tuple("1245")),
)


class _Bare(HandLocator):
    """Finds hands and tells the network nothing of their joints."""

    def condition(self, backbone: Backbone, normalisation: Normalisation) -> Backbone:
        del normalisation
        return backbone


LOCATORS["bare"] = _Bare
NETWORKS: dict[str, dict[str, Any]] = {
    "crop": {"model": "mobilenetv2", "focus": "bare", "image_size": 96},
    "handnet": {"model": "handnet", "known_signs": "none"},
}


def write_table(source: Source, data: Path, out: Path, seed: int) -> Path:
    """Write path,label,group,part of some photos of the set, and of the others as the test part."""
    rows: list[tuple[str, str, str, str]] = []
    own = open_set(data / source.train, 64, source.classes)
    folds = group_folds(own.labels, own.groups, 3, seed)
    for place, name in enumerate(own.photos.classes):
        train = SCARCE if place % 2 else FREQUENT
        for part, apart, most in (("train", folds > 0, train), ("validation", folds == 0, JUDGED)):
            some = np.flatnonzero(apart & (own.labels == place))
            chosen = seeds.generator(seed, part, name).permutation(some)[:most].tolist()
            rows += [(str(own.photos.photos[i].file.resolve()), name, own.groups[i], part) for i in chosen]
    for test in source.tests:
        found = open_set(data / test, 64)
        for label, theirs in enumerate(found.photos.classes):
            if (known := place_of_class(theirs, own.photos.classes)) is None:
                continue
            some = np.flatnonzero(found.labels == label)
            for i in seeds.generator(seed, test, theirs).permutation(some)[:TESTED].tolist():
                file = str(found.photos.photos[i].file.resolve())
                rows.append((file, own.photos.classes[known], f"{test} {found.groups[i]}", "test"))
    out.parent.mkdir(parents=True, exist_ok=True)
    write_rows(out, ("path", "label", "group", "part"), rows)
    return out


def made_photos(table: Path, out: Path, steps: int, seed: int) -> Path:
    """Make photos from the training part, or find them made."""
    record = GeneratedFolder(out).record
    if not (record.exists() and read_json(record).get("finished")):
        unseen.generate(
            table, out, image_size=32, batch_size=16, steps=steps, per_class=100, seed=seed, time_limit=600,
            progress=PrintProgress(),
        )  # fmt: skip
    return out


def prepared(table: Path, network: str, run: Path, given: argparse.Namespace) -> TrainingSetup:
    """Set up a run of a network whose head alone is fitted; it searches for its augmentation if that is asked."""
    settings: dict[str, Any] = {
        "audit": False,
        "epochs": 0,
        "augment": "search",
        "time_limit": 600.0,
        "seed": given.seed,
    }
    settings |= {"weights": given.weights} if network == "crop" else {}
    config = config_from({"photos": str(table), "out": str(run), **settings, **NETWORKS[network]}, TrainConfig)
    return set_up(config, RunFolder(run), Silent(), Clock(config.time_limit))


def joined_rows(setup: TrainingSetup, made: Path) -> list[list[str]]:
    """Return a row of each way without a search: what it comes to on the test part, and what the own set says."""
    ways = ways_of(setup, None, joining_of(setup, *chosen_photos(setup, made)))
    own = {one.way: one for one in judged(setup, ways)}
    rows = []
    for one in judged(setup, ways, "test"):
        name = "default" if one.gain is None else WAY_NAMES[one.way]
        said = own[one.way].gain
        gate = ("used" if said.passed else "left out") if said and one.way in (Way.GENERATED, Way.RENDERED) else ""
        rows.append(row(name, one.joined, one.accuracy, one.gain, gate))
    return rows


def searched_row(setup: TrainingSetup, trials: int) -> list[str]:
    """Search, and return the row of the best policy, whether a run would use it or not."""
    path = setup.context.run.checkpoint / "search.json"
    if not path.exists():
        Kept(path, lambda *_: []).plan(trials, trials)
    found = settle_augmentation(setup, None)[1]
    assert found is not None
    best = policy_of({**USUAL, **{one.kind: one.strength for one in found.kinds}})
    searched = replace(setup, images=setup.images.with_policy(with_settings(best.policy, setup.config)))
    data, options = setup.data, head_options(setup)
    assert setup.features is not None
    views = varied_features(
        setup.model, searched.images.augment, searched.images.for_views, data.labels, setup.train, VIEWS, options.seed,
        setup.context.runtime.device, Silent(),
    )  # fmt: skip
    plain, default = subset(setup.features, data.labels, setup.train), head_inputs(setup, None)[0]
    test = data.split.positions("test")
    held_out = subset(setup.features, data.labels, test)
    head = setup.model.head
    right = [
        judge_ways({0: (one, options.imbalance)}, head, held_out, replace(options, mixup=mixup), Silent())[0]
        for one, mixup in ((default, 0.0), (pooled(plain, views), best.mixup))
    ]
    groups = [data.split.groups[i] for i in test.tolist()]
    gain = judge_gain(right[0], right[1], held_out.labels, groups, options.seed, balanced=True)
    gate = "used" if found.outcome is Outcome.USED else "left out"
    return row(SEARCHED, 0, gain.difference.after.value, gain, gate)


def row(name: str, joined: int, accuracy: float | None, gain: Gate | None, gate: str) -> list[str]:
    """Return the cells of a row, gains in points."""
    one = gain.difference.difference if gain else None
    gains = ["" if one is None or value is None else f"{100 * value:+.1f}" for value in (
        (one.value, one.low, one.high) if one else (None, None, None)
    )]  # fmt: skip
    return [name, str(joined or ""), f"{accuracy or 0:.3f}", *gains, str(one.groups if one else ""), gate]


def measure(source: Source, network: str, given: argparse.Namespace, rows: list[list[str]]) -> Iterator[list[str]]:
    """Yield the rows of a pair and a network that are not there."""
    folder = given.out / source.train.replace("/", "-")
    known = {one[2] for one in rows if one[:2] == [source.name, network]}
    if {"default", SEARCHED} <= known or ("default" in known and not given.trials):
        return
    table = folder / "photos.csv"
    if not table.exists():
        write_table(source, given.data, table, given.seed)
    made = made_photos(table, folder / "made", given.steps, given.seed)
    setup = prepared(table, network, folder / network, given)
    if "default" not in known:
        yield from ([source.name, network, *cells] for cells in joined_rows(setup, made))
    if given.trials:
        yield [source.name, network, *searched_row(setup, given.trials)]


def main() -> None:
    """Measure what is not there yet, and print all rows."""
    flags = parser(__doc__ or "")
    flags.add_argument("--out", type=Path, default=Path("runs/learnt-pairs"))
    flags.add_argument("--pairs", default="1,2,3,4", help="which, by number")
    flags.add_argument("--networks", default="crop,handnet", help="which, separated by commas")
    flags.add_argument("--trials", type=int, default=12, help="policies that half of the groups tries; 0: no search")
    flags.add_argument("--steps", type=int, default=600, help="of the GAN")
    flags.add_argument("--seed", type=int, default=0)
    given = flags.parse_args()
    file = given.out / "rows.csv"
    rows = [list(one.values()) for one in read_rows(file)] if file.exists() else []
    for number in given.pairs.split(","):
        for network in given.networks.split(","):
            for cells in measure(SOURCES[int(number) - 1], network, given, rows):
                rows.append(cells)
                print(cells, flush=True)
                write_rows(file, HEADER, rows)
    print(markdown(HEADER, rows))


if __name__ == "__main__":
    main()
