"""What is said of single photos of other people: unknown where nothing known is shown, and how probable an answer is.

    python -m pretrain.sign_sets DATA READINGS
    python -m bench.know_photos READINGS --data DATA [--kept DIR] [--fit src/unseen/inference/unknown_model.json]

Heads are fitted on one set and asked about others, as in `bench.know_signs`: known signs, the sign network taught anew
without the target; and signs that nobody taught, without all sets of the same space. Each head knows some of the
classes: photos of the others are left-out signs, beside photos without a hand (`bench/no_hand_photos.py`). The line is
fitted without the set that is asked about, as source or target; `--fit` writes the one fitted on all.
"""

import argparse
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch

from bench import crowd
from bench.know_shifts import FAMILIES, ONE_PERSON, FrozenSet, division, fit_on, logits_of, shared_classes
from bench.know_signs import frozen_of
from bench.no_hand_photos import hands_read_in, no_hand_photos
from bench.photo_tables import print_tables, unknown_model
from bench.photosets import parser
from pretrain.signs import LabelledReadings, Teacher, read_sets, space_of, teach
from unseen.inference.unknown import unknown_signals, usual_odds
from unseen.pipelines.stages.what_is_known import with_signs
from unseen.records import Float32Array, Float64Array, Int64Array
from unseen.runs import write_json
from unseen.training.known_signs import SignSpace, find_known_signs

# What a set's labels hold beside signs.
NO_SIGNS = ("Nothing", "no_class", "Del", "Space")
LEAST, SOURCES, TEACHING_STEPS = 15, 2, 1000


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


def photo_shifts(sets: dict[str, LabelledReadings], no_hand: tuple[torch.Tensor, Float32Array]) -> Iterator[PhotoShift]:
    """Yield the shifts of every family. no_hand: readings and the locator's scores of photos without a hand."""
    for family in FAMILIES:
        names = [name for name in family if _file(name) in sets]
        spaces = {sets[_file(name)].space for name in names}
        teacher = teach([one for one in sets.values() if one.space not in spaces], steps=TEACHING_STEPS)
        frozen, empty = _frozen(teacher, names, sets), _empty(teacher, no_hand)
        for name in names:
            others = [frozen[other] for other in names if other != name]
            for seed, share, most in ((0, 0.55, None), (1, 0.35, 20)):
                yield from _on(frozen[name], others, _some(frozen[name].classes, share, seed), most, seed, None, empty)
    for family in FAMILIES:
        for target in (name for name in family if _file(name) in sets):
            taught = [one for name, one in sets.items() if name != _file(target)]
            teacher = teach(taught, steps=TEACHING_STEPS)
            frozen = _frozen(teacher, [name for name in family if _file(name) in sets], sets)
            empty, rng = _empty(teacher, no_hand), np.random.default_rng(len(target))
            sources = [
                name for name in frozen if name != target and len(shared_classes(frozen[name], frozen[target])) > 1
            ]
            for source in rng.permutation(sources)[:SOURCES].tolist():
                space = space_of(teacher, taught, sets[_file(source)].space)
                shared = shared_classes(frozen[source], frozen[target])
                for seed, share, most in ((0, 0.8, None), (1, 0.4, 20)):
                    some = _some(shared, share, seed)
                    yield from _on(frozen[source], [frozen[target]], some, most, seed, space, empty)


def _on(
    source: FrozenSet, targets: list[FrozenSet], classes: tuple[str, ...], most: int | None, seed: int,
    space: SignSpace | None, empty: Photos,
) -> Iterator[PhotoShift]:  # fmt: skip
    """Fit one head on `most` photos of each class of `source`, and ask it about the targets."""
    head, known, _ = fit_on(source, classes, most, 3, seed, space)
    chosen, labels, (train, validation, test) = division(source, classes, most, seed)
    held = np.concatenate([test, validation])
    assert source.scores is not None
    known = replace(known, usual=usual_odds(source.scores[chosen], labels, len(classes)))
    spaces = [space] if space else []
    signs = find_known_signs(classes, source.features[chosen[train]], labels[train], spaces=spaces)
    known = with_signs(known, classes, signs)

    def of(photos: Photos) -> dict[str, Float64Array]:
        return unknown_signals(logits_of(head, photos[0]), photos[0], photos[1], known)

    own = _rows(source, chosen[held])
    for target in targets:
        people = {source.name, target.name} == {"asl_kept/train", "asl_kept/test"}
        usable = ~np.isin(target.labels, [*NO_SIGNS, *(ONE_PERSON if people else ())])
        shown = np.isin(target.labels, classes)
        rows, left_out = np.flatnonzero(usable & shown), np.flatnonzero(usable & ~shown)
        if len(rows) < LEAST:
            continue
        photos = _rows(target, rows)
        signals = {"known": of(photos), "left out": of(_rows(target, left_out)), "no hand": of(empty), "own": of(own)}
        truth = np.array([classes.index(name) for name in target.labels[rows]])
        logits = logits_of(head, photos[0])
        yield PhotoShift(
            source.name, target.name, space is not None, signals, logits, truth, known.logits, known.labels
        )


def _rows(one: FrozenSet, rows: Int64Array) -> Photos:
    assert one.scores is not None
    return one.features[rows], one.scores[rows]


def _some(classes: tuple[str, ...], share: float, seed: int) -> tuple[str, ...]:
    """Return a share of the classes, at least three."""
    number = min(len(classes), max(3, round(share * len(classes))))
    return tuple(sorted(np.random.default_rng(seed).permutation(classes)[:number].tolist()))


def _frozen(teacher: Teacher, names: list[str], sets: dict[str, LabelledReadings]) -> dict[str, FrozenSet]:
    return {name: frozen_of(teacher, name, sets[_file(name)]) for name in names}


@torch.no_grad()
def _empty(teacher: Teacher, no_hand: tuple[torch.Tensor, Float32Array]) -> Photos:
    return crowd.features(teacher, no_hand[0]), no_hand[1]


def _file(name: str) -> str:
    return name.replace("/", "_")


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
    made.add_argument("--kept", type=Path, default=Path("runs/know"), help="where readings of other photos are kept")
    made.add_argument("--fit", type=Path, help="write the line fitted on all sets to this file")
    given: argparse.Namespace = made.parse_args()
    torch.set_num_threads(1)
    sets = {one.name: one for one in read_sets(given.readings)}
    found = list(photo_shifts(sets, _no_hand(given.data, given.kept)))
    print_tables(found)
    if given.fit:
        write_json(given.fit, asdict(unknown_model(found)))


if __name__ == "__main__":
    main()
