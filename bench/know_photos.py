"""What is said of single photos of other people: unknown where nothing known is shown, and how probable an answer is.

    python -m pretrain.sign_sets DATA READINGS
    python -m bench.know_photos READINGS --data DATA [--kept DIR] [--fit src/unseen/inference/unknown_model.json]

Heads are fitted on one set and asked about others (`bench/know_heads.py`): known signs, and signs that nobody taught.
Most know some of the classes: photos of the others are left-out signs, beside photos without a hand
(`bench/no_hand_photos.py`). The line is fitted without the set that is asked about, as source or target; `--fit` writes
the one fitted on all.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from bench import crowd
from bench.know_heads import Asked, Taught, frozen_of, heads, left_out
from bench.know_shifts import ONE_PERSON, FrozenSet, logits_of
from bench.no_hand_photos import hands_read_in, no_hand_photos
from bench.photo_tables import print_tables, unknown_model
from bench.photosets import parser
from pretrain.signs import LabelledReadings, read_sets, space_of
from unseen.inference.ready import CLASSES, FEATURES, signs_reference
from unseen.inference.reference import Reference
from unseen.inference.unknown import unknown_signals
from unseen.records import Float32Array, Float64Array, Int64Array
from unseen.runs import write_json

# What a set's labels hold beside signs.
NO_SIGNS = ("Nothing", "no_class", "Del", "Space")
LEAST = 15


# What a head knows of other people's signs: nothing, what other people showed, or that alone.
Kind = Literal["others", "known signs", "ready"]


@dataclass(frozen=True, slots=True)
class PhotoShift:
    """One head on photos of another set. signals: by kind of photos, each by name. logits, labels: of known signs.

    source: '' for a ready model.
    """

    source: str
    target: str
    kind: Kind
    signals: dict[str, dict[str, Float64Array]]
    logits: Float32Array
    labels: Int64Array
    own_logits: Float32Array
    own_labels: Int64Array


Photos = tuple[Float32Array, Float32Array]


def photo_shift(asked: Asked, target: FrozenSet, empty: Photos) -> PhotoShift | None:
    """Ask a head about the photos of one other set; `None` where that has too few of its classes.

    empty: features and the locator's scores of photos without a hand.
    """
    fitted = asked.fitted
    source, known = fitted.source, fitted.known

    def say(features: Float32Array) -> Float32Array:
        return logits_of(fitted.head, features)

    people = {source.name, target.name} == {"asl_kept/train", "asl_kept/test"}
    kind: Kind = "known signs" if fitted.signs else "others"
    names = source.name, ONE_PERSON if people else frozenset()
    return _shift(names, target, kind, fitted.classes, say, known, empty, _rows(source, fitted.held))


def ready_shift(taught: Taught, target: FrozenSet, space: str, empty: Photos) -> PhotoShift | None:
    """Ask a ready model that was taught without the target about its photos."""
    of, classes = space_of(taught.teacher, taught.sets, space), CLASSES[space]
    known = signs_reference(classes, of.labels, of.weight, of.bias, of.means, taught.turn)
    rows = [of.labels.index(name) for name in classes]

    def say(features: Float32Array) -> Float32Array:
        said: Float32Array = features[:, -of.weight.shape[1] :] @ of.weight[rows].T + of.bias[rows]
        return said

    nobody = np.zeros((0, FEATURES), np.float32), np.zeros(0, np.float32)
    return _shift(("", frozenset()), target, "ready", classes, say, known, empty, nobody)


def _shift(
    source: tuple[str, frozenset[str]], target: FrozenSet, kind: Kind, classes: tuple[str, ...],
    say: Callable[[Float32Array], Float32Array], known: Reference, empty: Photos, held: Photos,
) -> PhotoShift | None:  # fmt: skip
    """source: its name, and the classes in which both sets show the same person."""

    def of(photos: Photos) -> dict[str, Float64Array]:
        return unknown_signals(say(photos[0]), *photos, known)

    usable = ~np.isin(target.labels, [*NO_SIGNS, *source[1]])
    shown = np.isin(target.labels, classes)
    rows, left_out = np.flatnonzero(usable & shown), np.flatnonzero(usable & ~shown)
    if len(rows) < LEAST:
        return None
    photos = _rows(target, rows)
    signals = {"known": of(photos), "left out": of(_rows(target, left_out)), "no hand": of(empty), "own": of(held)}
    truth = np.array([classes.index(name) for name in target.labels[rows]])
    return PhotoShift(source[0], target.name, kind, signals, say(photos[0]), truth, known.logits, known.labels)


def _rows(one: FrozenSet, rows: Int64Array) -> Photos:
    return one.features[rows], one.scores[rows]


@torch.no_grad()
def photo_shifts(
    sets: dict[str, LabelledReadings], kept: Path, no_hand: tuple[torch.Tensor, Float32Array]
) -> Iterator[PhotoShift]:
    """Yield what each head makes of photos. no_hand: readings and the locator's scores of photos without a hand."""
    for asked in heads(sets, kept):
        empty = crowd.features(asked.taught.teacher, no_hand[0]), no_hand[1]
        yield from (one for target in asked.targets if (one := photo_shift(asked, target, empty)))
    for taught, name, _ in left_out(sets, kept):
        labelled = sets[name.replace("/", "_")]
        empty = crowd.features(taught.teacher, no_hand[0]), no_hand[1]
        found = ready_shift(taught, frozen_of(taught, name, labelled), labelled.space, empty)
        yield from [found] if found else []


def _no_hand(data: Path, kept: Path) -> tuple[torch.Tensor, Float32Array]:
    path = kept / "no_hand.npz"
    if not path.exists():
        kept.mkdir(parents=True, exist_ok=True)
        photos, scores = hands_read_in(no_hand_photos(data, kept / "rooms"))
        np.savez(path, photos=photos, scores=scores)
    with np.load(path) as z:
        return torch.from_numpy(z["photos"]), z["scores"]


def main() -> None:
    """Make the shifts, print the tables, write the line."""
    made = parser(__doc__ or "")
    made.add_argument("readings", type=Path, help="what pretrain.sign_sets wrote")
    made.add_argument(
        "--kept", type=Path, default=Path("runs/know"), help="where heads and readings of other photos are kept"
    )
    made.add_argument("--fit", type=Path, help="write the line fitted on all sets to this file")
    given: argparse.Namespace = made.parse_args()
    torch.set_num_threads(1)
    sets = {one.name: one for one in read_sets(given.readings)}
    found = list(photo_shifts(sets, given.kept, _no_hand(given.data, given.kept)))
    print_tables(found)
    if given.fit:
        write_json(given.fit, asdict(unknown_model(found)))


if __name__ == "__main__":
    main()
