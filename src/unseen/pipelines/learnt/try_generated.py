"""Let generated photos join the training part of scarce classes, where held-out groups confirm that they help.

They were made from the whole training part, so only the validation part can judge them. They are fitted on and nothing
else: they are no rows of the data set, and so of no validation, test or report.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from unseen import seeds
from unseen.errors import UnseenError
from unseen.evaluation.tested_on import unit_of_groups
from unseen.evaluation.tried_ways import Outcome, TriedGenerated, TriedWay, Way, compare_ways
from unseen.features.feature_set import FeatureSet, pooled, subset
from unseen.generating.generated_folder import GeneratedPhotos, read_generated
from unseen.inputs.joining import Joining
from unseen.pipelines.rendered.rendered_rival import rendered_rival
from unseen.pipelines.stages.fit_head import VIEWS, head_inputs, head_options, joined_features
from unseen.pipelines.stages.training_setup import TrainingSetup
from unseen.records import Int64Array, Part, Uint8Array
from unseen.report.wording import generated_sentence
from unseen.text import count
from unseen.training.imbalance import missing_photos
from unseen.training.judge_ways import judge_ways
from unseen.training.known_signs import KnownSigns

TIME_FOR_RIVALS = 0.3  # share of the time limit that must be left for ways that are only shown beside
# What is done about scarce classes without another photo, as `--imbalance` calls it.
IMBALANCE = {Way.NOTHING: "none", Way.WEIGHTS: "weights", Way.SAMPLING: "sampling", Way.FOCAL: "focal"}


@dataclass(frozen=True, slots=True)
class Ways:
    """Ways to fit a head. usual: that of this run. inputs: of each way, what it is fitted on and the setting for scarce
    classes. joined: photos that it adds.
    """

    usual: Way
    inputs: dict[Way, tuple[FeatureSet, str]]
    joined: dict[Way, int]


def try_generated(setup: TrainingSetup, known: KnownSigns | None) -> tuple[TriedGenerated | None, Joining | None]:
    """Try the photos of `--generated`; say and return what was found, and the photos that join where they are used."""
    if not setup.config.generated:
        return None, None
    with setup.context.clock.stage("generated"):
        found, joining = _try(setup, known, Path(setup.config.generated))
    setup.progress.say(generated_sentence(found))
    return found, joining if found.outcome is Outcome.USED else None


def _try(setup: TrainingSetup, known: KnownSigns | None, folder: Path) -> tuple[TriedGenerated, Joining | None]:
    data = setup.data
    pixels, labels = chosen_photos(setup, folder)
    scarce = tuple(data.classes[label] for label in np.unique(labels).tolist())
    if not scarce:
        return TriedGenerated(Outcome.NONE_SCARCE, ()), None
    if setup.features is None or not len(setup.validation):
        return TriedGenerated(Outcome.NOT_JUDGED, scarce), None
    joining = joining_of(setup, pixels, labels)
    found = TriedGenerated(Outcome.NO_BETTER, scarce, judged(setup, ways_of(setup, known, joining)))
    return (replace(found, outcome=Outcome.USED) if found.passed else found), joining


def chosen_photos(setup: TrainingSetup, folder: Path) -> tuple[Uint8Array, Int64Array]:
    """Return as many photos of `folder` as each class lacks, as far as there are, and their class indices.

    Raises `UnseenError` where photos that this split holds out had a part in making them.
    """
    data, seed = setup.data, setup.config.seed
    photos = read_generated(folder, data.classes)
    _require_apart(setup, photos, folder)
    some = [
        seeds.generator(seed, "generated", label).permutation(np.flatnonzero(photos.labels == label))[:number]
        for label, number in enumerate(missing_photos(data.labels[setup.train], len(data.classes)).tolist())
    ]
    chosen = np.concatenate(some)
    return photos.pixels[chosen], photos.labels[chosen]


def ways_of(setup: TrainingSetup, known: KnownSigns | None, joining: Joining) -> Ways:
    """Return this run's way of fitting a head, and all others that there is time for."""
    assert setup.features is not None
    data = setup.data
    train, imbalance = head_inputs(setup, known)[0], head_options(setup).imbalance
    usual = next(way for way, name in IMBALANCE.items() if name == imbalance)
    rivals = (Way.NOTHING, Way.WEIGHTS, Way.SAMPLING) if setup.context.clock.share_left > TIME_FOR_RIVALS else ()
    inputs = {
        usual: (train, imbalance),
        **{way: (train, IMBALANCE[way]) for way in rivals if way is not usual},
        Way.PLAIN: (subset(setup.features, data.labels, setup.train), imbalance),
        Way.GENERATED: (pooled(train, joining.features), imbalance),
    }
    joined = {Way.GENERATED: len(joining.labels)}
    if rendered := rendered_rival(setup, missing_photos(data.labels[setup.train], len(data.classes))):
        inputs[Way.RENDERED] = pooled(train, rendered), imbalance
        joined[Way.RENDERED] = len(rendered.labels) // (1 + VIEWS * setup.images.augmented)
    return Ways(usual, inputs, joined)


def judged(setup: TrainingSetup, ways: Ways, part: Part = "validation") -> tuple[TriedWay, ...]:
    """Compare the ways on the photos of a part."""
    assert setup.features is not None
    positions = setup.data.split.positions(part)
    held_out = subset(setup.features, setup.data.labels, positions)
    options = replace(head_options(setup), mixup=0.0)
    right = judge_ways(ways.inputs, setup.model.head, held_out, options, setup.progress)
    groups = [setup.data.split.groups[i] for i in positions.tolist()]
    return compare_ways(
        ways.usual, right, ways.joined, held_out.labels, groups, setup.config.seed, unit_of_groups(setup.data)
    )


def joining_of(setup: TrainingSetup, pixels: Uint8Array, labels: Int64Array) -> Joining:
    """Extract the features of generated photos and of augmented views of them, as of any training photo."""
    photos = list(pixels)
    whole = None if setup.data.boxes is None else np.full((len(photos), 4), np.nan, np.float32)
    features = joined_features(setup, photos, labels, whole, photos if setup.images.augmented else None)
    return Joining(photos, labels, features)


def _require_apart(setup: TrainingSetup, photos: GeneratedPhotos, folder: Path) -> None:
    """Raise where photos of groups that this split holds out had a part in making the generated ones."""
    data = setup.data
    seen = {group for group, digest in zip(data.split.groups, data.digests, strict=True) if digest in photos.seen}
    if not seen:
        raise UnseenError(
            f"{folder} was made from other photos: make it from these, unseen generate {setup.config.photos}"
        )
    held_out = [i for i, part in enumerate(data.split.parts) if part != "train" and data.split.groups[i] in seen]
    if held_out:
        raise UnseenError(
            f"{folder} was made from groups of which this split holds out {count(len(held_out), 'photo')}: use "
            f"--split {folder / 'split.csv'}"
        )
