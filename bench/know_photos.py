"""What is said of single photos of other people: unknown where nothing known is shown, and how probable an answer is.

    python -m pretrain.sign_sets DATA READINGS
    python -m bench.know_photos READINGS --data DATA [--kept DIR] [--fit src/unseen/inference/unknown_model.json]

Heads are fitted on one set and asked about others (`bench/know_heads.py`): known signs, and signs that nobody taught.
Most know some of the classes: photos of the others are left-out signs, beside photos without a hand
(`bench/no_hand_photos.py`). The line is fitted without the set that is asked about, as source or target; `--fit` writes
the one fitted on all.
"""

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from bench import crowd
from bench.know_heads import Asked, heads
from bench.know_shifts import ONE_PERSON, FrozenSet, logits_of
from bench.no_hand_photos import hands_read_in, no_hand_photos
from bench.photo_tables import print_tables, unknown_model
from bench.photosets import parser
from pretrain.signs import read_sets
from unseen.inference.unknown import unknown_signals
from unseen.records import Float32Array, Float64Array, Int64Array
from unseen.runs import write_json

# What a set's labels hold beside signs.
NO_SIGNS = ("Nothing", "no_class", "Del", "Space")
LEAST = 15


@dataclass(frozen=True, slots=True)
class PhotoShift:
    """One head on photos of another set. signals: by kind of photos, each by name. logits, labels: of known signs."""

    source: str
    target: str
    known_signs: bool
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
    source, classes, known = fitted.source, fitted.classes, fitted.known

    def of(photos: Photos) -> dict[str, Float64Array]:
        return unknown_signals(logits_of(fitted.head, photos[0]), *photos, known)

    people = {source.name, target.name} == {"asl_kept/train", "asl_kept/test"}
    usable = ~np.isin(target.labels, [*NO_SIGNS, *(ONE_PERSON if people else ())])
    shown = np.isin(target.labels, classes)
    rows, left_out = np.flatnonzero(usable & shown), np.flatnonzero(usable & ~shown)
    if len(rows) < LEAST:
        return None
    photos, held = _rows(target, rows), _rows(source, fitted.held)
    signals = {"known": of(photos), "left out": of(_rows(target, left_out)), "no hand": of(empty), "own": of(held)}
    truth = np.array([classes.index(name) for name in target.labels[rows]])
    logits, known_signs = logits_of(fitted.head, photos[0]), fitted.signs is not None
    return PhotoShift(source.name, target.name, known_signs, signals, logits, truth, known.logits, known.labels)


def _rows(one: FrozenSet, rows: Int64Array) -> Photos:
    return one.features[rows], one.scores[rows]


@torch.no_grad()
def photo_shifts(found: Iterable[Asked], no_hand: tuple[torch.Tensor, Float32Array]) -> Iterator[PhotoShift]:
    """Yield what each head makes of photos. no_hand: readings and the locator's scores of photos without a hand."""
    for asked in found:
        empty = crowd.features(asked.teacher, no_hand[0]), no_hand[1]
        yield from (one for target in asked.targets if (one := photo_shift(asked, target, empty)))


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
    found = list(photo_shifts(heads(sets, given.kept), _no_hand(given.data, given.kept)))
    print_tables(found)
    if given.fit:
        write_json(given.fit, asdict(unknown_model(found)))


if __name__ == "__main__":
    main()
