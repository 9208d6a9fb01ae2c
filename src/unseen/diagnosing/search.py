"""Find how photos must be prepared for a network: coarse to fine, by accuracy, then by log-loss."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from unseen.diagnosing.class_match import choose_map, stated_map
from unseen.diagnosing.photo_reading import FITS, INTERPOLATIONS, SCALES, Order, Reading, Scale
from unseen.diagnosing.scaling import as_stored
from unseen.diagnosing.scored import Scored, commonest, ranked
from unseen.diagnosing.trial import LESS_USUAL, SIDES, Trials
from unseen.errors import UnseenError
from unseen.foreign.network import SURE, InputSpec, Layout
from unseen.progress import Progress
from unseen.records import Int64Array

# Up to so many seconds a photo, this many are asked in the coarse, the middle and the fine pass: about 40 s in all.
PHOTOS: tuple[tuple[float, tuple[int, int, int]], ...] = (
    (0.002, (96, 128, 240)), (0.005, (64, 80, 160)), (0.012, (40, 48, 100)), (float("inf"), (24, 32, 60)),
)  # fmt: skip
FIRST, BEHIND = 30, 0.3  # photos, and accuracy behind the best on them: three standard errors
KEPT = 3  # readings that the next pass goes on from
LOST = 0.6  # accuracy below which no fit is taken for granted
# Share of the loss that counts against sureness, as in label smoothing. Numbers a hundred times too large only make a
# network surer: without this they would win on the photos that it was trained on, which it answers right anyway.
SMOOTHING = 0.004
ROUNDS = 3  # of looking at every part again, at most
OTHER_FITS = 3  # under which scale and order are looked at together
NEAR_SIDES = 6
CLOSE = 0.1  # accuracy within which a reading is tried on more photos


@dataclass(slots=True)
class Search:
    """A search over readings. labels: class of each photo. order: positions of the photos, those to ask first first.

    folders: their class names. names: those of the network, if known. photos: how many each pass asks. close: what the
    last pass found nearly as good as the best.
    """

    trials: Trials
    labels: Int64Array
    order: Int64Array
    folders: Sequence[str]
    names: Sequence[str] | None
    progress: Progress
    photos: tuple[int, int, int] = PHOTOS[0][1]
    close: tuple[Reading, ...] = ()

    def score(self, reading: Reading, count: int) -> Scored:
        """Score a reading on the first `count` photos; a map of classes by answers is found anew for each."""
        positions = self.order[:count]
        logs, labels = self.trials.logs(reading, positions), self.labels[positions]
        if logs.shape[1] < len(self.folders):
            raise UnseenError(
                f"the model has {logs.shape[1]} outputs and the photos {len(self.folders)} classes: name the model's "
                "with --classes, in the order of its outputs; folders of other names are then left out"
            )
        classes = choose_map(logs, labels, stated_map(self.folders, self.names, logs.shape[1]), len(self.folders))
        sureness = np.minimum(-logs, -np.log(SURE)).mean(axis=1)
        nats = classes.nats(logs, labels) + SMOOTHING * sureness
        return Scored(reading, classes, classes.correct(logs, labels), nats)

    def best(self, readings: Iterable[Reading], count: int, keep: int, name: str) -> list[Scored]:
        """Return the `keep` best of `readings`; those far behind on a third of the photos are asked no further."""
        wanted = list(dict.fromkeys(readings))
        with self.progress.task(name, 2 * len(wanted), "ways") as task:
            found: list[Scored] = []
            for few in (min(count, max(FIRST, count // 3)), count):
                found = []
                for reading in wanted:
                    found.append(self.score(reading, few))
                    task.advance(1)
                top = max(one.accuracy for one in found)
                wanted = [one.reading for one in found if one.accuracy >= top - BEHIND]
        return ranked(found)[:keep]


def find_reading(search: Search, spec: InputSpec) -> Scored:
    """Return the reading that fits best."""
    coarse, middle, fine = (min(count, len(search.order)) for count in search.photos)
    start = starts(search, spec, coarse)
    kept = search.best(_vary(start, spec, "scale", "order"), coarse, KEPT, "scale and order")
    if kept[0].accuracy < LOST:  # perhaps whole photos show too much: nothing can be told by squashed ones
        cut = [replace(one, fit=fit) for one in start for fit in FITS[1:]]
        kept = ranked([*kept, *search.best(_vary(cut, spec, "scale", "order"), coarse, KEPT, "fits")])[:KEPT]
    kept = search.best(_vary([one.reading for one in kept], spec, "fit"), middle, KEPT, "fit")
    kept = search.best(_vary([one.reading for one in kept[:2]], spec, "interpolation"), middle, KEPT, "interpolation")
    best = kept[0]
    for number in range(ROUNDS):  # each part once more, with the rest as it was found to be
        near = search.best(neighbours(best.reading, spec), coarse, 99, "all of it again")
        other = _under_other_fits(search, spec, near, coarse) if number == 0 else []
        last = search.best([best.reading, *_close(near), *_crossed(near), *other], fine, 99, "the closest")
        if last[0].reading == best.reading:
            break
        best = last[0]
    found = commonest(last)
    near = search.best(neighbours(found.reading, spec), coarse, 99, "what is as good")
    search.close = tuple(one for one in _close(near) if one != found.reading)
    return found


def _under_other_fits(search: Search, spec: InputSpec, near: Sequence[Scored], count: int) -> list[Reading]:
    """Return the best scales and orders under the next best fits: where bars show, each hides what is right of it."""
    best = near[0].reading
    fits = list(dict.fromkeys(one.reading.fit for one in near if one.reading.fit != best.fit))[:OTHER_FITS]
    varied = _vary([replace(best, fit=fit) for fit in fits], spec, "scale", "order")
    return [one.reading for one in search.best(varied, count, KEPT, "fits with scale and order")] if varied else []


def _crossed(scored: Sequence[Scored]) -> list[Reading]:
    """Return the best fits with the best interpolations: each hides what is right of the other."""
    best = scored[0].reading
    fits, ways = (
        list(dict.fromkeys(getattr(one.reading, part) for one in scored))[:KEPT] for part in ("fit", "interpolation")
    )
    return [replace(best, fit=fit, interpolation=way) for fit, way in product(fits, ways)]


def _close(scored: Sequence[Scored]) -> list[Reading]:
    return [one.reading for one in scored if one.accuracy >= scored[0].accuracy - CLOSE]


def starts(search: Search, spec: InputSpec, count: int) -> list[Reading]:
    """Return the sizes and layouts to begin with: those of the file, or the few that fit best where it takes any."""
    layouts: tuple[Layout, ...] = (spec.layout,) if spec.layout else ("nhwc", "nchw")
    order: Order = "grey" if spec.channels == 1 else "rgb"
    fixed = spec.height_px and spec.width_px
    sides = [(spec.height_px, spec.width_px)] if fixed else [(side, side) for side in SIDES]
    tried = [Reading(h or 0, w or 0, order=order, layout=layout) for (h, w), layout in product(sides, layouts)]
    if len(tried) == 1:
        return tried
    found: list[Scored] = []
    errors: list[str] = []
    first, few = min(count, 12), min(count, 24)
    first_scales: tuple[Scale, ...] = ("1/255", "raw", "1/127.5-1", "imagenet")
    scales = [scale for scale in first_scales if scale in choices("scale", spec)]
    with search.progress.task("size", len(tried), "sizes") as task:
        for reading in tried:
            try:
                found += [search.score(replace(reading, scale=scale), first) for scale in scales]
            except UnseenError:
                raise
            except Exception as error:  # each runtime has its own for a shape that it does not take
                errors.append(str(error))
            task.advance(1)
    if not found:
        raise UnseenError(f"no usual size of picture fits the network ({errors[0][:200]}): name it with --as size=")
    top = max(one.accuracy for one in found)
    found = [search.score(one.reading, few) for one in found if one.accuracy >= top - BEHIND]
    best = list(dict.fromkeys(replace(one.reading, scale="1/255") for one in ranked(found)[: 2 * KEPT]))
    return best[:KEPT]


def _vary(readings: Iterable[Reading], spec: InputSpec, *parts: str) -> list[Reading]:
    """Return every choice of `parts` for each reading."""
    axes: dict[str, tuple[Any, ...]] = {part: choices(part, spec) for part in parts}
    return [
        replace(reading, **dict(zip(axes, chosen, strict=True)))
        for reading in readings
        for chosen in product(*axes.values())
    ]


def choices(part: str, spec: InputSpec) -> tuple[str, ...]:
    """Return what there is to choose from for one part of a reading."""
    if part == "scale":
        return tuple(scale for scale in SCALES if scale == "raw" or not as_stored(scale, spec.stored))
    if part == "order":
        return ("grey",) if spec.channels == 1 else ("rgb", "bgr", "grey")
    return FITS if part == "fit" else INTERPOLATIONS


def neighbours(reading: Reading, spec: InputSpec) -> list[Reading]:
    """Return the reading and those that differ from it in one part, or in scale and order together.

    Under a wrong fit, another scale with the colours exchanged may have looked better than what is right.
    """
    return [
        reading,
        *_vary([reading], spec, "scale", "order"),
        *_vary([reading], spec, "fit"),
        *_vary([reading], spec, "interpolation"),
        *(replace(reading, height_px=side, width_px=side) for side in _sides_near(reading, spec)),
    ]


def _sides_near(reading: Reading, spec: InputSpec) -> list[int]:
    """Return the sizes that are nearest, where the network takes any: the first one was told by few photos."""
    if spec.height_px and spec.width_px:
        return []
    others = {*SIDES, *LESS_USUAL} - {reading.height_px}
    return sorted(others, key=lambda side: abs(np.log(side / reading.height_px)))[:NEAR_SIDES]


def stratified(labels: Int64Array, rng: np.random.Generator) -> Int64Array:
    """Return positions in an order in which classes take turns, random within each."""
    turns = np.zeros(len(labels))
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        turns[rng.permutation(members)] = np.arange(len(members))
    return np.lexsort((rng.random(len(labels)), turns)).astype(np.int64)
