"""Show a few photos as a network takes them, prepared in two ways, with its answers."""

from dataclasses import dataclass, replace

import numpy as np

from unseen.dataset.dataset import Dataset
from unseen.diagnosing.foreign_model import ForeignModel
from unseen.diagnosing.photo_reading import Reading
from unseen.diagnosing.scaling import numbers, picture_of, pixels_of
from unseen.diagnosing.search import stratified
from unseen.evaluation.metrics import softmax
from unseen.records import Uint8Array
from unseen.seeds import generator

ASKED, SHOWN = 48, 4


@dataclass(frozen=True, slots=True)
class SeenAs:
    """A photo prepared one way: the picture (h, w, 3) that the network takes it for, its answer, and how sure it is."""

    picture: Uint8Array
    answer: str
    probability: float


@dataclass(frozen=True, slots=True)
class SeenBoth:
    """A photo with its class, prepared the other way and the right way."""

    name: str
    label: str
    photo: Uint8Array
    other: SeenAs
    right: SeenAs


def seen_both(model: ForeignModel, other: Reading, data: Dataset, seed: int) -> tuple[SeenBoth, ...]:
    """Return `SHOWN` photos of several classes, first those that are answered rightly only if prepared rightly."""
    chosen = stratified(data.labels, generator(seed, "doctor", "seen"))[:ASKED].tolist()
    photos = [data.images[i] for i in chosen]
    ways = (other, model.reading)
    answers = [softmax(replace(model, reading=way).logits(photos)) for way in ways]
    labels = [data.photos[i].label for i in chosen]

    def place(row: int) -> tuple[bool, bool, int]:
        said = [model.classes[int(answer[row].argmax())] == labels[row] for answer in answers]
        return (not said[1], said[0], labels[:row].count(labels[row]))

    found = []
    for row in sorted(range(len(chosen)), key=place)[:SHOWN]:
        photo = np.ascontiguousarray(photos[row][..., :3])
        seen = [_seen(model, way, photo, answer[row]) for way, answer in zip(ways, answers, strict=True)]
        found.append(SeenBoth(data.photos[chosen[row]].path, labels[row], photo, *seen))
    return tuple(found)


def _seen(model: ForeignModel, way: Reading, photo: Uint8Array, shares: np.ndarray) -> SeenAs:
    batch = numbers(pixels_of(photo, way)[None], way.scale, way.order, model.network.input.channels)
    best = int(shares.argmax())
    return SeenAs(picture_of(batch, model.reading)[0], model.classes[best], float(shares[best]))
