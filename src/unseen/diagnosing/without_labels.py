"""Say how right any model may be on photos without labels: by a second reader that knows the signs, or a bound."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from unseen.dataset.dataset import Dataset
from unseen.diagnosing.class_match import plain_name
from unseen.diagnosing.search import stratified
from unseen.estimation.expected_accuracy import LEAST_PHOTOS
from unseen.evaluation.intervals import interval
from unseen.evaluation.metrics import softmax
from unseen.inference.model import Model, logits_of
from unseen.inference.predictor import Predictor
from unseen.inference.ready import CLASSES
from unseen.paths import READY
from unseen.records import Float32Array, Float64Array, Interval, Uint8Array
from unseen.seeds import generator
from unseen.text import count, percent, span

KNOWN_PHOTOS = 80  # photos with labels that a reader and the model are first tried on
# A reader is believed where it reads so many of the labelled photos; it errs on strangers as often as LEAST_ERROR at
# least (docs/signs.md: letters of six other people 93%, rock, paper, scissors 99%).
LEAST_READ, LEAST_ERROR, SIGNS_KNOWN = 0.75, 0.08, 0.8


@dataclass(frozen=True, slots=True)
class Unlabelled:
    """What is expected on photos without labels.

    accuracy: with an interval that holds what the reader gets wrong; its value is `None` where an upper bound is all
    that can be told. reader: the ready model that read the photos instead of labels, and its accuracy on the labelled
    ones.
    """

    source: str
    accuracy: Interval
    reader: str | None = None
    read: Interval | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-ready copy."""
        return {**asdict(self), "photos": self.source}

    def sentence(self) -> str:
        """Return what a person reads."""
        photos = count(self.accuracy.n, "photo")
        if self.accuracy.high is None:
            return f"On your own {photos}, without labels, nothing can be told: name {LEAST_PHOTOS} or more."
        if self.accuracy.value is None or self.read is None:
            return (
                f"Of your own {photos}, which have no labels, it answers at most about "
                f"{percent(self.accuracy.high, 0)} right, by how sure it is. It may be far less, as models are sure of "
                "photos unlike those they know: put some into class folders to measure it."
            )
        bounds = span(self.accuracy.low, self.accuracy.high)
        return (
            f"Of your own {photos}, which have no labels, it probably answers {percent(self.accuracy.value, 0)} right "
            f"({bounds}%): so often it says what {self.reader} reads from the hand, which is right on "
            f"{percent(self.read.value, 0)} of the labelled photos."
        )


def without_labels(model: Model, labelled: Dataset, own: Sequence[Uint8Array], source: str, seed: int) -> Unlabelled:
    """Return what `model` is expected to answer right of `own` photos, from what it does on labelled ones."""
    if len(own) < LEAST_PHOTOS:
        return Unlabelled(source, Interval(None, None, None, len(own), len(own)))
    kept = stratified(labelled.labels, generator(seed, "doctor", "without labels"))[:KNOWN_PHOTOS]
    photos = [labelled.images[int(i)] for i in kept]
    labels = [plain_name(labelled.photos[int(i)].label) for i in kept]
    groups = tuple(labelled.grouping.groups[int(i)] for i in kept)
    names = np.array([plain_name(name) for name in model.classes])
    said = softmax(logits_of(model, own))
    answers = names[said.argmax(axis=1)]
    found = [_read(space, photos, labels, groups, own) for space in _spaces(labelled.classes)]
    if found:
        space, read, their = max(found, key=lambda one: one[1].value or 0.0)
        if (read.value or 0.0) >= LEAST_READ:
            share = interval((answers == their).astype(np.float64), [str(i) for i in range(len(own))], seed)
            return Unlabelled(source, _widened(share, max(LEAST_ERROR, 1 - (read.value or 0.0))), READY + space, read)
    before = softmax(logits_of(model, photos))
    right = float((names[before.argmax(axis=1)] == np.array(labels)).mean())
    # difference of confidences (Guillory et al., 2021, arXiv:2107.03315)
    high = min(1.0, max(0.0, right - float(before.max(axis=1).mean() - said.max(axis=1).mean())))
    return Unlabelled(source, Interval(None, 0.0, high, len(own), len(own)))


def _spaces(folders: Sequence[str]) -> list[str]:
    """Return the ready models that know most of the folders' signs."""
    wanted = [plain_name(name) for name in folders]
    shares = {space: np.isin(wanted, [plain_name(one) for one in signs]).mean() for space, signs in CLASSES.items()}
    return [space for space, share in shares.items() if share >= SIGNS_KNOWN]


def _read(
    space: str, photos: Sequence[Uint8Array], labels: Sequence[str], groups: Sequence[str], own: Sequence[Uint8Array]
) -> tuple[str, Interval, Any]:
    """Return how many labelled photos the ready model of `space` reads rightly, and what it reads from the others."""
    reader = Predictor(READY + space)
    signs = np.array([plain_name(name) for name in reader.classes])
    foreign = ~np.isin(signs, labels)

    def read(images: Sequence[Uint8Array]) -> Any:
        logits: Float32Array = np.where(foreign, -np.inf, reader.logits(images))
        return signs[logits.argmax(axis=1)]

    correct: Float64Array = (read(photos) == np.array(labels)).astype(np.float64)
    return space, interval(correct, groups, 0), read(own)


def _widened(share: Interval, error: float) -> Interval:
    """Return the interval with the reader's own error: two readers agree no further from the truth than one errs."""
    low, high = share.low or 0.0, share.high if share.high is not None else 1.0
    return Interval(share.value, max(0.0, low - error), min(1.0, high + error), share.n, share.groups)
