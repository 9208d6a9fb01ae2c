"""Examine a foreign network: find its preprocessing on some photos, and measure it on others."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from unseen.dataset.dataset import Dataset
from unseen.diagnosing.claim import Evidence, evidence
from unseen.diagnosing.class_match import ClassMap, stated_map
from unseen.diagnosing.diagnosis import Diagnosis, OwnPhotos
from unseen.diagnosing.differences import Difference, Judge, Photos, halves, steps_between, usual_mistakes
from unseen.diagnosing.foreign_model import ForeignModel, output_names
from unseen.diagnosing.photo_reading import Reading, parse_reading
from unseen.diagnosing.search import PHOTOS, Search, find_reading, starts, stratified
from unseen.diagnosing.trial import Trials, ask
from unseen.foreign.network import ForeignNetwork, answer_kind
from unseen.progress import Progress
from unseen.records import Float32Array, Int64Array
from unseen.seeds import generator

SPEED_PHOTOS = 8
MOST_JUDGED = 240  # photos; a slow network is judged on as many as the fine pass takes


@dataclass(frozen=True, slots=True)
class Examined:
    """A diagnosis and what it was made with, for what follows. model: `None` where nothing is claimed."""

    diagnosis: Diagnosis
    judge: Judge
    model: ForeignModel | None


def examine(network: ForeignNetwork, data: Dataset, seed: int, theirs: str | None, progress: Progress) -> Examined:
    """Find the reading of `network` on one half of the photos and measure it on the other.

    theirs: what `--as` says. Groups are those of `data`; none is in both halves.
    """
    groups = data.grouping.groups
    searched, judged = halves(data.labels, groups, generator(seed, "doctor", "halves"))
    trials = Trials(network, data.images)
    order = searched[stratified(data.labels[searched], generator(seed, "doctor", "search"))]
    search = Search(trials, data.labels, order, data.classes, network.classes, progress)
    search.photos = _how_many(search, network, progress)
    least = 3 * len(data.classes)
    search.photos = (max(search.photos[0], least), max(search.photos[1], least), max(search.photos[2], least))
    best = find_reading(search, network.input)
    kept = judged[stratified(data.labels[judged], generator(seed, "doctor", "judge"))]
    kept = np.sort(kept[: min(MOST_JUDGED, max(search.photos[2], least))])
    judge = Judge(trials, _photos(kept, data.labels, groups), best.classes)
    accuracy = judge.accuracy(best.reading)
    logs = trials.logs(best.reading, kept)
    weighed = evidence(accuracy, logs, best.classes.outputs, data.labels[kept])
    apart = len(set(searched.tolist()) & set(judged.tolist())) == 0
    rows = trials.outputs(best.reading, kept)
    diagnosis = _diagnosis(network, data, search, best.reading, best.classes, weighed, rows, apart)
    if weighed.claim == "nothing":
        return Examined(diagnosis, judge, None)
    names = output_names(data.classes, best.classes.outputs, network.classes, logs.shape[1])
    model = ForeignModel(network, best.reading, answer_kind(rows), names)
    return Examined(_with_differences(diagnosis, judge, search, network, best.reading, theirs), judge, model)


def _photos(positions: Int64Array, labels: Int64Array, groups: Sequence[str]) -> Photos:
    return Photos(positions, labels[positions], tuple(groups[int(i)] for i in positions))


def _how_many(search: Search, network: ForeignNetwork, progress: Progress) -> tuple[int, int, int]:
    """Return how many photos each pass is asked about, by how long one takes."""
    progress.say(f"{network.path.name}: {network.kind}, {_taken(network)}")
    reading = starts(search, network.input, 24)[0]
    pixels = np.zeros((SPEED_PHOTOS, reading.height_px, reading.width_px, 3), np.uint8)
    ask(network, pixels, reading)
    began = perf_counter()
    ask(network, pixels, reading)
    each = (perf_counter() - began) / SPEED_PHOTOS
    return next(photos for most, photos in PHOTOS if each <= most)


def _taken(network: ForeignNetwork) -> str:
    spec = network.input
    size = f"{spec.height_px} x {spec.width_px} px" if spec.height_px and spec.width_px else "any size"
    return f"takes {size}, {spec.channels} {'channel' if spec.channels == 1 else 'channels'}"


def _diagnosis(
    network: ForeignNetwork, data: Dataset, search: Search, reading: Reading, classes: ClassMap, weighed: Evidence,
    rows: Float32Array, apart: bool,
) -> Diagnosis:  # fmt: skip
    names = network.classes if network.classes and len(network.classes) == max(2, rows.shape[1]) else None
    claimed = weighed.claim != "nothing"
    return Diagnosis(
        model=str(network.path),
        kind=network.kind,
        reading=reading if claimed else None,
        channels=network.input.channels,
        claim=weighed.claim,
        evidence=weighed,
        searched=min(search.photos[2], len(search.order)),
        judged=len(rows),
        apart=apart,
        folders=tuple(data.classes),
        outputs=tuple(names[i] if names and classes.how == "names" else str(i) for i in classes.outputs),
        how=classes.how,
        order_wrong=claimed and _stated_otherwise(data.classes, names, classes),
        answers=answer_kind(rows),
        inside=network.inside,
        stored=network.input.stored,
        rank=network.input.rank,
    )


def _stated_otherwise(folders: Sequence[str], names: Sequence[str] | None, found: ClassMap) -> bool:
    """Say whether names state another output for a folder than the answers do."""
    stated = stated_map(folders, names, len(names)) if names else None
    return found.how == "answers" and stated is not None and stated.how == "names"


def _with_differences(
    found: Diagnosis, judge: Judge, search: Search, network: ForeignNetwork, reading: Reading, theirs: str | None
) -> Diagnosis:
    """Add what the usual mistakes cost, what the user's own way costs, and what makes no difference."""
    stated = parse_reading(theirs, reading) if theirs else None
    equal: dict[str, tuple[str, ...]] = {}
    for other in search.close:
        one = judge.difference(reading, other)
        if one.equivalent and len(one.parts) == 1:
            ((part, value),) = one.parts.items()
            equal[part] = (*equal.get(part, ()), value)
    return replace(
        found,
        equal=equal,
        usual=tuple(judge.difference(reading, one, usual=True) for one in usual_mistakes(reading, network.input)),
        theirs=stated,
        stated=differences(judge, reading, stated),
    )


def differences(judge: Judge, reading: Reading, stated: Reading | None) -> tuple[Difference, ...]:
    """Return what each difference of the user's own way costs, and all of them together."""
    return tuple(judge.difference(reading, other) for other in steps_between(reading, stated)) if stated else ()


def examine_own(examined: Examined, network: ForeignNetwork, own: Dataset, source: str) -> OwnPhotos | None:
    """Return how the model does on the user's own photos, whose classes are some of the others'; `None` of no claim."""
    found = examined.diagnosis
    if found.reading is None:
        return None
    places = {name: place for place, name in enumerate(found.folders)}
    labels = np.array([places[photo.label] for photo in own.photos], np.int64)
    groups = own.grouping.groups
    photos = _photos(np.arange(len(labels)), labels, groups)
    judge = Judge(Trials(network, own.images), photos, examined.judge.classes)
    others = (
        steps_between(found.reading, found.theirs) if found.theirs else usual_mistakes(found.reading, network.input)
    )
    costs = tuple(judge.difference(found.reading, other, usual=found.theirs is None) for other in others)
    return OwnPhotos(source, judge.accuracy(found.reading), costs)
